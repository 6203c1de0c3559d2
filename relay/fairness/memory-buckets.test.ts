import { describe, expect, it } from "vitest";
import { BucketTimes, createMemoryBuckets } from "./memory-buckets.ts";
import { describeBuckets } from "./testing/buckets-contract.ts";

const NOW = 1_000_000;

describeBuckets("memory", async () => createMemoryBuckets());

describe("the memory that buckets take", () => {
  it("is bounded: what is full again goes first", () => {
    const times = new BucketTimes(4);
    times.set("busy", NOW + 5, NOW);
    for (const name of ["a", "b", "c"]) times.set(name, NOW, NOW);
    expect(times.size).toBe(4);
    times.set("new", NOW + 1, NOW);
    expect(times.size).toBe(2);
    expect([times.get("busy"), times.get("a"), times.get("new")]).toEqual([NOW + 5, null, NOW + 1]);
  });

  it("is bounded: then goes what is full soonest, so that a flood of fresh ones leaves an emptied one alone", () => {
    const times = new BucketTimes(4);
    times.set("emptied", NOW + 1000, NOW);
    for (const [index, name] of ["a", "b", "c"].entries()) times.set(name, NOW + 5 + index, NOW);
    times.set("new", NOW + 1, NOW);
    expect([times.get("a"), times.get("b"), times.get("c")]).toEqual([null, null, NOW + 7]);
    for (let i = 0; i < 100; i++) times.set(`flood ${i}`, NOW + 5, NOW);
    expect(times.get("emptied")).toBe(NOW + 1000);
  });

  it("stays below its bound under a flood of names", () => {
    const times = new BucketTimes(100);
    for (let i = 0; i < 10_000; i++) {
      times.set(String(i), NOW + 5, NOW);
      expect(times.size).toBeLessThanOrEqual(100);
    }
    expect(times.get("9999")).toBe(NOW + 5);
  });
});
