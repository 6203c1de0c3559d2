/** What every account store promises, whatever lies beneath; sealed-store.test.ts runs it on both key-value stores. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AccountStore, Change } from "../../engine/ports.ts";
import type { OwedReceiptRecord } from "../../engine/records.ts";

/** A fresh disk, on which an account's store can be opened again and again. */
export type OpenAccountsOnFreshDisk = () => (account: string) => Promise<AccountStore>;

/** A record with a text in it, for which the store is only a place: the ids used here are not the engine's. */
function text(words: string): OwedReceiptRecord {
  return { peer: "bob", contentId: words, status: "read", underChange: false };
}

function message(peer: string, sequence: number, words: string | null): Change {
  return { store: "owedReceipts", id: [peer, sequence], value: words === null ? null : text(words) };
}

const outbox = (number: number): Change => ({
  store: "outbox",
  id: [number],
  value: {
    kind: "sealed",
    peer: "bob",
    toDevice: 1,
    envelopeId: Uint8Array.of(1),
    body: Uint8Array.of(2, 3),
    sequence: null,
  },
});

async function sequences(store: AccountStore, options: Parameters<AccountStore["list"]>[1]) {
  return (await store.list("owedReceipts", options)).map(({ number }) => number);
}

export function describeAccountStore(openOnFreshDisk: OpenAccountsOnFreshDisk): void {
  describe("records", () => {
    it("come back as they were committed, and null where there is none", async () => {
      const store = await openOnFreshDisk()("alice");
      await store.commit([message("bob", 1, "hello"), outbox(4)]);
      expect(await store.read("owedReceipts", ["bob", 1])).toEqual(text("hello"));
      expect(await store.read("outbox", [4])).toEqual(outbox(4).value);
      expect(await store.read("owedReceipts", ["bob", 2])).toBeNull();
      expect(await store.read("owedReceipts", ["carol", 1])).toBeNull();
      expect(await store.read("outbox", [1])).toBeNull();
    });

    it("are replaced, and deleted by null", async () => {
      const store = await openOnFreshDisk()("alice");
      await store.commit([message("bob", 1, "one"), message("bob", 2, "two")]);
      await store.commit([message("bob", 1, "uno"), message("bob", 2, null), message("bob", 3, null)]);
      expect(await store.read("owedReceipts", ["bob", 1])).toEqual(text("uno"));
      expect(await store.read("owedReceipts", ["bob", 2])).toBeNull();
    });

    it("survive closing and opening, each account for itself", async () => {
      const open = openOnFreshDisk();
      const first = await open("alice");
      await first.commit([message("bob", 1, "hello")]);
      await first.close();
      expect(await (await open("alice")).read("owedReceipts", ["bob", 1])).toEqual(text("hello"));
      expect(await (await open("carol")).read("owedReceipts", ["bob", 1])).toBeNull();
    });

    it("are written in the order of the commits, also when nobody waits in between", async () => {
      const store = await openOnFreshDisk()("alice");
      const commits = Array.from({ length: 20 }, (_, index) => store.commit([message("bob", 1, `${index}`)]));
      await Promise.all(commits);
      expect(await store.read("owedReceipts", ["bob", 1])).toEqual(text("19"));
    });
  });

  describe("lists", () => {
    async function conversation() {
      const store = await openOnFreshDisk()("alice");
      const changes = [1, 2, 9, 10, 11, 255, 256, 2 ** 40].map((sequence) => message("bob", sequence, `${sequence}`));
      await store.commit([...changes.reverse(), message("carol", 5, "five")]);
      return store;
    }

    it("are in the order of the numbers and of one prefix only", async () => {
      expect(await sequences(await conversation(), { prefix: ["bob"] })).toEqual([1, 2, 9, 10, 11, 255, 256, 2 ** 40]);
    });

    it("hold the whole store without a prefix, and nothing of another one", async () => {
      const store = await conversation();
      expect(await store.list("owedReceipts")).toHaveLength(9);
      expect(await store.list("peers")).toEqual([]);
    });

    it("begin at `from`, end before `below`, and stop at the limit", async () => {
      const store = await conversation();
      const prefix = ["bob"];
      expect(await sequences(store, { prefix, from: 9, below: 11 })).toEqual([9, 10]);
      expect(await sequences(store, { prefix, from: 10, limit: 2 })).toEqual([10, 11]);
      expect(await sequences(store, { prefix, below: 9 })).toEqual([1, 2]);
      expect(await sequences(store, { prefix, from: -1, below: 2 ** 41 })).toHaveLength(8);
      expect(await sequences(store, { prefix, from: 12, below: 12 })).toEqual([]);
      expect(await sequences(store, { prefix, limit: 0 })).toEqual([]);
    });

    it("include the record whose id is the prefix itself", async () => {
      const store = await openOnFreshDisk()("alice");
      await store.commit([{ store: "conversations", id: [], value: null }, outbox(0)]);
      expect((await store.list("outbox", { prefix: [0] })).map(({ number }) => number)).toEqual([0]);
    });
  });

  describe("numbers in ids", () => {
    it.each([0, 2 ** 40 - 1, 2 ** 40])("may be %i", async (number) => {
      const store = await openOnFreshDisk()("alice");
      await store.commit([outbox(number)]);
      expect((await store.list("outbox")).map((listed) => listed.number)).toEqual([number]);
    });

    it.each([-1, 2 ** 40 + 1, 0.5, Number.NaN])("may not be %d, and then nothing is written", async (number) => {
      const store = await openOnFreshDisk()("alice");
      await expect(store.commit([outbox(1), outbox(number)])).rejects.toThrow(RangeError);
      expect(await store.list("outbox")).toEqual([]);
    });
  });

  describe("the fence", () => {
    it("stops the store that was opened earlier from writing anything, and not the later one", async () => {
      const open = openOnFreshDisk();
      const earlier = await open("alice");
      await earlier.commit([message("bob", 1, "before")]);
      const later = await open("alice");
      const attempt = earlier.commit([message("bob", 1, "stale"), message("bob", 2, "stale")]);
      await expect(attempt).rejects.toMatchObject({ name: "StorageError", code: "fenced" });
      await later.commit([message("bob", 3, "after")]);
      expect(await sequences(later, { prefix: ["bob"] })).toEqual([1, 3]);
      expect(await later.read("owedReceipts", ["bob", 1])).toEqual(text("before"));
    });

    it("stops an earlier store from destroying what the later one holds", async () => {
      const open = openOnFreshDisk();
      const earlier = await open("alice");
      const later = await open("alice");
      await later.commit([message("bob", 1, "kept")]);
      await expect(earlier.destroy()).rejects.toMatchObject({ code: "fenced" });
      expect(await later.read("owedReceipts", ["bob", 1])).toEqual(text("kept"));
    });

    it("lets only one of ten that open at once go on", async () => {
      const open = openOnFreshDisk();
      const stores = await Promise.all(Array.from({ length: 10 }, () => open("alice")));
      const commits = await Promise.allSettled(stores.map((store, index) => store.commit([outbox(index)])));
      expect(commits.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });
  });

  describe("destroying", () => {
    it("leaves nothing to the next store, and ends this one", async () => {
      const open = openOnFreshDisk();
      const store = await open("alice");
      await store.commit([message("bob", 1, "hello")]);
      await store.destroy();
      await expect(store.commit([outbox(1)])).rejects.toMatchObject({ name: "StorageError" });
      expect(await (await open("alice")).list("owedReceipts")).toEqual([]);
    });
  });

  it("agrees with a plain model after any sequence of commits", async () => {
    const peer = fc.constantFrom("bob", "carol");
    const change = fc.record({ peer, sequence: fc.nat(12), words: fc.option(fc.string({ maxLength: 5 })) });
    const bounds = fc.record({ peer, from: fc.nat(13), below: fc.nat(13), limit: fc.nat(5) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 6 }),
        bounds,
        async (commits, asked) => {
          const store = await openOnFreshDisk()("alice");
          const model = new Map<string, string>();
          for (const changes of commits) {
            await store.commit(changes.map((made) => message(made.peer, made.sequence, made.words)));
            for (const made of changes) {
              if (made.words === null) model.delete(`${made.peer}/${made.sequence}`);
              else model.set(`${made.peer}/${made.sequence}`, made.words);
            }
          }
          const { from, below, limit } = asked;
          const expected = Array.from({ length: 13 }, (_, sequence) => sequence)
            .filter((sequence) => sequence >= from && sequence < below && model.has(`${asked.peer}/${sequence}`))
            .slice(0, limit)
            .map((number) => ({ number, value: text(model.get(`${asked.peer}/${number}`) ?? "") }));
          expect(await store.list("owedReceipts", { prefix: [asked.peer], from, below, limit })).toEqual(expected);
          expect(await store.list("owedReceipts")).toHaveLength(model.size);
        },
      ),
      { numRuns: 30 },
    );
  });
}
