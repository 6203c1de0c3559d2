/**
 * Keeps the last of the disk for what makes room: before it is quite full, mail and keys are refused, while mailboxes can
 * still be read and emptied, and what has expired be deleted, all of which must write too. Well before that blobs are
 * refused, so that nobody's uploads keep others from their mail.
 */
import { statfs } from "node:fs/promises";
import { type Store, StoreFailure } from "./store.ts";

/** Kept free: 64 MiB, or a fiftieth of a disk that is smaller than that suggests. */
const RESERVE_BYTES = 64 * 1024 * 1024;
const RESERVE_SHARE = 0.02;
/** Kept free of blobs: 1 GiB, or a tenth of a smaller disk. */
const MAIL_BYTES = 1024 * 1024 * 1024;
const MAIL_SHARE = 0.1;
const FRESH_MILLISECONDS = 500;

/** For what there is room. */
export interface Room {
  readonly mail: boolean;
  readonly blobs: boolean;
}

/**
 * The same store, which throws StoreFailure `full` where it would take from the reserve, and takes no blobs where that
 * would take from what is kept for mail. `readRoom` is asked once in half a second at most.
 */
export function withReserve(store: Store, readRoom: () => Promise<Room>): Store {
  let asked = Number.NEGATIVE_INFINITY;
  let room: Promise<Room> = Promise.resolve({ mail: true, blobs: true });

  function readFreshRoom(): Promise<Room> {
    const now = performance.now();
    if (now - asked > FRESH_MILLISECONDS) {
      asked = now;
      room = readRoom();
    }
    return room;
  }

  async function requireRoom(): Promise<void> {
    if (!(await readFreshRoom()).mail) throw new StoreFailure("full");
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
    async createBlob(creation) {
      return (await readFreshRoom()).blobs ? store.createBlob(creation) : { kind: "blob-store-full" };
    },
    async addChunk(chunk) {
      return (await readFreshRoom()).blobs ? store.addChunk(chunk) : { kind: "blob-store-full" };
    },
  };
}

/** For what there is room on the disk of `folder`. One that does not tell is left to fail by itself. */
export async function roomIn(folder: string): Promise<Room> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    const isMoreFree = (bytes: number, share: number) => bavail * bsize > Math.min(bytes, blocks * bsize * share);
    return { mail: isMoreFree(RESERVE_BYTES, RESERVE_SHARE), blobs: isMoreFree(MAIL_BYTES, MAIL_SHARE) };
  } catch {
    return { mail: true, blobs: true };
  }
}
