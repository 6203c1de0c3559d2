import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import type { Change } from "../engine/ports.ts";
import { accountDatabaseName, openIndexedDbStore } from "./indexeddb.ts";
import type { KeyValueStore } from "./key-value-store.ts";
import { createMemoryDisk } from "./memory.ts";
import { openSealedStore } from "./sealed-store.ts";
import { describeAccountStore } from "./testing/account-store-contract.ts";

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

describe("an account store in IndexedDB", () => {
  describeAccountStore(() => {
    globalThis.indexedDB = new IDBFactory();
    return (account) =>
      openSealedStore({
        account,
        records: openIndexedDbStore(accountDatabaseName(account)),
        randomBytes,
        now: Date.now,
      });
  });
});

describe("an account store in memory", () => {
  describeAccountStore(() => {
    const disk = createMemoryDisk();
    return (account) => openSealedStore({ account, records: disk.open(account), randomBytes, now: Date.now });
  });
});

describe("an account store at rest", () => {
  const everything = { from: "", below: "\uffff" };
  const hello: Change = {
    store: "owedReceipts",
    id: ["bob-the-peer"],
    value: { peer: "bob-the-peer", contentId: "a secret word", status: "read", underChange: false },
  };

  async function opened(account = "alice") {
    const disk = createMemoryDisk();
    const store = await openSealedStore({ account, records: disk.open("one"), randomBytes, now: Date.now });
    await store.commit([hello]);
    return { store, disk, records: disk.open("one") };
  }

  async function onlyRecord(records: KeyValueStore) {
    const entry = (await records.list(everything)).find(([key]) => !key.startsWith("!"));
    if (entry === undefined) throw new Error("there is no record");
    const [key, value] = entry;
    return { key, sealed: Object(value) };
  }

  it("shows neither the text nor the peer, in keys or values", async () => {
    const { records } = await opened();
    const dump = (await records.list(everything)).map(([key, value]) => key + latin1(value)).join("\n");
    expect(dump).toContain("owedReceipts/");
    expect(dump).not.toContain("secret word");
    expect(dump).not.toContain("bob-the-peer");
  });

  it("gives the wrapping key to nobody who asks for its bytes", async () => {
    const { records } = await opened();
    const { wrappingKey } = Object(await records.get("!keys"));
    expect(wrappingKey).toBeInstanceOf(CryptoKey);
    await expect(crypto.subtle.exportKey("raw", wrappingKey)).rejects.toThrow();
  });

  it("seals the same record differently each time", async () => {
    const { store, records } = await opened();
    const before = await onlyRecord(records);
    await store.commit([hello]);
    const after = await onlyRecord(records);
    expect(after.key).toBe(before.key);
    expect(after.sealed.nonce).not.toEqual(before.sealed.nonce);
    expect(after.sealed.ciphertext).not.toEqual(before.sealed.ciphertext);
  });

  it.each([
    ["a flipped bit of the ciphertext", flip("ciphertext"), "damaged"],
    ["a flipped bit of the nonce", flip("nonce"), "damaged"],
    ["a short nonce", { nonce: new Uint8Array(11) }, "damaged"],
    ["a missing ciphertext", { ciphertext: undefined }, "damaged"],
    ["an unknown data key", { dataKey: "other" }, "damaged"],
    ["schema 0", { schema: 0 }, "damaged"],
    ["a later schema", { schema: 3 }, "newer-version"],
  ] as const)("does not open a record with %s", async (_what, alteration, code) => {
    const { store, records } = await opened();
    const { key, sealed } = await onlyRecord(records);
    const altered = typeof alteration === "function" ? alteration(sealed) : { ...sealed, ...alteration };
    await records.transact([], () => [{ kind: "put", key, value: altered }]);
    if (code === "newer-version") {
      await expect(store.read("owedReceipts", ["bob-the-peer"])).rejects.toMatchObject({ name: "StorageError", code });
      await expect(store.list("owedReceipts")).rejects.toMatchObject({ code });
      return;
    }
    expect(await store.read("owedReceipts", ["bob-the-peer"])).toBeNull();
    expect(await store.list("owedReceipts")).toEqual([]);
    expect([...store.damaged]).toEqual(["owedReceipts"]);
    expect((await onlyRecord(records)).sealed).toEqual(altered);
  });

  it("does not open a record at another's place, in another store or in another account", async () => {
    const { store, records } = await opened();
    await store.commit([{ ...hello, id: ["carol"] }]);
    const entries = (await records.list(everything)).filter(([key]) => key.startsWith("owedReceipts/"));
    const [[first = "", firstValue] = [], [second = ""] = []] = entries;
    await records.transact([], () => [
      { kind: "put", key: second, value: firstValue },
      { kind: "put", key: first.replace("owedReceipts", "peers"), value: firstValue },
    ]);
    expect(await store.list("owedReceipts")).toHaveLength(1);
    await expect(store.list("peers")).rejects.toMatchObject({ code: "damaged" });
    const asMallory = openSealedStore({ account: "mallory", records, randomBytes, now: Date.now });
    await expect(asMallory).rejects.toMatchObject({ code: "damaged" });
  });

  it("does not make new keys beside old records", async () => {
    const { records, disk } = await opened();
    await records.transact([], () => [{ kind: "delete", key: "!keys" }]);
    const again = openSealedStore({ account: "alice", records: disk.open("one"), randomBytes, now: Date.now });
    await expect(again).rejects.toMatchObject({ code: "damaged" });
  });

  it.each([
    ["a later schema", { schema: 3 }, "newer-version"],
    ["no data key", { schema: 1, dataKeys: [] }, "damaged"],
  ])("does not open with stored keys of %s", async (_what, alteration, code) => {
    const { records, disk } = await opened();
    const stored = Object(await records.get("!keys"));
    await records.transact([], () => [{ kind: "put", key: "!keys", value: { ...stored, ...alteration } }]);
    const again = openSealedStore({ account: "alice", records: disk.open("one"), randomBytes, now: Date.now });
    await expect(again).rejects.toMatchObject({ name: "StorageError", code });
  });

  it("destroys its keys with the records", async () => {
    const { store, disk } = await opened();
    await store.destroy();
    expect(disk.names()).toEqual([]);
  });

  it("refuses to write what would not come back, and writes nothing of the commit then", async () => {
    const { store, records } = await opened();
    const before = await onlyRecord(records);
    const unwritable = { ...hello, value: { ...Object(hello.value), contentId: Number.NaN } };
    await expect(store.commit([{ ...hello, id: ["carol"] }, unwritable])).rejects.toThrow(TypeError);
    expect(await onlyRecord(records)).toEqual(before);
    expect(await store.list("owedReceipts")).toHaveLength(1);
  });

  function flip(field: "nonce" | "ciphertext") {
    return (sealed: Record<string, unknown>) => {
      const flipped = Uint8Array.from(Object(sealed[field]));
      flipped[3] = (flipped[3] ?? 0) ^ 1;
      return { ...sealed, [field]: flipped };
    };
  }

  /** Every byte and every string within a value, so that a search finds what lies there in the clear. */
  function latin1(value: unknown): string {
    if (value instanceof Uint8Array) return String.fromCharCode(...value);
    if (typeof value !== "object" || value === null) return String(value);
    return Object.entries(value)
      .map(([name, part]) => name + latin1(part))
      .join("\n");
  }
});
