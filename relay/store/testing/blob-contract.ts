/** The part of the store's contract that is about blobs. */
import { expect, it } from "vitest";
import { CHUNK_BYTES } from "../../wire/blob.ts";
import type { Bytes } from "../../wire/bytes.ts";
import type { BlobCreation, NewChunk } from "../blob-store.ts";
import type { Store } from "../store.ts";
import {
  alice,
  bob,
  CONTRACT_LIMITS,
  DAY,
  fresh,
  NOON,
  publication,
  type StoreUnderTest,
} from "./contract-fixtures.ts";

const owner = publication();
/** Of two chunks, the second one shorter. */
const LONG = 270_336;
const LAST = LONG - CHUNK_BYTES;
const SHORT = 4096;

/** Opens a store in which Alice and Bob have accounts. */
export async function openForBlobs(subject: StoreUnderTest, blobs: Partial<typeof CONTRACT_LIMITS.blobs> = {}) {
  const opened = await subject.open({ blobs: { ...CONTRACT_LIMITS.blobs, ...blobs } });
  for (const username of ["alice", "bob"]) await opened.store.publishKeys(publication({ username }));
  return opened;
}

export function blob(overrides: Partial<BlobCreation> = {}): BlobCreation {
  return { owner: alice, deviceKey: owner.deviceKey, id: fresh(), length: SHORT, now: NOON, ...overrides };
}

export function chunk(id: Bytes, overrides: Partial<NewChunk> = {}): NewChunk {
  return { id, owner: "alice", index: 0, bytes: fresh(SHORT), now: NOON, ...overrides };
}

/** Makes a blob of one chunk and fills it. */
export async function putBlob(store: Store, creation = blob()): Promise<BlobCreation> {
  expect((await store.createBlob(creation)).kind).toBe("created");
  const bytes = fresh(creation.length);
  expect((await store.addChunk(chunk(creation.id, { owner: creation.owner.username, bytes }))).kind).toBe("stored");
  return creation;
}

