/** The lock before an account's records: what opens it, what lies there while it is locked, and how keys take over. */
import { describe, expect, it } from "vitest";
import type { LockSecret } from "../engine/api-views.ts";
import { type LockableStore, LockedError, StorageError } from "../engine/ports.ts";
import type { OwedReceiptRecord } from "../engine/records.ts";
import { createMemoryDisk } from "./memory.ts";
import { openSealedStore } from "./sealed-store.ts";

const ALL = { from: "", below: "\uffff" };
const CHEAP = { memory: 8, passes: 1 };
const PASSPHRASE = "correct horse battery staple";
const rightly: LockSecret = { kind: "passphrase", passphrase: PASSPHRASE };
const wrongly: LockSecret = { kind: "passphrase", passphrase: "correct horse battery" };
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

function receipt(words: string): OwedReceiptRecord {
  return { peer: "bob-the-peer", contentId: words, status: "read", underChange: false };
}

/** One account on a disk of its own, with a clock that the test sets. */
function onDisk() {
  const disk = createMemoryDisk();
  const records = disk.open("alice");
  let time = 1_000_000;
  const kept = { account: "alice", randomBytes, now: () => time, passphraseCost: CHEAP };
  return {
    records,
    now: () => time,
    setTime: (next: number) => {
      time = next;
    },
    open: (secret: LockSecret | null = null) => openSealedStore({ ...kept, records: disk.open("alice") }, secret),
    async dump() {
      return (await records.list(ALL)).map(([key, value]) => `${key} ${latin1(value)}`).join("\n");
    },
  };
}

async function refusalOf(opening: Promise<LockableStore>): Promise<LockedError> {
  const error: unknown = await opening.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof LockedError)) throw new Error("it was not refused by the lock", { cause: error });
  return error;
}

async function fill(store: LockableStore, count: number) {
  for (let number = 0; number < count; number += 50) {
    const numbers = Array.from({ length: Math.min(50, count - number) }, (_, index) => number + index);
    await store.commit(
      numbers.map((one) => ({
        store: "owedReceipts",
        id: ["bob-the-peer", one],
        value: receipt(`secret word ${one}`),
      })),
    );
  }
}

async function renewAll(store: LockableStore) {
  const lock = await store.lock();
  for (let rounds = 0; await lock.renewSome(); rounds += 1) {
    if (rounds > 100) throw new Error("renewing does not end");
  }
}

