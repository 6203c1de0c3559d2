/**
 * The accounts on this device, by username. Usernames lie here in the clear, as they do in the names of the accounts'
 * databases: the start page lists them before anything is unlocked.
 */
import type { KeyValueStore } from "./key-value-store.ts";

/** The name of the directory's database. */
export const DIRECTORY_DATABASE_NAME = "sotto/directory";

const PREFIX = "account/";
const AFTER_PREFIX = "account0";

/** Its methods reject with StorageError. */
export interface AccountDirectory {
  /** Usernames in alphabetical order. */
  list(): Promise<readonly string[]>;
  /** Adding one that is there is no error. */
  add(username: string): Promise<void>;
  /** Removing one that is not there is no error. */
  remove(username: string): Promise<void>;
}

/** The directory kept in `records`, a database of its own. */
export function openAccountDirectory(records: KeyValueStore): AccountDirectory {
  return {
    async list() {
      const entries = await records.list({ from: PREFIX, below: AFTER_PREFIX });
      return entries.map(([key]) => key.slice(PREFIX.length));
    },
    async add(username) {
      await records.transact([], () => [{ kind: "put", key: PREFIX + username, value: true }]);
    },
    async remove(username) {
      await records.transact([], () => [{ kind: "delete", key: PREFIX + username }]);
    },
  };
}