export function describeBlobs(subject: StoreUnderTest): void {
  it("are made, filled in any order, and read as they were, also after a restart", async () => {
    const { store, reopen } = await openForBlobs(subject);
    const creation = blob({ length: LONG });
    const { id } = creation;
    const [first, last] = [fresh(CHUNK_BYTES), fresh(LAST)];
    const unfinished = { length: LONG, missing: [0, 1], expiresAt: NOON + DAY };
    expect(await store.createBlob(creation)).toEqual({ kind: "created", status: unfinished });
    expect(await store.readChunk({ id, index: 0, now: NOON })).toEqual({ kind: "missing-chunk" });
    const added = { kind: "stored", added: true };
    expect(await store.addChunk(chunk(id, { index: 1, bytes: last, now: NOON + 1 }))).toEqual(added);
    expect(await store.readBlob({ id, now: NOON })).toEqual({ ...unfinished, missing: [0] });
    expect(await store.readChunk({ id, index: 0, now: NOON })).toEqual({ kind: "missing-chunk" });
    expect(await store.addChunk(chunk(id, { bytes: first, now: NOON + 2 }))).toEqual(added);
    const reopened = await reopen();
    const whole = { length: LONG, missing: [], expiresAt: NOON + 30 * DAY };
    expect(await reopened.readBlob({ id, now: NOON })).toEqual(whole);
    for (const [index, bytes] of [first, last].entries()) {
      const read = await reopened.readChunk({ id, index, now: NOON });
      expect(read.kind === "found" && Buffer.compare(read.bytes, bytes)).toBe(0);
    }
    expect(await reopened.readChunk({ id, index: 2, now: NOON })).toEqual({ kind: "chunk-index-invalid" });
  });

  it("may be made again by the same account with the same length, and by nobody else", async () => {
    const { store } = await openForBlobs(subject);
    const creation = blob({ length: LONG });
    const { id } = creation;
    await store.createBlob(creation);
    await store.addChunk(chunk(id, { index: 1, bytes: fresh(LAST) }));
    const status = { length: LONG, missing: [0], expiresAt: NOON + DAY };
    expect(await store.createBlob({ ...creation, now: NOON + 7 })).toEqual({ kind: "created", status });
    const conflict = { kind: "blob-conflict" };
    expect(await store.createBlob({ ...creation, length: SHORT })).toEqual(conflict);
    expect(await store.createBlob({ ...creation, owner: bob })).toEqual(conflict);
    expect(await store.createBlob({ ...creation, owner: bob, length: SHORT })).toEqual(conflict);
    expect(await store.readBlob({ id, now: NOON })).toEqual(status);
    expect(await store.statistics()).toMatchObject({ blobs: 1, blobBytes: LAST });
  });

  it("are made for devices that there are", async () => {
    const { store } = await openForBlobs(subject);
    for (const odd of [{ deviceKey: fresh() }, { owner: { username: "alice", device: 2 } }] as const) {
      expect(await store.createBlob(blob(odd))).toEqual({ kind: "unknown-device" });
    }
    const nobody = { username: "nobody", device: 1 };
    expect(await store.createBlob(blob({ owner: nobody }))).toEqual({ kind: "unknown-device" });
    expect(await store.statistics()).toMatchObject({ blobs: 0, blobBytes: 0 });
  });

  it("take the same bytes again, and never other ones", async () => {
    const { store, reopen } = await openForBlobs(subject);
    const creation = blob({ length: LONG });
    const { id } = creation;
    await store.createBlob(creation);
    const bytes = fresh(CHUNK_BYTES);
    await store.addChunk(chunk(id, { bytes }));
    const again = { kind: "stored", added: false };
    expect(await store.addChunk(chunk(id, { bytes }))).toEqual(again);
    expect(await store.readBlob({ id, now: NOON })).toMatchObject({ missing: [1] });
    const altered = Uint8Array.from(bytes);
    altered[CHUNK_BYTES - 1] = (altered[CHUNK_BYTES - 1] ?? 0) ^ 1;
    const reopened = await reopen();
    expect(await reopened.addChunk(chunk(id, { bytes: altered }))).toEqual({ kind: "chunk-conflict" });
    expect(await reopened.addChunk(chunk(id, { bytes }))).toEqual(again);
    const read = await reopened.readChunk({ id, index: 0, now: NOON });
    expect(read.kind === "found" && Buffer.compare(read.bytes, bytes)).toBe(0);
  });

  it("take chunks of the length and at the index that they must have, from their owner alone", async () => {
    const { store } = await openForBlobs(subject);
    const creation = blob({ length: LONG });
    const { id } = creation;
    await store.createBlob(creation);
    const refused = [
      [{ bytes: fresh(CHUNK_BYTES - 1) }, "chunk-length-invalid"],
      [{ bytes: fresh(CHUNK_BYTES + 1) }, "chunk-length-invalid"],
      [{ bytes: fresh(0) }, "chunk-length-invalid"],
      [{ bytes: fresh(LAST) }, "chunk-length-invalid"],
      [{ index: 1, bytes: fresh(LAST - 1) }, "chunk-length-invalid"],
      [{ index: 1, bytes: fresh(LAST + 1) }, "chunk-length-invalid"],
      [{ index: 2, bytes: fresh(LAST) }, "chunk-index-invalid"],
      [{ index: 999, bytes: fresh(0) }, "chunk-index-invalid"],
      [{ owner: "bob", bytes: fresh(CHUNK_BYTES) }, "forbidden"],
      [{ id: fresh(), bytes: fresh(CHUNK_BYTES) }, "unknown-blob"],
    ] as const;
    for (const [odd, kind] of refused) expect(await store.addChunk(chunk(id, odd)), kind).toEqual({ kind });
    expect(await store.readBlob({ id, now: NOON })).toMatchObject({ missing: [0, 1] });
    expect(await store.addChunk(chunk(id, { bytes: fresh(CHUNK_BYTES) }))).toMatchObject({ kind: "stored" });
    expect(await store.addChunk(chunk(id, { index: 1, bytes: fresh(LAST) }))).toMatchObject({ kind: "stored" });
  });
}

