import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { mayMount, mountMemory } from "../testing/store-faults.ts";
import { temporaryFolder } from "../testing/test-relay.ts";
import { hasRoomIn, withReserve } from "./reserve.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import type { Store } from "./store.ts";
import { bob, CONTRACT_LIMITS, envelope, mailToBob, NOON, publication } from "./testing/contract-fixtures.ts";

async function storeForBob(hasRoom: () => Promise<boolean>): Promise<Store> {
  const store = await openSqliteStore(temporaryFolder(), CONTRACT_LIMITS);
  onTestFinished(() => store.close());
  await store.publishKeys(publication({ username: "bob" }));
  return withReserve(store, hasRoom);
}

describe("a store whose disk is down to the reserve", () => {
  it("takes no mail and no keys, and says that it is full", async () => {
    const store = await storeForBob(async () => false);
    const full = expect.objectContaining({ name: "StoreFailure", reason: "full" });
    await expect(store.addMail(mailToBob())).rejects.toEqual(full);
    await expect(store.publishKeys(publication())).rejects.toEqual(full);
    await expect(store.check()).rejects.toEqual(full);
  });

  it("still lets mailboxes be read and emptied, and takes mail again once there is room", async () => {
    let hasRoom = true;
    const store = await storeForBob(async () => hasRoom);
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

describe("room on a disk", () => {
  it("is there in the folder of a test, and where the disk does not tell", async () => {
    expect(await hasRoomIn(temporaryFolder())).toBe(true);
    expect(await hasRoomIn(join(temporaryFolder(), "missing"))).toBe(true);
  });

  it.runIf(mayMount())("is gone when what is free is the reserve", async () => {
    const folder = mountMemory(1024 * 1024);
    expect(await hasRoomIn(folder)).toBe(true);
    writeFileSync(join(folder, "ballast"), Buffer.alloc(1024 * 1024 - 16 * 1024));
    expect(await hasRoomIn(folder)).toBe(false);
  });
});
