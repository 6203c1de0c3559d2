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

  it("is bounded: then goes what was used longest ago, not what is in use", () => {
    const times = new BucketTimes(4);
    for (const name of ["a", "b", "c", "d"]) times.set(name, NOW + 5, NOW);
    times.set("a", NOW + 6, NOW);
    times.set("new", NOW + 1, NOW);
    expect([times.get("b"), times.get("c"), times.get("d")]).toEqual([null, null, NOW + 5]);
    expect([times.get("a"), times.get("new")]).toEqual([NOW + 6, NOW + 1]);
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
