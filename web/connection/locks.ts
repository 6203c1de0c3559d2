/**
 * The part of the Web Locks API that is used, and the locks there are. A lock goes with the tab or worker that holds
 * it.
 */

export interface LockOptions {
  /** Takes it only if it is free; else the callback is called with null. */
  readonly ifAvailable?: true;
  /** Takes it from whoever holds it, whose request is then rejected. */
  readonly steal?: true;
  /** Gives up waiting for it. */
  readonly signal?: AbortSignal;
}

export interface Locks {
  request(name: string, callback: () => Promise<void>): Promise<unknown>;
  request(name: string, options: LockOptions, callback: (lock: object | null) => Promise<void>): Promise<unknown>;
}

/** Waits for a lock of this name; resolves, once it is held, to what lets go of it. */
export function holdLock(locks: Locks, name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = () => new Promise<void>((release) => resolve(release));
    locks.request(name, held).catch(reject);
  });
}

/** The place of the one engine of an account; it is kept until the worker ends, or leaves it. */
export interface Seat {
  /** Resolves when another worker has taken it over. */
  readonly lost: Promise<void>;
  /** Resolves when another may have it; before a worker ends itself, since not all browsers let go of its locks then. */
  readonly leave: () => Promise<void>;
}

/** Takes the seat of an account's engine; null when it is not available. Rejects when the waiting was given up. */
export function takeSeat(locks: Locks, username: string, options: LockOptions): Promise<Seat | null> {
  return new Promise((resolve, reject) => {
    let lose: () => void = () => undefined;
    let stand: () => void = () => undefined;
    let isSeated = false;
    const lost = new Promise<void>((end) => {
      lose = end;
    });
    const sit = async (lock: object | null) => {
      if (lock === null) return resolve(null);
      isSeated = true;
      const leave = async () => {
        stand();
        await over;
      };
      resolve({ lost, leave });
      await new Promise<void>((end) => {
        stand = end;
      });
    };
    const over = locks
      .request(`sotto/engine/${username}`, options, sit)
      .catch((error: unknown) => (isSeated ? lose() : reject(error)));
  });
}
