/**
 * A key-value store in IndexedDB, through idb-keyval with a `UseStore` of our own: idb-keyval's has no version and no
 * durability, and WebKit closes connections by itself, so this one opens again.
 */
import { get, promisifyRequest, type UseStore } from "idb-keyval";
import { StorageError } from "../engine/ports.ts";
import type { Entry, KeyRange, KeyValueStore, Write } from "./key-value-store.ts";
import { translateStorageFailure } from "./storage-failure.ts";

/** The version of the databases' layout: one object store. What the records hold has schema numbers of its own. */
export const DATABASE_VERSION = 1;

const OBJECT_STORE = "records";

/** The name of the database that holds one account. */
export function accountDatabaseName(username: string): string {
  return `sotto/account/${username}`;
}

/** Opens a database by its first use, and makes it where there is none. */
export function openIndexedDbStore(name: string): KeyValueStore {
  return new IndexedDbStore(name);
}

class IndexedDbStore implements KeyValueStore {
  readonly #name: string;
  #connection: Promise<IDBDatabase> | null = null;
  #ended: StorageError | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  get(key: string): Promise<unknown> {
    return translated(get<unknown>(key, this.#inTransaction));
  }

  list({ from, below, limit }: KeyRange): Promise<readonly Entry[]> {
    return translated(
      this.#inTransaction("readonly", async (store) => {
        // A count of 0 means "all" to getAll, and an empty range is an error to IDBKeyRange.
        if (from >= below || limit === 0) return [];
        const range = IDBKeyRange.bound(from, below, false, true);
        const [keys, values] = await Promise.all([
          promisifyRequest(store.getAllKeys(range, limit)),
          promisifyRequest<unknown[]>(store.getAll(range, limit)),
        ]);
        return keys.map((key, index): Entry => [String(key), values[index]]);
      }),
    );
  }

  transact(keys: readonly string[], decide: (values: readonly unknown[]) => readonly Write[] | null): Promise<boolean> {
    return translated(
      this.#inTransaction("readwrite", async (store) => {
        const completed = completion(store.transaction);
        try {
          const values = await Promise.all(keys.map((key) => promisifyRequest<unknown>(store.get(key))));
          const writes = decide(values);
          for (const write of writes ?? []) apply(store, write);
          await completed;
          return writes !== null;
        } catch (error) {
          abort(store.transaction);
          // What was thrown first is the cause; that the transaction was aborted only follows from it.
          await completed.catch(() => undefined);
          throw error;
        }
      }),
    );
  }

  async destroy(): Promise<void> {
    await this.close();
    await translated(deleteDatabase(this.#name));
  }

  async close(): Promise<void> {
    this.#ended ??= new StorageError("unavailable", "store is closed");
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) return;
    await connection.then(
      (database) => database.close(),
      // It was never open; whoever opened it has been told why.
      () => undefined,
    );
  }

  readonly #inTransaction: UseStore = async (mode, callback) => {
    const transaction = await this.#begin(mode);
    return callback(transaction.objectStore(OBJECT_STORE));
  };

  async #begin(mode: IDBTransactionMode): Promise<IDBTransaction> {
    const options: IDBTransactionOptions = { durability: "strict" };
    const database = await this.#open();
    try {
      return database.transaction(OBJECT_STORE, mode, options);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "InvalidStateError")) throw error;
      // The browser closed the connection and has not said so yet.
      if (this.#connection !== null && (await this.#connection) === database) this.#connection = null;
      return (await this.#open()).transaction(OBJECT_STORE, mode, options);
    }
  }

  #open(): Promise<IDBDatabase> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  async #connect(): Promise<IDBDatabase> {
    try {
      const database = await openDatabase(this.#name);
      database.onclose = () => {
        this.#connection = null;
      };
      database.onversionchange = ({ newVersion }) => {
        // Opening it again would stand in the way of whoever deletes or upgrades it, or bring it back empty.
        this.#ended ??=
          newVersion === null
            ? new StorageError("cleared", "database was deleted elsewhere")
            : new StorageError("fenced", "database was upgraded elsewhere");
        database.close();
      };
      return database;
    } catch (error) {
      this.#connection = null;
      throw error;
    }
  }
}

function openDatabase(name: string): Promise<IDBDatabase> {
  const request = factory().open(name, DATABASE_VERSION);
  request.onupgradeneeded = () => request.result.createObjectStore(OBJECT_STORE);
  return promisifyRequest(request);
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = factory().deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error ?? new DOMException("no cause given", "UnknownError"));
    // The browser deletes it by itself as soon as the others have closed it.
    request.onblocked = () => resolve();
  });
}

function factory(): IDBFactory {
  // Some private modes have none at all.
  if (globalThis.indexedDB === undefined) throw new StorageError("unavailable", "there is no IndexedDB");
  return globalThis.indexedDB;
}

function apply(store: IDBObjectStore, write: Write): void {
  switch (write.kind) {
    case "put":
      store.put(write.value, write.key);
      return;
    case "delete":
      store.delete(write.key);
      return;
    case "clear":
      store.clear();
      return;
  }
}

/**
 * Resolves when the transaction is complete. idb-keyval's promisifyRequest will not do: it rejects at the first failed
 * request, when the transaction has no error yet, and so loses causes like QuotaExceededError.
 */
function completion(transaction: IDBTransaction): Promise<void> {
  const completed = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException("transaction was aborted", "AbortError"));
  });
  // It is awaited only after the reads; a rejection before that is not unhandled.
  completed.catch(() => undefined);
  return completed;
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It had ended already: nothing is left to undo.
  }
}

async function translated<T>(attempt: Promise<T>): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    throw translateStorageFailure(error);
  }
}
