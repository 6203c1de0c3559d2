/**
 * What storage stands on: string keys in code-unit order, values that survive structured cloning, and transactions
 * that decide what to write from what they have just read. indexeddb.ts and memory.ts implement it, and both pass
 * testing/key-value-contract.ts. Nothing here knows what the values mean.
 */

/** Keys from `from` (included) to `below` (not included); none when `from` is not less than `below`. */
export interface KeyRange {
  readonly from: string;
  readonly below: string;
  /** At most so many, the first ones in key order. */
  readonly limit?: number | undefined;
}

export type Write =
  | { readonly kind: "put"; readonly key: string; readonly value: unknown }
  | { readonly kind: "delete"; readonly key: string }
  /** Deletes everything. */
  | { readonly kind: "clear" };

export type Entry = readonly [key: string, value: unknown];

/** One database. Its methods reject with StorageError when the storage fails; values that cannot be cloned throw. */
export interface KeyValueStore {
  /** The value under `key`, or undefined. */
  get(key: string): Promise<unknown>;
  /** The entries in a range, in key order. */
  list(range: KeyRange): Promise<readonly Entry[]>;
  /**
   * Reads `keys` and applies the writes that `decide` makes of their values, in order, in one transaction: all of them
   * or none. `decide` runs inside the transaction, so it must not wait for anything; null writes nothing.
   * Resolves to whether anything was decided, once it is on disk as far as the browser can promise.
   */
  transact(keys: readonly string[], decide: (values: readonly unknown[]) => readonly Write[] | null): Promise<boolean>;
  /** Deletes the database. Where others still hold it open it goes once they close; clear it first. */
  destroy(): Promise<void>;
  close(): Promise<void>;
}
