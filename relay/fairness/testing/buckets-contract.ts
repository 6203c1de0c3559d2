/** What buckets must do, wherever they are kept. Each implementation's test calls `describeBuckets`. */
import { describe, expect, it } from "vitest";
import type { Buckets } from "../buckets.ts";
import type { BucketRequest } from "../gcra.ts";

const NOON = Date.UTC(2026, 10, 24, 12);
const SECOND = 1000;

const three = (...name: readonly string[]): BucketRequest => ({ name, capacity: 3, refillMilliseconds: SECOND });

async function takeTimes(buckets: Buckets, times: number, request: BucketRequest, now = NOON): Promise<void> {
  for (let i = 0; i < times; i++) expect(await buckets.take([request], now)).toEqual({ kind: "ok" });
}

/** `open` makes empty buckets that go with the test. */
export function describeBuckets(name: string, open: () => Promise<Buckets>): void {
  describe(`${name}: a bucket`, () => {
    it("gives what it holds, then makes one wait for the next token", async () => {
      const buckets = await open();
      await takeTimes(buckets, 3, three("alice"));
      expect(await buckets.take([three("alice")], NOON)).toEqual({ kind: "wait", milliseconds: SECOND });
    });

    it("has the next token when it is time, and not a millisecond before", async () => {
      const buckets = await open();
      await takeTimes(buckets, 3, three("alice"));
      const early = await buckets.take([three("alice")], NOON + SECOND - 1);
      expect(early).toEqual({ kind: "wait", milliseconds: 1 });
      await takeTimes(buckets, 1, three("alice"), NOON + SECOND);
      expect((await buckets.take([three("alice")], NOON + SECOND)).kind).toBe("wait");
    });

    it("holds no more than its capacity, however long nobody takes from it", async () => {
      const buckets = await open();
      await takeTimes(buckets, 3, three("alice"));
      await takeTimes(buckets, 3, three("alice"), NOON + 3600 * SECOND);
      expect((await buckets.take([three("alice")], NOON + 3600 * SECOND)).kind).toBe("wait");
    });

    it("gives nothing to who is told to wait, however often", async () => {
      const buckets = await open();
      await takeTimes(buckets, 3, three("alice"));
      for (let i = 0; i < 5; i++) await buckets.take([three("alice")], NOON);
      await takeTimes(buckets, 1, three("alice"), NOON + SECOND);
    });

    it("locks nobody out when the clock is set back by a day, and still minds what differs by less than a minute", async () => {
      const buckets = await open();
      await takeTimes(buckets, 3, three("alice"), NOON + 24 * 3600 * SECOND);
      await takeTimes(buckets, 3, three("alice"));
      expect(await buckets.take([three("alice")], NOON)).toEqual({ kind: "wait", milliseconds: SECOND });
      expect((await buckets.take([three("alice")], NOON - 59 * SECOND)).kind).toBe("wait");
    });

    it("gives several tokens at once, or none of them", async () => {
      const buckets = await open();
      const two = { ...three("alice"), tokens: 2 };
      await takeTimes(buckets, 1, two);
      expect(await buckets.take([two], NOON)).toEqual({ kind: "wait", milliseconds: SECOND });
      await takeTimes(buckets, 1, three("alice"));
    });

    it("gives all that it holds to who asks for more, once it is full", async () => {
      const buckets = await open();
      const ten = { ...three("alice"), tokens: 10 };
      await takeTimes(buckets, 1, ten);
      expect(await buckets.take([ten], NOON)).toEqual({ kind: "wait", milliseconds: 3 * SECOND });
      await takeTimes(buckets, 1, ten, NOON + 3 * SECOND);
    });

    it("is its owner's alone", async () => {
      const buckets = await open();
      await takeTimes(buckets, 3, three("requests", "alice"));
      await takeTimes(buckets, 3, three("requests", "bob"));
      await takeTimes(buckets, 3, three("sends", "alice"));
      expect((await buckets.take([three("requests", "alice")], NOON)).kind).toBe("wait");
    });

    it("gives no more than it holds to many who ask at the same time", async () => {
      const buckets = await open();
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => buckets.take([three("alice")], NOON)));
      expect(outcomes.filter(({ kind }) => kind === "ok")).toHaveLength(3);
    });

    it("that could never hold a token is a mistake", async () => {
      const buckets = await open();
      await expect(buckets.take([{ ...three("alice"), capacity: 0 }], NOON)).rejects.toThrow(RangeError);
      await expect(buckets.take([{ ...three("alice"), refillMilliseconds: 0 }], NOON)).rejects.toThrow(RangeError);
    });
  });

  describe(`${name}: several buckets`, () => {
    it("give together, or not at all", async () => {
      const buckets = await open();
      await takeTimes(buckets, 3, three("full-of-work"));
      // Whichever of them comes first in the table: names before and after it are tried.
      for (let i = 0; i < 8; i++) {
        const both = await buckets.take([three("idle", String(i)), three("full-of-work")], NOON);
        expect(both).toEqual({ kind: "wait", milliseconds: SECOND });
        await takeTimes(buckets, 3, three("idle", String(i)));
      }
    });

    it("make one wait for the slowest of them", async () => {
      const buckets = await open();
      const slow = { ...three("slow"), capacity: 1, refillMilliseconds: 60 * SECOND };
      expect(await buckets.take([three("quick"), slow], NOON)).toEqual({ kind: "ok" });
      expect(await buckets.take([three("quick"), slow], NOON)).toEqual({ kind: "wait", milliseconds: 60 * SECOND });
      await takeTimes(buckets, 2, three("quick"));
      expect((await buckets.take([three("quick")], NOON)).kind).toBe("wait");
    });

    it("give each token once to many who ask for overlapping ones at the same time", async () => {
      const buckets = await open();
      const pairs = Array.from({ length: 24 }, (_, i) => [three("shared"), three(i % 2 === 0 ? "left" : "right")]);
      const outcomes = await Promise.all(pairs.map((pair) => buckets.take(eitherOrder(pair), NOON)));
      expect(outcomes.filter(({ kind }) => kind === "ok")).toHaveLength(3);
    });
  });
}

/** In an order of its own, as callers would. */
function eitherOrder(pair: readonly BucketRequest[]): readonly BucketRequest[] {
  return pair[1]?.name[0] === "left" ? pair : [...pair].reverse();
}
