import { describe, expect, it } from "vitest";
import { freshBytes, freshEnvelope, type TestClient } from "../testing/test-client.ts";
import type { TestResponse } from "../testing/test-exchange.ts";
import { NOON, startTestRelay, type TestRelayOptions } from "../testing/test-relay.ts";
import { blobPath, CHUNK_BYTES, MAX_BLOB_BYTES, parseBlobStatus, parseBlobTerms } from "../wire/blob.ts";
import { type Bytes, toBase64url } from "../wire/bytes.ts";

const DAY = 86_400_000;
const SHORT = 4096;
/** Of two chunks, the second one shorter. */
const LONG = 270_336;

async function startWithThree(options: TestRelayOptions = {}) {
  const relay = await startTestRelay(options);
  const [alice, bob] = [await relay.member("alice"), await relay.member("bob")];
  return { relay, alice, bob, mallory: await relay.member("mallory") };
}

/** Makes a blob of one chunk and fills it. */
async function upload(client: TestClient, bytes: Bytes = freshBytes(SHORT)): Promise<Bytes> {
  const id = freshBytes(32);
  expect((await client.createBlob(id, bytes.length)).status).toBe(200);
  expect((await client.putChunk(id, 0, bytes)).status).toBe(200);
  return id;
}

const refused = (status: number, error: string) => expect.objectContaining({ status, json: { error } });

/** What an answer shows, without what differs in every answer. */
function shown({ status, text, headers: { date: _date, ...headers } }: TestResponse) {
  return { status, text, headers };
}