describe("a locked store", () => {
  it("opens with the passphrase alone, in whatever composition its characters come", async () => {
    const disk = onDisk();
    const store = await disk.open();
    await fill(store, 3);
    await (await store.lock()).set("Zoë liest", null);
    expect((await refusalOf(disk.open())).refusal).toBeNull();
    expect((await refusalOf(disk.open({ kind: "passphrase", passphrase: "Zoe liest" }))).refusal).toBe("wrong-secret");
    const again = await disk.open({ kind: "passphrase", passphrase: "Zoe\u0308 liest" });
    expect(await again.read("owedReceipts", ["bob-the-peer", 2])).toEqual(receipt("secret word 2"));
  });

  it("does not fence out who has it open when the secret is wrong", async () => {
    const disk = onDisk();
    const store = await disk.open();
    await (await store.lock()).set(PASSPHRASE, null);
    await refusalOf(disk.open(wrongly));
    await fill(store, 1);
    await disk.open(rightly);
    await expect(fill(store, 1)).rejects.toMatchObject({ code: "fenced" });
  });

  it("yields no text, no name and no usable key", async () => {
    const disk = onDisk();
    const store = await disk.open();
    await fill(store, 120);
    await (await store.lock()).set(PASSPHRASE, null);
    await renewAll(store);
    const dump = await disk.dump();
    for (const planted of ["secret word", "bob-the-peer", PASSPHRASE]) expect(dump).not.toContain(planted);
    for (const [, value] of await disk.records.list(ALL)) expect(holdsKey(value)).toBe(false);
  });

  it("says when it is too soon, longer each time, also after a restart, and at once again after the right one", async () => {
    const disk = onDisk();
    await (await (await disk.open()).lock()).set(PASSPHRASE, null);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect((await refusalOf(disk.open(wrongly))).refusal).toBe("wrong-secret");
    }
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const { refusal, retryAt } = await refusalOf(disk.open(rightly));
      expect(refusal).toBe("too-soon");
      expect((await refusalOf(disk.open())).retryAt).toBe(retryAt);
      pauses.push(retryAt - disk.now());
      disk.setTime(retryAt);
      expect((await refusalOf(disk.open(wrongly))).refusal).toBe("wrong-secret");
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600].map((seconds) => seconds * 1000));
    disk.setTime(disk.now() + 600_000);
    await (await disk.open(rightly)).close();
    expect((await refusalOf(disk.open(wrongly))).refusal).toBe("wrong-secret");
    await disk.open(rightly);
  });

  it("waits one pause and no longer when the clock was set back by a year", async () => {
    const disk = onDisk();
    await (await (await disk.open()).lock()).set(PASSPHRASE, null);
    for (let attempt = 0; attempt < 3; attempt += 1) await refusalOf(disk.open(wrongly));
    disk.setTime(disk.now() - 365 * 24 * 60 * 60 * 1000);
    expect((await refusalOf(disk.open(rightly))).refusal).toBe("too-soon");
    disk.setTime(disk.now() + 5_000);
    await disk.open(rightly);
  });

  it("opens no more with the earlier passphrase, or its passkey, once there is another", async () => {
    const disk = onDisk();
    const store = await disk.open();
    await fill(store, 1);
    const lock = await store.lock();
    await lock.set(PASSPHRASE, null);
    const passkey = { credentialId: randomBytes(16), salt: randomBytes(32), output: randomBytes(32) };
    await lock.addPasskey(PASSPHRASE, passkey);
    await expect(lock.set("another one", "not the earlier one")).rejects.toBeInstanceOf(LockedError);
    await lock.set("another one", PASSPHRASE);
    expect(lock.passkey).toBeNull();
    expect((await refusalOf(disk.open(rightly))).refusal).toBe("wrong-secret");
    expect((await refusalOf(disk.open({ kind: "passkey", output: passkey.output }))).refusal).toBe("wrong-secret");
    const again = await disk.open({ kind: "passphrase", passphrase: "another one" });
    expect(await again.read("owedReceipts", ["bob-the-peer", 0])).toEqual(receipt("secret word 0"));
  });

  it("opens with its passkey as well, until that is taken away", async () => {
    const disk = onDisk();
    const lock = await (await disk.open()).lock();
    await lock.set(PASSPHRASE, null);
    const passkey = { credentialId: randomBytes(16), salt: randomBytes(32), output: randomBytes(32) };
    await expect(lock.addPasskey("wrong", passkey)).rejects.toBeInstanceOf(LockedError);
    await lock.addPasskey(PASSPHRASE, passkey);
    expect((await refusalOf(disk.open())).passkey).toEqual({
      credentialId: passkey.credentialId,
      salt: passkey.salt,
    });
    expect((await refusalOf(disk.open({ kind: "passkey", output: randomBytes(32) }))).refusal).toBe("wrong-secret");
    const again = await disk.open({ kind: "passkey", output: passkey.output });
    await (await again.lock()).set(PASSPHRASE, PASSPHRASE);
    expect((await refusalOf(disk.open({ kind: "passkey", output: passkey.output }))).refusal).toBe("wrong-secret");
    await disk.open(rightly);
  });

  it("needs nothing any more once the lock is taken away", async () => {
    const disk = onDisk();
    const store = await disk.open();
    await fill(store, 2);
    const lock = await store.lock();
    await lock.set(PASSPHRASE, null);
    await expect(lock.remove("wrong")).rejects.toBeInstanceOf(LockedError);
    await lock.remove(PASSPHRASE);
    expect(lock.times).toBeNull();
    const again = await disk.open();
    expect(await again.read("owedReceipts", ["bob-the-peer", 1])).toEqual(receipt("secret word 1"));
  });

  it("keeps when it locks itself, and notices when somebody changed that", async () => {
    const disk = onDisk();
    const lock = await (await disk.open()).lock();
    await lock.set(PASSPHRASE, null);
    expect(lock.times).toEqual({ idleMinutes: null, onHiding: false });
    await lock.setTimes({ idleMinutes: 5, onHiding: true });
    const again = await (await disk.open(rightly)).lock();
    expect(again.times).toEqual({ idleMinutes: 5, onHiding: true });
    await again.set("another one", PASSPHRASE);
    expect(again.times).toEqual({ idleMinutes: 5, onHiding: true });
    const entry = Object(await disk.records.get("!keys"));
    entry.lock.times.ciphertext[0] ^= 1;
    await disk.records.transact([], () => [{ kind: "put", key: "!keys", value: entry }]);
    const altered = await disk.open({ kind: "passphrase", passphrase: "another one" });
    await expect(altered.lock()).rejects.toMatchObject({ code: "damaged" });
  });

  it.each([
    ["no salt", (lock: Lock) => ({ ...lock, passphrase: { ...lock.passphrase, salt: new Uint8Array(3) } })],
    ["memory beyond bearing", (lock: Lock) => ({ ...lock, passphrase: { ...lock.passphrase, memory: 2 ** 31 } })],
    ["no end of passes", (lock: Lock) => ({ ...lock, passphrase: { ...lock.passphrase, passes: 1e9 } })],
    ["a passkey that is none", (lock: Lock) => ({ ...lock, passkey: {} })],
    ["nothing", () => null],
  ])("is damaged when it has %s", async (_, alter) => {
    const disk = onDisk();
    await (await (await disk.open()).lock()).set(PASSPHRASE, null);
    const entry = Object(await disk.records.get("!keys"));
    await disk.records.transact([], () => [
      { kind: "put", key: "!keys", value: { ...entry, lock: alter(entry.lock) } },
    ]);
    await expect(disk.open(rightly)).rejects.toEqual(new StorageError("damaged", "the stored lock is malformed"));
  });
});

