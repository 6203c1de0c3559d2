import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../testing/test-relay.ts";
import { CHUNK_BYTES } from "../wire/blob.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import { blob, chunk } from "./testing/blob-contract.ts";
import { alice, CONTRACT_LIMITS, fresh, mailToBob, NOON, publication } from "./testing/contract-fixtures.ts";

async function openWithTwo() {
  const folder = temporaryFolder();
  const blobs = { ...CONTRACT_LIMITS.blobs, accountBytes: 2 ** 30, totalBytes: 2 ** 30 };
  const store = await openSqliteStore(folder, { ...CONTRACT_LIMITS, mailboxEnvelopes: 1000, blobs });
  onTestFinished(() => store.close());
  for (const username of ["alice", "bob"]) await store.publishKeys(publication({ username }));
  return { folder, store };
}

describe("blobs in the SQLite file", () => {
  it("let mail pass: a message waits for one chunk that is being written, and for no other in line", async () => {
    const { store } = await openWithTwo();
    const creation = blob({ length: 40 * CHUNK_BYTES });
    await store.createBlob(creation);
    let written = 0;
    const chunks = Array.from({ length: 40 }, async (_, index) => {
      await store.addChunk(chunk(creation.id, { index, bytes: fresh(CHUNK_BYTES) }));
      written += 1;
    });
    for (let sent = 0; sent < 10; sent += 1) {
      const before = written;
      await store.addMail(mailToBob());
      expect(written - before).toBeLessThanOrEqual(1);
    }
    expect(written).toBeLessThan(40);
    await Promise.all(chunks);
  });

  it("let mail pass while they are deleted, too", async () => {
    const { store } = await openWithTwo();
    const creation = blob({ length: 40 * CHUNK_BYTES });
    await store.createBlob(creation);
    const add = (index: number) => store.addChunk(chunk(creation.id, { index, bytes: fresh(CHUNK_BYTES) }));
    await Promise.all(Array.from({ length: 40 }, (_, index) => add(index)));
    await store.deleteBlob({ id: creation.id, owner: "alice", now: NOON });
    let isDeleted = false;
    const deletion = store.collectBlobs().then(() => {
      isDeleted = true;
    });
    for (let sent = 0; sent < 20; sent += 1) await store.addMail(mailToBob());
    expect(isDeleted).toBe(false);
    await deletion;
    expect(await store.statistics()).toMatchObject({ blobs: 0, waitingEnvelopes: 20 });
  });

  it("are deleted as far as one piece when the relay ends, and the rest when it is there again", async () => {
    const { store } = await openWithTwo();
    const creation = blob({ length: 10 * CHUNK_BYTES });
    await store.createBlob(creation);
    const add = (index: number) => store.addChunk(chunk(creation.id, { index, bytes: fresh(CHUNK_BYTES) }));
    await Promise.all(Array.from({ length: 10 }, (_, index) => add(index)));
    await store.deleteBlob({ id: creation.id, owner: "alice", now: NOON });
    const ending = new AbortController();
    const deletions = [store.collectBlobs(ending.signal), store.sweep(NOON, ending.signal)];
    ending.abort();
    expect(await Promise.all(deletions)).toEqual([0, 0]);
    expect((await store.statistics()).blobBytes).toBeGreaterThanOrEqual(8 * CHUNK_BYTES);
    expect(await store.collectBlobs()).toBe(1);
    expect(await store.statistics()).toMatchObject({ blobs: 0, blobBytes: 0 });
  });

  it("leave no byte of a chunk once they were deleted and swept, and none of an id ever", async () => {
    const { folder, store } = await openWithTwo();
    const readAll = () => Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file))));
    const holds = (bytes: Uint8Array) => readAll().includes(Buffer.from(bytes));
    const [mark, bytes] = [fresh(64), new Uint8Array(CHUNK_BYTES)];
    // At places of several pages.
    for (const at of [0, 5000, 100_000, CHUNK_BYTES - 64]) bytes.set(mark, at);
    const creation = { ...blob({ length: CHUNK_BYTES }), owner: alice };
    await store.createBlob(creation);
    await store.addChunk(chunk(creation.id, { bytes }));
    expect(holds(mark)).toBe(true);
    expect(holds(creation.id)).toBe(false);
    await store.deleteBlob({ id: creation.id, owner: "alice", now: NOON });
    await store.collectBlobs();
    await store.sweep(NOON);
    expect(holds(mark)).toBe(false);
    expect(holds(mark.subarray(0, 32))).toBe(false);
  });
});