describe("a blob", () => {
  it("is uploaded in chunks by one account, and fetched by another that knows its id", async () => {
    const { relay, alice, bob } = await startWithThree();
    const id = freshBytes(32);
    const chunks = [freshBytes(CHUNK_BYTES), freshBytes(LONG - CHUNK_BYTES)];
    const created = await alice.createBlob(id, LONG);
    expect(created.status).toBe(200);
    expect(parseBlobStatus(created.json)).toEqual({ length: LONG, missing: [0, 1], expiresAt: NOON + DAY });
    for (const index of [1, 0]) {
      const { status, json } = await alice.putChunk(id, index, chunks[index] ?? new Uint8Array());
      expect([status, json]).toEqual([200, {}]);
    }
    expect((await bob.describeBlob(id)).json).toEqual({ length: LONG, missing: [], expiresAt: NOON + 30 * DAY });
    for (const [index, bytes] of chunks.entries()) {
      expect(Buffer.compare((await bob.getChunk(id, index)).bytes, bytes)).toBe(0);
    }
    expect(relay.relay.counts).toMatchObject({ chunksStored: 2, chunksRead: 2, chunksRefused: 0 });
  });

  it("goes on after an upload that was interrupted, with what is missing", async () => {
    const { alice } = await startWithThree();
    const id = freshBytes(32);
    await alice.createBlob(id, LONG);
    const last = freshBytes(LONG - CHUNK_BYTES);
    await alice.putChunk(id, 1, last);
    // The answers were lost: all of it is repeated.
    expect((await alice.createBlob(id, LONG)).json).toMatchObject({ missing: [0] });
    expect((await alice.putChunk(id, 1, last)).status).toBe(200);
    expect(await alice.getChunk(id, 0)).toEqual(refused(404, "missing-chunk"));
    await alice.putChunk(id, 0, freshBytes(CHUNK_BYTES));
    expect((await alice.createBlob(id, LONG)).json).toMatchObject({ missing: [] });
  });

  it("has one of the lengths that there are", async () => {
    const { relay, alice } = await startWithThree();
    for (const length of [SHORT, 4352, MAX_BLOB_BYTES]) {
      expect((await alice.createBlob(freshBytes(32), length)).status, String(length)).toBe(200);
    }
    for (const length of [0, 1, 4095, 4097, MAX_BLOB_BYTES - 1, MAX_BLOB_BYTES + 1, 2 * MAX_BLOB_BYTES, 2 ** 52]) {
      const answer = await alice.createBlob(freshBytes(32), length);
      expect(answer, String(length)).toEqual(refused(400, "blob-length-invalid"));
    }
    const valid = { id: toBase64url(freshBytes(32)), length: SHORT };
    for (const body of [{}, { ...valid, length: -1 }, { ...valid, id: "AA" }, { ...valid, more: 1 }, "[]"]) {
      const answer = await alice.request({ method: "POST", target: "/api/blobs", body });
      expect(answer, JSON.stringify(body)).toEqual(refused(400, "bad-request"));
    }
    expect(await relay.store.statistics()).toMatchObject({ blobs: 3, blobBytes: 0 });
  });

  it("belongs to who made it: nobody else makes it again, adds to it or deletes it", async () => {
    const { alice, bob, mallory } = await startWithThree();
    const id = freshBytes(32);
    await alice.createBlob(id, LONG);
    for (const length of [LONG, SHORT]) {
      expect(await mallory.createBlob(id, length)).toEqual(refused(409, "blob-conflict"));
    }
    expect(await alice.createBlob(id, SHORT)).toEqual(refused(409, "blob-conflict"));
    expect(await mallory.putChunk(id, 0, freshBytes(CHUNK_BYTES))).toEqual(refused(403, "forbidden"));
    expect(await mallory.deleteBlob(id)).toEqual(refused(403, "forbidden"));
    const impostor = { method: "DELETE", target: blobPath(id), sign: { keyId: alice.keyId } } as const;
    expect(await mallory.request(impostor)).toEqual(refused(401, "signature-invalid"));
    expect((await bob.describeBlob(id)).json).toMatchObject({ missing: [0, 1] });
  });

  it("is gone at once when its owner deletes it, and deleting it again is no error", async () => {
    const { relay, alice, bob } = await startWithThree();
    const id = await upload(alice);
    for (let again = 0; again < 2; again += 1)
      expect(await alice.deleteBlob(id)).toMatchObject({ status: 200, json: {} });
    expect((await alice.deleteBlob(freshBytes(32))).status).toBe(200);
    expect(await bob.describeBlob(id)).toEqual(refused(404, "unknown-blob"));
    expect(await bob.getChunk(id, 0)).toEqual(refused(404, "unknown-blob"));
    await expect.poll(() => relay.store.statistics()).toMatchObject({ blobs: 0, blobBytes: 0 });
  });

  it("is gone after its time, and one that was never finished after a day", async () => {
    const { relay, alice, bob } = await startWithThree();
    const id = await upload(alice);
    const unfinished = freshBytes(32);
    await alice.createBlob(unfinished, MAX_BLOB_BYTES);
    relay.advance(DAY);
    expect(await alice.describeBlob(unfinished)).toEqual(refused(404, "unknown-blob"));
    expect(await alice.putChunk(unfinished, 0, freshBytes(CHUNK_BYTES))).toEqual(refused(404, "unknown-blob"));
    await relay.relay.sweep();
    expect(await relay.store.statistics()).toMatchObject({ blobs: 1, blobBytes: SHORT });
    relay.advance(29 * DAY - 1);
    expect((await bob.getChunk(id, 0)).status).toBe(200);
    relay.advance(1);
    expect(await bob.getChunk(id, 0)).toEqual(refused(404, "unknown-blob"));
  });

  it("stays while the clock may be wrong, except where it was deleted", async () => {
    const { relay, alice } = await startWithThree();
    const [kept, deleted] = [await upload(alice), await upload(alice)];
    await relay.relay.sweep();
    relay.jump(60 * DAY);
    await relay.relay.sweep();
    expect(await relay.store.statistics()).toMatchObject({ blobs: 2 });
    relay.jump(-60 * DAY);
    expect((await alice.getChunk(kept, 0)).status).toBe(200);
    await relay.store.deleteBlob({ id: deleted, owner: "alice", now: relay.now() });
    relay.jump(60 * DAY);
    await relay.relay.sweep();
    await expect.poll(() => relay.store.statistics()).toMatchObject({ blobs: 1 });
  });

  it("goes with its account", async () => {
    const { relay, alice, bob } = await startWithThree();
    const ids = [await upload(alice), await upload(alice), await upload(bob)];
    await alice.deleteAccount();
    for (const id of ids.slice(0, 2)) expect(await bob.describeBlob(id)).toEqual(refused(404, "unknown-blob"));
    expect((await bob.describeBlob(ids[2] ?? freshBytes(32))).status).toBe(200);
    await expect.poll(() => relay.store.statistics()).toMatchObject({ blobs: 1, blobBytes: SHORT });
  });

  it("that is unknown, has expired or was deleted looks the same to whoever asks", async () => {
    const { relay, alice, mallory } = await startWithThree();
    const [expired, deleted] = [freshBytes(32), await upload(alice)];
    await alice.createBlob(expired, SHORT);
    relay.advance(DAY);
    await alice.deleteBlob(deleted);
    for (const ask of [
      (id: Bytes) => mallory.describeBlob(id),
      (id: Bytes) => mallory.getChunk(id, 0),
      (id: Bytes) => mallory.putChunk(id, 0, freshBytes(SHORT)),
      (id: Bytes) => mallory.deleteBlob(id),
    ]) {
      const unknown = shown(await ask(freshBytes(32)));
      expect(shown(await ask(expired))).toEqual(unknown);
      expect(shown(await ask(deleted))).toEqual(unknown);
    }
  });

  it("is found under its whole id only, in one spelling", async () => {
    const { alice } = await startWithThree();
    const id = await upload(alice);
    const text = toBase64url(id);
    for (const other of [text.slice(0, -1), `${text}=`, `${text}A`, `%00${text.slice(1)}`, ".", "*", "%25"]) {
      const answer = await alice.request({ method: "GET", target: `/api/blobs/${other}` });
      expect(answer.status, other).toBe(400);
    }
    const flipped = Uint8Array.from(id, (byte, index) => (index === 31 ? byte ^ 1 : byte));
    expect(await alice.describeBlob(flipped)).toEqual(refused(404, "unknown-blob"));
    expect((await alice.describeBlob(id)).status).toBe(200);
    const unsigned = { method: "GET", target: blobPath(id), headers: { host: new URL(alice.origin).host }, body: "" };
    expect(await alice.exchange(unsigned)).toEqual(refused(401, "signature-missing"));
  });
});

