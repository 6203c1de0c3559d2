/** Key-value stores in memory, for tests and the terminal: they clone what they take and give, as IndexedDB does. */
import { StorageError } from "../engine/ports.ts";
import type { Entry, KeyRange, KeyValueStore, Write } from "./key-value-store.ts";

/** Holds databases by name, as a browser's profile does; stores of the same name share one. */
export interface MemoryDisk {
  open(name: string): KeyValueStore;
  /** Names of the databases that exist, in no particular order. */
  names(): readonly string[];
}

export function createMemoryDisk(): MemoryDisk {
  const databases = new Map<string, Map<string, unknown>>();
  return {
    open: (name) => new MemoryStore(databases, name),
    names: () => [...databases.keys()],
  };
}

class MemoryStore implements KeyValueStore {
  readonly #databases: Map<string, Map<string, unknown>>;
  readonly #name: string;
  #closed = false;

  constructor(databases: Map<string, Map<string, unknown>>, name: string) {
    this.#databases = databases;
    this.#name = name;
  }

  async get(key: string): Promise<unknown> {
    return structuredClone(this.#entries().get(key));
  }

  async list({ from, below, limit = Number.POSITIVE_INFINITY }: KeyRange): Promise<readonly Entry[]> {
    const entries = this.#entries();
    const keys = [...entries.keys()].filter((key) => key >= from && key < below).sort();
    return keys.slice(0, limit).map((key): Entry => [key, structuredClone(entries.get(key))]);
  }

  async transact(
    keys: readonly string[],
    decide: (values: readonly unknown[]) => readonly Write[] | null,
  ): Promise<boolean> {
    const entries = this.#entries();
    const writes = decide(keys.map((key) => structuredClone(entries.get(key))));
    if (writes === null) return false;
    const changed = new Map(entries);
    for (const write of writes) apply(changed, write);
    this.#databases.set(this.#name, changed);
    return true;
  }

  async destroy(): Promise<void> {
    this.#closed = true;
    this.#databases.delete(this.#name);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #entries(): Map<string, unknown> {
    if (this.#closed) throw new StorageError("unavailable", "store is closed");
    const entries = this.#databases.get(this.#name) ?? new Map<string, unknown>();
    this.#databases.set(this.#name, entries);
    return entries;
  }
}

function apply(entries: Map<string, unknown>, write: Write): void {
  switch (write.kind) {
    case "put":
      entries.set(write.key, structuredClone(write.value));
      return;
    case "delete":
      entries.delete(write.key);
      return;
    case "clear":
      entries.clear();
      return;
  }
}
