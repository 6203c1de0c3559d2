/** The part of the store's contract that is about how many blobs there may be, and about many who want one at once. */
import { expect, it } from "vitest";
import { CHUNK_BYTES } from "../../wire/blob.ts";
import { blob, chunk, openForBlobs, putBlob } from "./blob-contract.ts";
import { bob, fresh, NOON, publication, type StoreUnderTest } from "./contract-fixtures.ts";

const SHORT = 4096;

export function describeBlobQuotas(subject: StoreUnderTest): void {
  it("are of an account's bytes, reserved when a blob is made, to the byte", async () => {
    const { store } = await openForBlobs(subject, { accountBytes: 3 * SHORT });
    const first = blob();
    for (const creation of [first, blob({ length: 2 * SHORT })]) {
      expect((await store.createBlob(creation)).kind).toBe("created");
    }
    expect(await store.createBlob(blob())).toEqual({ kind: "blob-quota-exceeded", free: 0 });
    expect(await store.createBlob(blob({ length: 4 * SHORT }))).toEqual({ kind: "blob-too-large", free: 0 });
    // What is there may be made again, and others have room of their own.
    expect((await store.createBlob(first)).kind).toBe("created");
    expect((await store.createBlob(blob({ owner: bob, length: 3 * SHORT }))).kind).toBe("created");
    await store.deleteBlob({ id: first.id, owner: "alice", now: NOON });
    expect(await store.createBlob(blob({ length: 2 * SHORT }))).toEqual({ kind: "blob-quota-exceeded", free: SHORT });
    expect((await store.createBlob(blob())).kind).toBe("created");
  });

  it("are of an account's blobs, too, however small", async () => {
    const { store } = await openForBlobs(subject, { accountBlobs: 3 });
    const made = [blob(), blob(), blob()];
    for (const creation of made) expect((await store.createBlob(creation)).kind).toBe("created");
    expect(await store.createBlob(blob())).toEqual({ kind: "blob-quota-exceeded", free: 0 });
    expect((await store.createBlob(blob({ owner: bob }))).kind).toBe("created");
    for (const { id } of made.slice(1)) await store.deleteBlob({ id, owner: "alice", now: NOON });
    expect((await store.createBlob(blob())).kind).toBe("created");
  });

  it("are of all accounts together, and there deleted ones count until their bytes are gone", async () => {
    const { store } = await openForBlobs(subject, { totalBytes: 2 * SHORT });
    const late = blob();
    await store.createBlob(late);
    const { id } = await putBlob(store);
    await putBlob(store, blob({ owner: bob }));
    const full = { kind: "blob-store-full" };
    expect(await store.createBlob(blob({ owner: bob }))).toEqual(full);
    expect(await store.addChunk(chunk(late.id))).toEqual(full);
    expect(await store.readBlob({ id: late.id, now: NOON })).toMatchObject({ missing: [0] });
    await store.deleteBlob({ id, owner: "alice", now: NOON });
    expect(await store.createBlob(blob({ owner: bob }))).toEqual(full);
    await store.collectBlobs();
    const refused = blob({ owner: bob, length: 2 * SHORT });
    expect(await store.createBlob(refused)).toEqual(full);
    // What was refused left nothing behind.
    expect(await store.readBlob({ id: refused.id, now: NOON })).toBeNull();
    expect((await store.createBlob({ ...refused, length: SHORT })).kind).toBe("created");
    expect((await store.addChunk(chunk(late.id))).kind).toBe("stored");
    expect(await store.addChunk(chunk(refused.id, { owner: "bob" }))).toEqual(full);
    expect(await store.statistics()).toMatchObject({ blobs: 3, blobBytes: 2 * SHORT });
  });

  it("of all are not used up by what is announced and never uploaded", async () => {
    const { store } = await openForBlobs(subject, { accountBytes: 4 * SHORT, totalBytes: 4 * SHORT });
    const announced = blob({ owner: bob, length: 4 * SHORT });
    expect((await store.createBlob(announced)).kind).toBe("created");
    for (let i = 0; i < 3; i += 1) await putBlob(store);
    expect(await store.statistics()).toMatchObject({ blobs: 4, blobBytes: 3 * SHORT });
    const bytes = fresh(4 * SHORT);
    const full = { kind: "blob-store-full" };
    expect(await store.addChunk(chunk(announced.id, { owner: "bob", bytes }))).toEqual(full);
    expect(await store.deleteBlob({ id: announced.id, owner: "bob", now: NOON })).toBe("deleted");
    expect(await store.collectBlobs()).toBe(1);
    expect(await store.statistics()).toMatchObject({ blobs: 3, blobBytes: 3 * SHORT });
  });

  it("of nothing keep no blobs", async () => {
    const none = await openForBlobs(subject, { accountBytes: 0 });
    expect(await none.store.createBlob(blob())).toEqual({ kind: "blob-too-large", free: 0 });
    const nowhere = await openForBlobs(subject, { totalBytes: 0 });
    expect(await nowhere.store.createBlob(blob())).toEqual({ kind: "blob-store-full" });
  });

  it("hold when one account makes many at once, on several relays", async () => {
    const { store, openAnother } = await openForBlobs(subject, { accountBytes: 5 * SHORT });
    const stores = [store, await openAnother()];
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (stores[index % 2] ?? store).createBlob(blob())),
    );
    expect(outcomes.filter(({ kind }) => kind === "created")).toHaveLength(5);
    expect(outcomes.filter(({ kind }) => kind === "blob-quota-exceeded")).toHaveLength(35);
    expect(await store.statistics()).toMatchObject({ blobs: 5, blobBytes: 0 });
  });

  it("hold when many accounts upload at once, on several relays", async () => {
    const { store, openAnother } = await openForBlobs(subject, { totalBytes: 5 * SHORT });
    const stores = [store, await openAnother()];
    const owners = Array.from({ length: 10 }, (_, index) => ({ username: `carol-${index}`, device: 1 }));
    for (const { username } of owners) await store.publishKeys(publication({ username }));
    const made = owners.flatMap((owner) => stores.map((one) => ({ one, owner, creation: blob({ owner }) })));
    for (const { one, creation } of made) expect((await one.createBlob(creation)).kind).toBe("created");
    const outcomes = await Promise.all(
      made.map(({ one, owner, creation }) => one.addChunk(chunk(creation.id, { owner: owner.username }))),
    );
    expect(outcomes.filter(({ kind }) => kind === "stored")).toHaveLength(5);
    expect(outcomes.filter(({ kind }) => kind === "blob-store-full")).toHaveLength(15);
    const statuses = await Promise.all(made.map(({ creation }) => store.readBlob({ id: creation.id, now: NOON })));
    expect(statuses.filter((status) => status?.missing.length === 0)).toHaveLength(5);
    expect(await store.statistics()).toMatchObject({ blobs: 20, blobBytes: 5 * SHORT });
  });
}