/** How long blobs are there, and what is left of them. */
export function describeBlobsThatGo(subject: StoreUnderTest): void {
  it("are unknown to the millisecond in which their time is over, and gone with the sweep", async () => {
    const { store } = await openForBlobs(subject);
    const { id } = await putBlob(store);
    const end = NOON + 30 * DAY;
    await store.sweep(end - 1);
    expect(await store.readBlob({ id, now: end - 1 })).toMatchObject({ missing: [] });
    expect(await store.readChunk({ id, index: 0, now: end - 1 })).toMatchObject({ kind: "found" });
    expect(await store.readBlob({ id, now: end })).toBeNull();
    for (const index of [0, 1]) {
      expect(await store.readChunk({ id, index, now: end })).toEqual({ kind: "unknown-blob" });
      expect(await store.readChunk({ id: fresh(), index, now: end })).toEqual({ kind: "unknown-blob" });
    }
    expect(await store.addChunk(chunk(id, { now: end }))).toEqual({ kind: "unknown-blob" });
    // Until its bytes are gone the id is not free.
    expect(await store.createBlob(blob({ id, now: end }))).toEqual({ kind: "blob-conflict" });
    expect(await store.statistics()).toMatchObject({ blobs: 1, blobBytes: SHORT });
    expect(await store.collectBlobs()).toBe(0);
    expect(await store.sweep(end)).toBe(1);
    expect(await store.statistics()).toMatchObject({ blobs: 0, blobBytes: 0 });
    expect(await store.createBlob(blob({ id, owner: bob, now: end }))).toMatchObject({
      kind: "created",
      status: { missing: [0] },
    });
  });

  it("are there for a day while they are not whole", async () => {
    const { store } = await openForBlobs(subject);
    const creation = blob({ length: LONG });
    await store.createBlob(creation);
    await store.addChunk(chunk(creation.id, { bytes: fresh(CHUNK_BYTES), now: NOON + DAY - 1 }));
    const whole = await putBlob(store);
    expect(await store.sweep(NOON + DAY - 1)).toBe(0);
    const late = chunk(creation.id, { index: 1, bytes: fresh(LAST), now: NOON + DAY });
    expect(await store.addChunk(late)).toEqual({ kind: "unknown-blob" });
    expect(await store.sweep(NOON + DAY)).toBe(1);
    expect(await store.readBlob({ id: creation.id, now: NOON })).toBeNull();
    expect(await store.readBlob({ id: whole.id, now: NOON + DAY })).not.toBeNull();
    expect(await store.statistics()).toMatchObject({ blobs: 1, blobBytes: SHORT });
  });

  it("are deleted by their owner at once, whatever the clock says, and again without harm", async () => {
    const { store, reopen } = await openForBlobs(subject);
    const { id } = await putBlob(store);
    const now = NOON;
    expect(await store.deleteBlob({ id, owner: "bob", now })).toBe("forbidden");
    expect(await store.readBlob({ id, now })).not.toBeNull();
    for (let again = 0; again < 2; again += 1)
      expect(await store.deleteBlob({ id, owner: "alice", now })).toBe("deleted");
    expect(await store.deleteBlob({ id, owner: "bob", now })).toBe("deleted");
    expect(await store.deleteBlob({ id: fresh(), owner: "alice", now })).toBe("deleted");
    expect(await store.readBlob({ id, now })).toBeNull();
    expect(await store.readChunk({ id, index: 0, now: 1 })).toEqual({ kind: "unknown-blob" });
    expect(await store.addChunk(chunk(id))).toEqual({ kind: "unknown-blob" });
    const reopened = await reopen();
    expect(await reopened.collectBlobs()).toBe(1);
    expect(await reopened.collectBlobs()).toBe(0);
    expect(await reopened.statistics()).toMatchObject({ blobs: 0, blobBytes: 0 });
  });

  it("go with all of their chunks, others' staying", async () => {
    const { store } = await openForBlobs(subject);
    const long = blob({ length: LONG });
    await store.createBlob(long);
    await store.addChunk(chunk(long.id, { bytes: fresh(CHUNK_BYTES) }));
    await store.addChunk(chunk(long.id, { index: 1, bytes: fresh(LAST) }));
    const other = await putBlob(store);
    expect(await store.statistics()).toMatchObject({ blobs: 2, blobBytes: LONG + SHORT });
    await store.deleteBlob({ id: long.id, owner: "alice", now: NOON });
    expect(await store.collectBlobs()).toBe(1);
    // Nothing of an earlier blob is in one that is made under its id.
    expect(await store.createBlob(long)).toMatchObject({ kind: "created", status: { missing: [0, 1] } });
    expect(await store.readChunk({ id: other.id, index: 0, now: NOON })).toMatchObject({ kind: "found" });
    expect(await store.statistics()).toMatchObject({ blobs: 2, blobBytes: SHORT });
  });

  it("go with their account, and with a name that is reset", async () => {
    const { store } = await openForBlobs(subject);
    const ofAlice = [await putBlob(store), blob({ length: LONG })];
    for (const creation of ofAlice) await store.createBlob(creation);
    const ofBob = await putBlob(store, blob({ owner: bob }));
    await store.deleteAccount({ ...alice, deviceKey: owner.deviceKey });
    for (const { id } of ofAlice) expect(await store.readBlob({ id, now: NOON })).toBeNull();
    expect(await store.createBlob(blob())).toEqual({ kind: "unknown-device" });
    expect(await store.readBlob({ id: ofBob.id, now: NOON })).not.toBeNull();
    await store.resetName({ username: "bob", now: NOON });
    expect(await store.readBlob({ id: ofBob.id, now: NOON })).toBeNull();
    expect(await store.collectBlobs()).toBe(3);
    expect(await store.statistics()).toMatchObject({ blobs: 0, blobBytes: 0 });
  });

  it("keep a clock that may be wrong from being believed at once, as mail does", async () => {
    const { store } = await openForBlobs(subject);
    expect(await store.sweptAt(NOON)).toBe(NOON);
    await putBlob(store);
    expect(await store.sweptAt(NOON)).toBeNull();
  });
}
