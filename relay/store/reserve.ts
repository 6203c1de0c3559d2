/**
 * Keeps the last of the disk for what makes room: before it is quite full, mail and keys are refused, while mailboxes can
 * still be read and emptied, and what has expired be deleted, all of which must write too.
 */
import { statfs } from "node:fs/promises";
import { type Store, StoreFailure } from "./store.ts";

/** Kept free: 64 MiB, or a fiftieth of a disk that is smaller than that suggests. */
const RESERVE_BYTES = 64 * 1024 * 1024;
const RESERVE_SHARE = 0.02;
const FRESH_MILLISECONDS = 500;

/**
 * The same store, which throws StoreFailure `full` where it would take from the reserve. `hasRoom` tells whether there is
 * more than that; it is asked once in half a second at most.
 */
export function withReserve(store: Store, hasRoom: () => Promise<boolean>): Store {
  let asked = Number.NEGATIVE_INFINITY;
  let room: Promise<boolean> = Promise.resolve(true);

  async function requireRoom(): Promise<void> {
    const now = performance.now();
    if (now - asked > FRESH_MILLISECONDS) {
      asked = now;
      room = hasRoom();
    }
    if (!(await room)) throw new StoreFailure("full");
  }

  return {
    ...store,
    async addMail(mail) {
      await requireRoom();
      return store.addMail(mail);
    },
    async publishKeys(publication) {
      await requireRoom();
      return store.publishKeys(publication);
    },
    async check(bytes) {
      await requireRoom();
      return store.check(bytes);
    },
  };
}

/** Whether more than the reserve is free on the disk of `folder`. One that does not tell is left to fail by itself. */
export async function hasRoomIn(folder: string): Promise<boolean> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return bavail * bsize > Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE);
  } catch {
    return true;
  }
}
