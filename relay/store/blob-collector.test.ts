import { describe, expect, it } from "vitest";
import { BlobCollector } from "./blob-collector.ts";

/** A collector whose runs last until they are ended. */
function collectorToEnd() {
  const ends: ((error?: Error) => void)[] = [];
  const failures: unknown[] = [];
  const collectBlobs = () =>
    new Promise<number>((resolve, reject) => {
      ends.push((error) => (error ? reject(error) : resolve(1)));
    });
  const ending = new AbortController();
  const collector = new BlobCollector({
    store: { collectBlobs },
    signal: ending.signal,
    onFailure: (error) => void failures.push(error),
  });
  return { collector, ends, failures, ending };
}

describe("the collector of deleted blobs", () => {
  it("runs once at a time, and once more for all that came meanwhile", async () => {
    const { collector, ends } = collectorToEnd();
    collector.wake();
    for (let i = 0; i < 5; i += 1) collector.wake();
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await expect.poll(() => ends.length).toBe(2);
    ends[1]?.();
    await collector.settled();
    expect(ends).toHaveLength(2);
  });

  it("begins nothing more once it is ended", async () => {
    const { collector, ends, ending } = collectorToEnd();
    collector.wake();
    collector.wake();
    ending.abort();
    ends[0]?.();
    await collector.settled();
    collector.wake();
    await collector.settled();
    expect(ends).toHaveLength(1);
  });

  it("tells of a run that fails, and runs again when it is told to", async () => {
    const { collector, ends, failures } = collectorToEnd();
    const failure = new Error("no database");
    collector.wake();
    ends[0]?.(failure);
    await collector.settled();
    expect(failures).toEqual([failure]);
    collector.wake();
    expect(ends).toHaveLength(2);
    ends[1]?.();
    await collector.settled();
    expect(failures).toHaveLength(1);
  });
});
