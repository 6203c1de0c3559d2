/** Web Locks of one imaginary browser. */
import type { Locks } from "../locks.ts";

export function createMemoryLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();

  async function run(name: string, work: () => Promise<void>): Promise<void> {
    const before = tails.get(name) ?? Promise.resolve();
    const mine = before.then(work);
    const tail = mine.catch(() => undefined);
    tails.set(name, tail);
    await tail;
    if (tails.get(name) === tail) tails.delete(name);
    await mine;
  }

  function request(name: string, callback: () => Promise<void>): Promise<unknown>;
  function request(
    name: string,
    options: { readonly ifAvailable: true },
    callback: (lock: object | null) => Promise<void>,
  ): Promise<unknown>;
  function request(
    name: string,
    ...rest:
      | readonly [() => Promise<void>]
      | readonly [{ readonly ifAvailable: true }, (lock: object | null) => Promise<void>]
  ): Promise<unknown> {
    if (rest.length === 1) return run(name, rest[0]);
    const callback = rest[1];
    return tails.has(name) ? callback(null) : run(name, () => callback({}));
  }
  return { request };
}