describe("how many blobs there may be", () => {
  it("is limited by an account's bytes, which tells how much is free", async () => {
    const { alice, bob } = await startWithThree({ blobs: { accountBytes: 3 * SHORT } });
    const id = await upload(alice);
    const exceeded = await alice.createBlob(freshBytes(32), 4 * SHORT);
    expect([exceeded.status, exceeded.json]).toEqual([413, { error: "blob-too-large", free: 2 * SHORT }]);
    const tooMuch = await alice.createBlob(freshBytes(32), 3 * SHORT);
    expect([tooMuch.status, tooMuch.json]).toEqual([507, { error: "blob-quota-exceeded", free: 2 * SHORT }]);
    expect((await bob.createBlob(freshBytes(32), 3 * SHORT)).status).toBe(200);
    await alice.deleteBlob(id);
    expect((await alice.createBlob(freshBytes(32), 3 * SHORT)).status).toBe(200);
  });

  it("is limited where all are as small as can be", async () => {
    const { relay, mallory } = await startWithThree({ blobs: { accountBlobs: 5 } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => mallory.createBlob(freshBytes(32), SHORT)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 507)).toHaveLength(15);
    expect(await relay.store.statistics()).toMatchObject({ blobs: 5 });
  });

  it("is limited for all together, which tells nobody how much others have", async () => {
    const { alice, bob, mallory } = await startWithThree({ blobs: { totalBytes: 2 * SHORT } });
    // What she announces and never uploads is hers alone to lack.
    for (let i = 0; i < 10; i += 1) await mallory.createBlob(freshBytes(32), 2 * SHORT);
    for (let i = 0; i < 2; i += 1) await upload(alice);
    expect(await alice.createBlob(freshBytes(32), SHORT)).toEqual(refused(507, "blob-store-full"));
    expect((await bob.send("alice", [freshEnvelope()])).status).toBe(200);
  });

  it("is told to everybody beforehand, for how long, too", async () => {
    const terms = async (blobs: TestRelayOptions["blobs"] = {}) => {
      const { alice } = await startWithThree({ blobs });
      return parseBlobTerms(
        (await alice.exchange({ method: "GET", target: "/api/relay", headers: {}, body: "" })).json,
      );
    };
    expect(await terms()).toEqual({ days: 30, accountBytes: 2 ** 30 });
    expect(await terms({ lifetimeMilliseconds: 7 * DAY, totalBytes: 5000 })).toEqual({ days: 7, accountBytes: 5000 });
    expect(await terms({ accountBytes: 0 })).toBeNull();
  });

  it("is limited in time: an account makes few at once", async () => {
    const fairness = { accountBlobs: { capacity: 2, refillMilliseconds: 1500 } };
    const { relay, alice, bob } = await startWithThree({ fairness });
    for (let i = 0; i < 2; i += 1) await upload(alice);
    const limited = await alice.createBlob(freshBytes(32), SHORT);
    expect(limited).toEqual(refused(429, "rate-limited"));
    expect(limited.headers["retry-after"]).toBe("2");
    expect((await bob.createBlob(freshBytes(32), SHORT)).status).toBe(200);
    relay.advance(1500);
    expect((await alice.createBlob(freshBytes(32), SHORT)).status).toBe(200);
  });
});
