/** What every key-value store promises; indexeddb.test.ts and memory.test.ts run it. */
import { describe, expect, it } from "vitest";
import type { KeyValueStore } from "../key-value-store.ts";

/** A fresh disk: stores of the same name on it share one database. */
export type OpenOnFreshDisk = () => (name: string) => KeyValueStore;

export function describeKeyValueStore(openOnFreshDisk: OpenOnFreshDisk): void {
  const put = (key: string, value: unknown) => ({ kind: "put", key, value }) as const;
  const everything = { from: "", below: "~" };

  async function filled(...keys: readonly string[]) {
    const store = openOnFreshDisk()("first");
    await store.transact([], () => keys.map((key) => put(key, `value of ${key}`)));
    return store;
  }

  describe("values", () => {
    it("gives back what was put, bytes and keys included, and undefined for what was not", async () => {
      const store = openOnFreshDisk()("first");
      const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]);
      await store.transact([], () => [put("a", { bytes: Uint8Array.of(1, 2), nested: [null, "x"] }), put("k", key)]);
      expect(await store.get("a")).toEqual({ bytes: Uint8Array.of(1, 2), nested: [null, "x"] });
      expect(await store.get("k")).toMatchObject({ extractable: false, type: "secret" });
      expect(await store.get("b")).toBeUndefined();
    });

    it("is not changed by what becomes of a value afterwards", async () => {
      const store = openOnFreshDisk()("first");
      const value = { list: [1] };
      await store.transact([], () => [put("a", value)]);
      value.list.push(2);
      const read = await store.get("a");
      expect(read).toEqual({ list: [1] });
      Object.assign(Object(read), { list: [3] });
      expect(await store.get("a")).toEqual({ list: [1] });
    });

    it("keeps databases of different names apart and those of one name together", async () => {
      const open = openOnFreshDisk();
      await open("first").transact([], () => [put("a", 1)]);
      expect(await open("first").get("a")).toBe(1);
      expect(await open("second").get("a")).toBeUndefined();
    });
  });

  describe("listing", () => {
    it("includes the lower bound, excludes the upper one, and sorts by code unit", async () => {
      const store = await filled("c", "a/2", "b", "a/1", "a/", "a0");
      const keys = (await store.list({ from: "a/", below: "a0" })).map(([key]) => key);
      expect(keys).toEqual(["a/", "a/1", "a/2"]);
      expect(await store.list({ from: "b", below: "c" })).toEqual([["b", "value of b"]]);
    });

    it("is empty for a range that ends where it begins, or before", async () => {
      const store = await filled("a", "b");
      expect(await store.list({ from: "a", below: "a" })).toEqual([]);
      expect(await store.list({ from: "b", below: "a" })).toEqual([]);
    });

    it.each([
      [0, 0],
      [2, 2],
      [3, 3],
      [4, 3],
    ])("with a limit of %i gives the first %i of three", async (limit, count) => {
      const store = await filled("a", "b", "c");
      const keys = (await store.list({ ...everything, limit })).map(([key]) => key);
      expect(keys).toEqual(["a", "b", "c"].slice(0, count));
    });
  });

  describe("transactions", () => {
    it("hand the values to the decision, in the order of the keys", async () => {
      const store = await filled("a", "b");
      const seen: unknown[] = [];
      await store.transact(["b", "none", "a"], (values) => {
        seen.push(...values);
        return null;
      });
      expect(seen).toEqual(["value of b", undefined, "value of a"]);
    });

    it("apply their writes in order", async () => {
      const store = await filled("a");
      const written = await store.transact([], () => [
        { kind: "delete", key: "a" },
        put("b", 1),
        { kind: "clear" },
        put("c", 1),
        put("c", 2),
      ]);
      expect(written).toBe(true);
      expect(await store.list(everything)).toEqual([["c", 2]]);
    });

    it("write nothing when the decision is null", async () => {
      const store = await filled("a");
      expect(await store.transact(["a"], () => null)).toBe(false);
      expect(await store.list(everything)).toEqual([["a", "value of a"]]);
    });

    it("write nothing when the decision throws, and pass the error on", async () => {
      const store = await filled("a");
      const refusal = new Error("no");
      const attempt = store.transact(["a"], () => {
        throw refusal;
      });
      await expect(attempt).rejects.toBe(refusal);
      expect(await store.list(everything)).toEqual([["a", "value of a"]]);
    });

    it("write nothing when one of the values cannot be cloned", async () => {
      const store = await filled("a");
      const attempt = store.transact([], () => [put("b", 1), put("c", () => 1), put("d", 1)]);
      await expect(attempt).rejects.toMatchObject({ name: "DataCloneError" });
      expect(await store.list(everything)).toEqual([["a", "value of a"]]);
    });

    it("of two stores on one database never lose an update", async () => {
      const open = openOnFreshDisk();
      const stores = [open("first"), open("first")];
      const increment = (store: KeyValueStore) =>
        store.transact(["count"], ([count]) => [put("count", (typeof count === "number" ? count : 0) + 1)]);
      await Promise.all(Array.from({ length: 20 }, () => stores.map(increment)).flat());
      expect(await stores[0]?.get("count")).toBe(20 * stores.length);
    });
  });

  describe("the end", () => {
    it("of a closed store refuses everything, and leaves the data to the next one", async () => {
      const open = openOnFreshDisk();
      const store = open("first");
      await store.transact([], () => [put("a", 1)]);
      await store.close();
      await store.close();
      await expect(store.get("a")).rejects.toMatchObject({ name: "StorageError", code: "unavailable" });
      await expect(store.list(everything)).rejects.toMatchObject({ code: "unavailable" });
      await expect(store.transact([], () => [])).rejects.toMatchObject({ code: "unavailable" });
      expect(await open("first").get("a")).toBe(1);
    });

    it("of a destroyed store leaves nothing, also while another holds the database open", async () => {
      const open = openOnFreshDisk();
      const store = open("first");
      const other = open("first");
      await store.transact([], () => [put("a", 1)]);
      expect(await other.get("a")).toBe(1);
      await store.destroy();
      await expect(store.get("a")).rejects.toMatchObject({ code: "unavailable" });
      expect(await open("first").get("a")).toBeUndefined();
    });
  });
}
