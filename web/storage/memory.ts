/** Key-value stores in memory, for tests and the terminal: they clone what they take and give, as IndexedDB does. */
import { StorageError } from "../engine/ports.ts";
import type { Entry, KeyRange, KeyValueStore, Write } from "./key-value-store.ts";

/** Holds databases by name, as a browser's profile does; stores of the same name share one. */
export interface MemoryDisk {
  open(name: string): KeyValueStore;
  /** Names of the databases that exist, in no particular order. */
  names(): readonly string[];
}

/** A database's entries, with their keys in order. */
interface Database {
  readonly entries: Map<string, unknown>;
  readonly keys: string[];
}

export function createMemoryDisk(): MemoryDisk {
  const databases = new Map<string, Database>();
  return {
    open: (name) => new MemoryStore(databases, name),
    names: () => [...databases.keys()],
  };
}

class MemoryStore implements KeyValueStore {
  readonly #databases: Map<string, Database>;
  readonly #name: string;
  #closed = false;

  constructor(databases: Map<string, Database>, name: string) {
    this.#databases = databases;
    this.#name = name;
  }

  async get(key: string): Promise<unknown> {
    return structuredClone(this.#database().entries.get(key));
  }

  async list({ from, below, limit = Number.POSITIVE_INFINITY }: KeyRange): Promise<readonly Entry[]> {
    const { entries, keys } = this.#database();
    const first = placeOf(keys, from);
    const end = Math.min(Math.max(first, placeOf(keys, below)), first + limit);
    return keys.slice(first, end).map((key): Entry => [key, structuredClone(entries.get(key))]);
  }

  async transact(
    keys: readonly string[],
    decide: (values: readonly unknown[]) => readonly Write[] | null,
  ): Promise<boolean> {
    const database = this.#database();
    const writes = decide(keys.map((key) => structuredClone(database.entries.get(key))));
    if (writes === null) return false;
    // All is cloned before anything is written: what cannot be throws, and then nothing has changed.
    for (const write of writes.map(cloned)) apply(database, write);
    return true;
  }

  async destroy(): Promise<void> {
    this.#closed = true;
    this.#databases.delete(this.#name);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #database(): Database {
    if (this.#closed) throw new StorageError("unavailable", "store is closed");
    const database = this.#databases.get(this.#name) ?? { entries: new Map(), keys: [] };
    this.#databases.set(this.#name, database);
    return database;
  }
}

/** Where a key is, or would be. */
function placeOf(keys: readonly string[], key: string): number {
  let first = 0;
  let end = keys.length;
  while (first < end) {
    const middle = (first + end) >>> 1;
    if ((keys[middle] ?? "") < key) first = middle + 1;
    else end = middle;
  }
  return first;
}

function cloned(write: Write): Write {
  return write.kind === "put" ? { ...write, value: structuredClone(write.value) } : write;
}

function apply({ entries, keys }: Database, write: Write): void {
  switch (write.kind) {
    case "put":
      if (!entries.has(write.key)) keys.splice(placeOf(keys, write.key), 0, write.key);
      entries.set(write.key, write.value);
      return;
    case "delete":
      if (entries.delete(write.key)) keys.splice(placeOf(keys, write.key), 1);
      return;
    case "clear":
      entries.clear();
      keys.length = 0;
      return;
  }
}
