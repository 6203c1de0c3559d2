import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { Refusal } from "../refusal.ts";
import { type Store, StoreFailure, type StoreFailureReason } from "../store/store.ts";
import { StoreHealth } from "./store-health.ts";

/** A store of which only the check is ever asked, and the health that watches it. */
function watch() {
  const lines: string[] = [];
  const checks: (number | undefined)[] = [];
  let answer: () => Promise<void> = async () => {};
  let recoveries = 0;
  const check: Store["check"] = (bytes) => {
    checks.push(bytes);
    return answer();
  };
  const health = new StoreHealth({
    store: { check },
    logger: pino({ level: "trace", base: null }, { write: (line: string) => void lines.push(line) }),
    onRecovered: () => {
      recoveries += 1;
    },
  });
  onTestFinished(() => health.close());
  return {
    health,
    checks,
    lines,
    recoveries: () => recoveries,
    fail: (reason: StoreFailureReason) => {
      answer = () => Promise.reject(new StoreFailure(reason));
    },
    work: () => {
      answer = async () => {};
    },
    hang: () => {
      answer = () => new Promise(() => {});
    },
    breakDown: () => {
      answer = () => Promise.reject(new TypeError("no such thing as alice"));
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the health of a store", () => {
  it("lets everything through while the store works", async () => {
    const { health } = watch();
    expect(health.failing).toBeNull();
    expect(() => health.refuseWhileFailing()).not.toThrow();
    expect(await health.check()).toBeNull();
  });

  it("refuses from the first failure on, and lets in again by itself when a probe succeeds", async () => {
    const store = watch();
    store.fail("full");
    store.health.report(new StoreFailure("full"));
    expect(() => store.health.refuseWhileFailing()).toThrow(new Refusal("unavailable"));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(store.health.failing).toBe("full");
    store.work();
    expect(store.recoveries()).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.health.failing).toBeNull();
    expect(() => store.health.refuseWhileFailing()).not.toThrow();
    expect(store.recoveries()).toBe(1);
    const asked = store.checks.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(store.checks).toHaveLength(asked);
  });

  it("probes with as much as the largest envelope takes", async () => {
    const { health, checks } = watch();
    health.report(new StoreFailure("full"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(checks).toEqual([66 * 1024]);
  });

  it("logs a failure once, whatever the number of requests, and another one when it changes", async () => {
    const { health, lines, fail } = watch();
    fail("full");
    for (let request = 0; request < 100; request++) health.report(new StoreFailure("full"));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"reason":"full"');
    fail("read-only");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('"reason":"read-only"');
  });

  it("goes on for others when one request met a busy store, and stops when a check meets it, too", async () => {
    const { health, fail } = watch();
    health.report(new StoreFailure("busy"));
    await vi.advanceTimersByTimeAsync(0);
    expect(health.failing).toBeNull();
    fail("busy");
    await vi.advanceTimersByTimeAsync(1_000);
    health.report(new StoreFailure("busy"));
    await vi.advanceTimersByTimeAsync(0);
    expect(health.failing).toBe("busy");
  });

  it("keeps a damaged database shut, says once what to do, and does not probe it", async () => {
    const { health, lines, checks } = watch();
    health.report(new StoreFailure("full"));
    health.report(new StoreFailure("corrupt"));
    health.report(new StoreFailure("busy"));
    health.report(new StoreFailure("corrupt"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(health.failing).toBe("corrupt");
    expect(await health.check()).toBe("corrupt");
    expect(checks.length).toBeLessThanOrEqual(1);
    const damaged = lines.filter((line) => line.includes('"reason":"corrupt"'));
    expect(damaged).toHaveLength(1);
    expect(damaged[0]).toContain("restore a backup");
  });

  it("asks the store once for all who ask within a second, and again after it", async () => {
    const { health, checks } = watch();
    await Promise.all(Array.from({ length: 100 }, () => health.check()));
    await vi.advanceTimersByTimeAsync(999);
    await health.check();
    expect(checks).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await health.check();
    expect(checks).toHaveLength(2);
  });

  it("finds a failure by a check, too", async () => {
    const { health, fail } = watch();
    fail("read-only");
    expect(await health.check()).toBe("read-only");
    expect(health.failing).toBe("read-only");
  });

  it("takes a store that does not answer as unreachable, asks it no second time, and comes back with it", async () => {
    const { health, hang, checks } = watch();
    hang();
    const answer = health.check();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await answer).toBe("unreachable");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(health.failing).toBe("unreachable");
    expect(checks).toHaveLength(1);
  });

  it("takes an error that nobody foresaw as unreachable, and quotes nothing of it", async () => {
    const { health, breakDown, lines } = watch();
    breakDown();
    expect(await health.check()).toBe("unreachable");
    expect(lines.join("")).toContain("TypeError");
    expect(lines.join("")).not.toContain("alice");
  });

  it("probes no more once it is closed", async () => {
    const { health, checks } = watch();
    health.report(new StoreFailure("full"));
    health.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(checks).toEqual([]);
  });
});