describe("renewing records under the data key of the lock", () => {
  it("reaches every record, whatever is written and deleted meanwhile, and forgets the earlier key", async () => {
    const disk = onDisk();
    const store = await disk.open();
    await fill(store, 250);
    const earlier = await dataKeysNamed(disk.records);
    await (await store.lock()).set(PASSPHRASE, null);
    const lock = await store.lock();
    expect(await lock.renewSome()).toBe(true);
    const meanwhile = lock.renewSome();
    await store.commit([
      { store: "owedReceipts", id: ["bob-the-peer", 150], value: receipt("changed") },
      { store: "owedReceipts", id: ["bob-the-peer", 151], value: null },
    ]);
    await meanwhile;
    await renewAll(store);
    expect(store.hasLock).toBe(true);
    expect((await store.lock()).isRenewing).toBe(false);
    const left = await dataKeysNamed(disk.records);
    expect(left.size).toBe(1);
    expect([...left].some((id) => earlier.has(id))).toBe(false);
    const again = await disk.open(rightly);
    expect(await again.list("owedReceipts", { prefix: ["bob-the-peer"] })).toHaveLength(249);
    expect(await again.read("owedReceipts", ["bob-the-peer", 150])).toEqual(receipt("changed"));
    expect(await again.read("owedReceipts", ["bob-the-peer", 151])).toBeNull();
  });

  it("goes on after a restart, and where the lock was taken away before the end", async () => {
    const disk = onDisk();
    const store = await disk.open();
    await fill(store, 250);
    const lock = await store.lock();
    await lock.set(PASSPHRASE, null);
    await lock.renewSome();
    const again = await disk.open(rightly);
    expect((await again.lock()).isRenewing).toBe(true);
    await (await again.lock()).remove(PASSPHRASE);
    const open = await disk.open();
    expect(open.hasLock).toBe(true);
    await renewAll(open);
    expect(open.hasLock).toBe(false);
    expect((await dataKeysNamed(disk.records)).size).toBe(1);
    expect(await open.list("owedReceipts", { prefix: ["bob-the-peer"] })).toHaveLength(250);
  });

  it("leaves a damaged record as it is", async () => {
    const disk = onDisk();
    const store = await disk.open();
    await fill(store, 2);
    const [key = ""] = (await disk.records.list(ALL)).find(([name]) => name.startsWith("owed")) ?? [];
    await disk.records.transact([], () => [{ kind: "put", key, value: "broken" }]);
    await (await store.lock()).set(PASSPHRASE, null);
    await renewAll(store);
    expect(await disk.records.get(key)).toBe("broken");
    expect((await store.lock()).isRenewing).toBe(false);
  });

  it("is fenced out as every other write", async () => {
    const disk = onDisk();
    const store = await disk.open();
    await fill(store, 2);
    const lock = await store.lock();
    await lock.set(PASSPHRASE, null);
    await disk.open(rightly);
    await expect(lock.renewSome()).rejects.toMatchObject({ code: "fenced" });
    await expect(lock.setTimes({ idleMinutes: 1, onHiding: false })).rejects.toMatchObject({ code: "fenced" });
  });
});

type Lock = Readonly<Record<"passphrase" | "passkey" | "times", object>>;

async function dataKeysNamed(records: ReturnType<typeof onDisk>["records"]): Promise<ReadonlySet<string>> {
  const entries = await records.list(ALL);
  const named = entries.flatMap(([key, value]) => (key.startsWith("!") ? [] : [String(Object(value).dataKey)]));
  const kept = Object(await records.get("!keys")).dataKeys.map(({ id }: { readonly id: string }) => id);
  return new Set([...named, ...kept]);
}

/** Every string and byte string in a value, one character for each byte. */
function latin1(value: unknown): string {
  if (value instanceof Uint8Array) return Array.from(value, (byte) => String.fromCharCode(byte)).join("");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${latin1(part)}`)
    .join("\n");
}

function holdsKey(value: unknown): boolean {
  if (value instanceof CryptoKey) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsKey);
}
