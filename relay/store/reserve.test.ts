import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { mayMount, mountMemory } from "../testing/store-faults.ts";
import { temporaryFolder } from "../testing/test-relay.ts";
import { type Room, roomIn, withReserve } from "./reserve.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import type { Store } from "./store.ts";
import {
  alice,
  bob,
  CONTRACT_LIMITS,
  envelope,
  fresh,
  mailToBob,
  NOON,
  publication,
} from "./testing/contract-fixtures.ts";

const PLENTY: Room = { mail: true, blobs: true };
const NONE: Room = { mail: false, blobs: false };

async function storeForBob(readRoom: () => Promise<Room>): Promise<Store> {
  const store = await openSqliteStore(temporaryFolder(), CONTRACT_LIMITS);
  onTestFinished(() => store.close());
  await store.publishKeys(publication({ username: "bob" }));
  return withReserve(store, readRoom);
}

describe("a store whose disk is down to the reserve", () => {
  it("takes no mail and no keys, and says that it is full", async () => {
    const store = await storeForBob(async () => NONE);
    const full = expect.objectContaining({ name: "StoreFailure", reason: "full" });
    await expect(store.addMail(mailToBob())).rejects.toEqual(full);
    await expect(store.publishKeys(publication())).rejects.toEqual(full);
    await expect(store.check()).rejects.toEqual(full);
  });

  it("still lets mailboxes be read and emptied, and takes mail again once there is room", async () => {
    let hasRoom = true;
    const store = await storeForBob(async () => (hasRoom ? PLENTY : NONE));
    const once = envelope();
    expect(await store.addMail(mailToBob({ envelopes: [once] }))).toMatchObject({ added: 1 });
    hasRoom = false;
    await expect.poll(() => store.addMail(mailToBob({ envelopes: [once] })).catch(() => "refused")).toBe("refused");
    expect((await store.listMail({ mailbox: bob, after: 0, limit: 10, now: NOON })).envelopes).toHaveLength(1);
    const names = [{ from: "alice", fromDevice: 1, id: once.id }];
    expect(await store.acknowledgeMail({ mailbox: bob, names, now: NOON })).toBe(1);
    hasRoom = true;
    await expect
      .poll(() =>
        store.check().then(
          () => "writes",
          () => "refuses",
        ),
      )
      .toBe("writes");
    expect(await store.addMail(mailToBob())).toMatchObject({ kind: "stored" });
  });
});

describe("a store whose disk is down to what is kept for mail", () => {
  it("takes no blobs and goes on with mail, and what is there can be read and deleted", async () => {
    let room = PLENTY;
    const store = await storeForBob(async () => room);
    const owner = publication();
    await store.publishKeys(owner);
    const [id, now] = [fresh(), NOON];
    const creation = { owner: alice, deviceKey: owner.deviceKey, id, length: 4096, now };
    const chunk = { id, owner: "alice", index: 0, bytes: fresh(4096), now };
    expect(await store.createBlob(creation)).toMatchObject({ kind: "created" });
    room = { mail: true, blobs: false };
    await expect.poll(() => store.createBlob({ ...creation, id: fresh() })).toEqual({ kind: "blob-store-full" });
    expect(await store.addChunk(chunk)).toEqual({ kind: "blob-store-full" });
    expect(await store.addMail(mailToBob())).toMatchObject({ kind: "stored" });
    expect(await store.readBlob({ id, now })).toMatchObject({ missing: [0] });
    room = PLENTY;
    await expect.poll(() => store.addChunk(chunk)).toEqual({ kind: "stored", added: true });
    room = NONE;
    expect(await store.readChunk({ id, index: 0, now })).toMatchObject({ kind: "found" });
    expect(await store.deleteBlob({ id, owner: "alice", now })).toBe("deleted");
    expect(await store.collectBlobs()).toBe(1);
  });
});

describe("room on a disk", () => {
  it("is there in the folder of a test, and where the disk does not tell", async () => {
    expect((await roomIn(temporaryFolder())).mail).toBe(true);
    expect(await roomIn(join(temporaryFolder(), "missing"))).toEqual(PLENTY);
  });

  it.runIf(mayMount())("is gone when what is free is the reserve", async () => {
    const folder = mountMemory(1024 * 1024);
    expect(await roomIn(folder)).toEqual(PLENTY);
    writeFileSync(join(folder, "ballast"), Buffer.alloc(1024 * 1024 - 64 * 1024));
    expect(await roomIn(folder)).toEqual({ mail: true, blobs: false });
    writeFileSync(join(folder, "ballast"), Buffer.alloc(1024 * 1024 - 16 * 1024));
    expect(await roomIn(folder)).toEqual(NONE);
  });
});