export function describeBlobRaces(subject: StoreUnderTest): void {
  it("give an id to one of many who want it at once", async () => {
    const { store, openAnother } = await openForBlobs(subject);
    const stores = [store, await openAnother()];
    const owners = Array.from({ length: 10 }, (_, index) => ({ username: `carol-${index}`, device: 1 }));
    for (const { username } of owners) await store.publishKeys(publication({ username }));
    const id = fresh();
    const outcomes = await Promise.all(
      owners.map((owner, index) => (stores[index % 2] ?? store).createBlob(blob({ owner, id }))),
    );
    expect(outcomes.filter(({ kind }) => kind === "created")).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === "blob-conflict")).toHaveLength(9);
    const winner = owners[outcomes.findIndex(({ kind }) => kind === "created")]?.username ?? "";
    const chunks = await Promise.all(owners.map(({ username }) => store.addChunk(chunk(id, { owner: username }))));
    expect(chunks.filter(({ kind }) => kind === "stored")).toHaveLength(1);
    expect(chunks.filter(({ kind }) => kind === "forbidden")).toHaveLength(9);
    expect(await store.deleteBlob({ id, owner: winner, now: NOON })).toBe("deleted");
    expect(await store.collectBlobs()).toBe(1);
    expect(await store.statistics()).toMatchObject({ blobs: 0, blobBytes: 0 });
  });

  it("make one blob of an owner's many attempts, and count it once", async () => {
    const { store, openAnother } = await openForBlobs(subject, { accountBytes: SHORT, totalBytes: SHORT });
    const stores = [store, await openAnother()];
    const creation = blob();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (stores[index % 2] ?? store).createBlob(creation)),
    );
    expect(outcomes.every(({ kind }) => kind === "created")).toBe(true);
    expect(await store.statistics()).toMatchObject({ blobs: 1, blobBytes: 0 });
  });

  it("make a blob whole whose chunks come all at once, each several times, one with other bytes", async () => {
    const { store, openAnother } = await openForBlobs(subject);
    const stores = [store, await openAnother()];
    const creation = blob({ length: 6 * CHUNK_BYTES });
    const { id } = creation;
    await store.createBlob(creation);
    const chunks = Array.from({ length: 6 }, (_, index) => chunk(id, { index, bytes: fresh(CHUNK_BYTES) }));
    const other = chunk(id, { index: 3, bytes: fresh(CHUNK_BYTES) });
    const outcomes = await Promise.all(
      [...chunks, ...chunks, other, ...chunks].map((one, index) => (stores[index % 2] ?? store).addChunk(one)),
    );
    expect(outcomes.filter((outcome) => outcome.kind === "stored" && outcome.added)).toHaveLength(6);
    expect(outcomes.filter(({ kind }) => kind === "chunk-conflict").length).toBeGreaterThan(0);
    expect(await store.readBlob({ id, now: NOON })).toMatchObject({ missing: [] });
  });

  it("leave nothing of a blob that is deleted while it is filled and collected by several relays", async () => {
    const { store, openAnother } = await openForBlobs(subject);
    const stores = [store, await openAnother()];
    const creation = blob({ length: 4 * CHUNK_BYTES });
    const { id } = creation;
    await store.createBlob(creation);
    const filling = Array.from({ length: 4 }, (_, index) =>
      (stores[index % 2] ?? store).addChunk(chunk(id, { index, bytes: fresh(CHUNK_BYTES) })),
    );
    const deleting = store.deleteBlob({ id, owner: "alice", now: NOON });
    await Promise.all([...filling, deleting]);
    await Promise.all(stores.map((one) => one.collectBlobs()));
    await store.collectBlobs();
    expect(await store.statistics()).toMatchObject({ blobs: 0, blobBytes: 0 });
    expect(await store.createBlob(creation)).toMatchObject({ kind: "created", status: { missing: [0, 1, 2, 3] } });
  });
}
