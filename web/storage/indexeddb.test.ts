import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DATABASE_VERSION, openIndexedDbStore } from "./indexeddb.ts";
import { describeKeyValueStore } from "./testing/key-value-contract.ts";

describe("a key-value store in IndexedDB", () => {
  describeKeyValueStore(() => {
    globalThis.indexedDB = new IDBFactory();
    return openIndexedDbStore;
  });

  beforeEach(() => {
    globalThis.indexedDB = new IDBFactory();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  function openDatabase(name: string, version: number): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(name, version);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  it("asks for strict durability", async () => {
    const transaction = vi.spyOn(IDBDatabase.prototype, "transaction");
    await openIndexedDbStore("first").transact([], () => []);
    expect(transaction).toHaveBeenCalledWith("records", "readwrite", { durability: "strict" });
  });

  it("is unavailable where there is no IndexedDB", async () => {
    Reflect.set(globalThis, "indexedDB", undefined);
    await expect(openIndexedDbStore("first").get("a")).rejects.toMatchObject({ code: "unavailable" });
  });

  it.each([
    ["QuotaExceededError", "full"],
    ["SecurityError", "unavailable"],
    ["UnknownError", "unavailable"],
  ])("on %s is %s, and works after", async (name, code) => {
    const store = openIndexedDbStore("first");
    const put = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("", name);
    });
    const write = () => store.transact([], () => [{ kind: "put", key: "a", value: 1 }]);
    await expect(write()).rejects.toMatchObject({ name: "StorageError", code });
    put.mockRestore();
    await write();
    expect(await store.get("a")).toBe(1);
  });

  it("names the cause when the browser aborts a transaction by itself", async () => {
    const store = openIndexedDbStore("first");
    const attempt = store.transact(["a"], () => {
      throw new DOMException("", "QuotaExceededError");
    });
    await expect(attempt).rejects.toMatchObject({ code: "full", cause: { name: "QuotaExceededError" } });
  });

  it("refuses a database of a later version, and opens one of its own", async () => {
    (await openDatabase("first", DATABASE_VERSION + 1)).close();
    await expect(openIndexedDbStore("first").get("a")).rejects.toMatchObject({ code: "newer-version" });
    const own = openIndexedDbStore("second");
    await own.transact([], () => []);
    await own.close();
    expect(await openIndexedDbStore("second").get("a")).toBeUndefined();
  });

  it("makes way for a later version, and is fenced out then", async () => {
    const store = openIndexedDbStore("first");
    await store.transact([], () => [{ kind: "put", key: "a", value: 1 }]);
    const upgraded = await openDatabase("first", DATABASE_VERSION + 1);
    await expect(store.get("a")).rejects.toMatchObject({ code: "fenced" });
    upgraded.close();
  });

  it("is cleared when it is deleted elsewhere, and does not come back", async () => {
    const store = openIndexedDbStore("first");
    await store.transact([], () => [{ kind: "put", key: "a", value: 1 }]);
    await openIndexedDbStore("first").destroy();
    await expect(store.get("a")).rejects.toMatchObject({ code: "cleared" });
    expect(await indexedDB.databases()).toEqual([]);
  });

  it("opens again when the browser has closed the connection", async () => {
    const store = openIndexedDbStore("first");
    await store.transact([], () => [{ kind: "put", key: "a", value: 1 }]);
    const begin = vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementationOnce(() => {
      throw new DOMException("the database connection is closing", "InvalidStateError");
    });
    expect(await store.get("a")).toBe(1);
    expect(begin).toHaveBeenCalledTimes(2);
  });

  it("resolves the destruction while something that does not make way holds the database", async () => {
    const store = openIndexedDbStore("first");
    await store.transact([], () => [{ kind: "clear" }]);
    const holder = await openDatabase("first", DATABASE_VERSION);
    await store.destroy();
    holder.close();
  });
});
