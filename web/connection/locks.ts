/**
 * The part of the Web Locks API that is used, and the locks there are. A lock goes with the tab or worker that holds
 * it.
 */

export interface Locks {
  request(name: string, callback: () => Promise<void>): Promise<unknown>;
  request(
    name: string,
    options: { readonly ifAvailable: true },
    callback: (lock: object | null) => Promise<void>,
  ): Promise<unknown>;
}

/** Waits for a lock of this name; resolves, once it is held, to what lets go of it. */
export function holdLock(locks: Locks, name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = () => new Promise<void>((release) => resolve(release));
    locks.request(name, held).catch(reject);
  });
}

/**
 * Waits for the lock that makes this worker the one engine of its account, and keeps it for as long as the worker
 * lives. `onHeldElsewhere` is called when another one has it now.
 */
export function becomeEngine(locks: Locks, username: string, onHeldElsewhere: () => void): Promise<void> {
  const name = `sotto/engine/${username}`;
  return new Promise((resolve, reject) => {
    const keep = () => {
      resolve();
      return new Promise<never>(() => undefined);
    };
    const tryAtOnce = async (lock: object | null) => {
      if (lock !== null) return keep();
      onHeldElsewhere();
      await locks.request(name, keep);
    };
    locks.request(name, { ifAvailable: true }, tryAtOnce).catch(reject);
  });
}
