import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DATABASE_FILE } from "../store/sqlite-store.ts";
import { freshBytes, freshEnvelope, type TestClient } from "../testing/test-client.ts";
import { startTestRelay } from "../testing/test-relay.ts";
import { CHUNK_BYTES, chunkCount } from "../wire/blob.ts";

const UPLOADERS = 4;
const LANES = 6;
/** Some 17 MB of each account. */
const CHUNKS = 64;
/** SQLite empties its log when it holds a thousand pages of 4 KiB, and then some chunk is in it. */
const LOG_BYTES = 16 * 1024 * 1024;

/** Uploads a blob, several chunks at a time. */
async function upload(client: TestClient): Promise<void> {
  const [id, length] = [freshBytes(32), CHUNKS * CHUNK_BYTES];
  expect((await client.createBlob(id, length)).status).toBe(200);
  const indexes = Array.from({ length: chunkCount(length) }, (_, index) => index).values();
  const lane = async () => {
    for (const index of indexes) expect((await client.putChunk(id, index, freshBytes(CHUNK_BYTES))).status).toBe(200);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  expect((await client.describeBlob(id)).json).toMatchObject({ missing: [] });
}

describe("uploads of several accounts at once", { timeout: 120_000 }, () => {
  it("are all stored, while mail is sent, and keep the log of the database short", async () => {
    const relay = await startTestRelay();
    const names = Array.from({ length: UPLOADERS }, (_, index) => `carol-${index}`);
    const uploaders = await Promise.all(names.map((name) => relay.member(name)));
    const [alice] = [await relay.member("alice"), await relay.member("bob")];
    let isUploading = true;
    const uploads = Promise.all(uploaders.map(upload)).finally(() => {
      isUploading = false;
    });
    let sent = 0;
    let longestLog = 0;
    while (isUploading) {
      expect((await alice.send("bob", [freshEnvelope()])).status).toBe(200);
      sent += 1;
      longestLog = Math.max(longestLog, statSync(join(relay.folder, `${DATABASE_FILE}-wal`)).size);
    }
    await uploads;
    expect(relay.relay.counts.chunksStored).toBe(UPLOADERS * CHUNKS);
    expect(sent).toBeGreaterThan(3);
    expect(longestLog).toBeLessThan(LOG_BYTES);
  });

  it("let messages pass while what was deleted is overwritten", async () => {
    const relay = await startTestRelay();
    const [alice, carol] = [await relay.member("alice"), await relay.member("carol")];
    await upload(carol);
    await carol.deleteAccount();
    let sent = 0;
    while ((await relay.store.statistics()).blobs > 0) {
      expect((await alice.send("alice", [freshEnvelope()])).status).toBe(200);
      sent += 1;
    }
    expect(sent).toBeGreaterThan(5);
    expect(await relay.store.statistics()).toMatchObject({ blobBytes: 0 });
  });
});
