/** Buckets in the memory of one relay. They are full again when it starts anew. */
import type { Buckets } from "./buckets.ts";
import { nextEmptyUntil, priceOf, waitFor } from "./gcra.ts";

/** Some 10 MB of memory; a flood of more names than that at a time makes the ones that are nearly full quite full. */
const MAX_BUCKETS = 100_000;

/** The times until which buckets are not full, as many as `limit`: those full soonest are forgotten first. */
export class BucketTimes {
  readonly #limit: number;
  readonly #emptyUntil = new Map<string, number>();

  constructor(limit: number = MAX_BUCKETS) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#emptyUntil.size;
  }

  /** Null where nothing is known, which is as good as full. */
  get(name: string): number | null {
    return this.#emptyUntil.get(name) ?? null;
  }

  set(name: string, emptyUntil: number, now: number): void {
    this.#emptyUntil.delete(name);
    if (this.#emptyUntil.size >= this.#limit) this.#makeRoom(now);
    this.#emptyUntil.set(name, emptyUntil);
  }

  /**
   * Drops what is full; and down to half of the limit, so that it is not to be done again soon, what is full soonest: a
   * flood of fresh buckets pushes out itself, and no bucket that somebody has emptied.
   */
  #makeRoom(now: number): void {
    for (const [name, emptyUntil] of this.#emptyUntil) if (emptyUntil <= now) this.#emptyUntil.delete(name);
    const surplus = this.#emptyUntil.size - Math.floor(this.#limit / 2);
    if (surplus <= 0) return;
    const soonest = [...this.#emptyUntil].sort(([, left], [, right]) => left - right).slice(0, surplus);
    for (const [name] of soonest) this.#emptyUntil.delete(name);
  }
}

/** A name's parts as one text; no part holds a line break. */
export function joinName(name: readonly string[]): string {
  return name.join("\n");
}

/** Buckets for a relay that shares its store with no other. */
export function createMemoryBuckets(times: BucketTimes = new BucketTimes()): Buckets {
  return {
    async take(requests, now) {
      const asked = requests.map((request) => ({ name: joinName(request.name), price: priceOf(request) }));
      const milliseconds = Math.max(0, ...asked.map(({ name, price }) => waitFor(times.get(name), price, now)));
      if (milliseconds > 0) return { kind: "wait", milliseconds };
      for (const { name, price } of asked) times.set(name, nextEmptyUntil(times.get(name), price, now), now);
      return { kind: "ok" };
    },
  };
}
