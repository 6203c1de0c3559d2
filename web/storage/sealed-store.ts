/**
 * An account's records over a key-value store: names hidden (record-key.ts), values encoded (record-codec.ts) and
 * encrypted (sealed-record.ts), every transaction behind the fence (fence.ts). Beside the records lie two entries,
 * "!fence" and "!keys".
 *
 * All encryption is done before a transaction opens: IndexedDB ends a transaction that waits for WebCrypto.
 */
import { base64urlnopad } from "@scure/base";
import {
  type AccountStore,
  type Change,
  type ListedRecord,
  type ListOptions,
  type RecordId,
  StorageError,
} from "../engine/ports.ts";
import type { Records, StoreName } from "../engine/records.ts";
import { type AccountKeys, makeStoredKeys, openStoredKeys } from "./account-keys.ts";
import type { Bytes, RandomBytes } from "./bytes.ts";
import { type Fence, holdsFence, nextFence } from "./fence.ts";
import type { KeyValueStore, Write } from "./key-value-store.ts";
import { encodeRecord } from "./record-codec.ts";
import { recordKey, recordNumber, recordRange } from "./record-key.ts";
import { openRecord, sealRecord } from "./sealed-record.ts";

const FENCE = "!fence";
const KEYS = "!keys";
const OWNER_BYTES = 16;

export interface SealedStoreOptions {
  /** The account's username: bound into every ciphertext. */
  readonly account: string;
  /** The account's own database; the store closes it. */
  readonly records: KeyValueStore;
  readonly randomBytes: RandomBytes;
}

/** Opens an account's store, makes its keys at the first time, and fences out whoever opened it before. */
export async function openSealedStore(options: SealedStoreOptions): Promise<AccountStore> {
  const { account, records, randomBytes } = options;
  try {
    const { fence, storedKeys } = await takeOver(options);
    return new SealedStore({ account, records, randomBytes, fence, keys: await openStoredKeys(account, storedKeys) });
  } catch (error) {
    await records.close();
    throw error;
  }
}

async function takeOver({ account, records, randomBytes }: SealedStoreOptions) {
  const owner = base64urlnopad.encode(randomBytes(OWNER_BYTES));
  const freshKeys = (await records.get(KEYS)) === undefined ? await makeStoredKeys(account, randomBytes) : undefined;
  let taken: { readonly fence: Fence; readonly storedKeys: unknown } | undefined;
  await records.transact([FENCE, KEYS], ([storedFence, storedKeys]) => {
    const fence = nextFence(storedFence, owner);
    const putFence: Write = { kind: "put", key: FENCE, value: fence };
    if (storedKeys !== undefined) {
      taken = { fence, storedKeys };
      return [putFence];
    }
    // New keys beside old records would hide that the old keys are lost.
    if (storedFence !== undefined || freshKeys === undefined) return null;
    taken = { fence, storedKeys: freshKeys };
    return [putFence, { kind: "put", key: KEYS, value: freshKeys }];
  });
  if (taken === undefined) throw new StorageError("damaged", "the keys of the store are missing");
  return taken;
}

interface EncodedChange {
  readonly store: StoreName;
  readonly id: RecordId;
  /** null deletes. */
  readonly encoded: Bytes | null;
}

class SealedStore implements AccountStore {
  readonly #options: SealedStoreOptions & { readonly fence: Fence; readonly keys: AccountKeys };
  #lastCommit: Promise<unknown> = Promise.resolve();

  constructor(options: SealedStoreOptions & { readonly fence: Fence; readonly keys: AccountKeys }) {
    this.#options = options;
  }

  async read<S extends StoreName>(store: S, id: RecordId): Promise<Records[S] | null> {
    const { account, records, keys } = this.#options;
    const key = await recordKey(keys.indexKey, store, id);
    const stored = await records.get(key);
    return stored === undefined ? null : openRecord(keys, { account, store, key }, stored);
  }

  async list<S extends StoreName>(store: S, options: ListOptions = {}): Promise<readonly ListedRecord<S>[]> {
    const { account, records, keys } = this.#options;
    const entries = await records.list(await recordRange(keys.indexKey, store, options));
    return Promise.all(
      entries.map(async ([key, stored]) => ({
        value: await openRecord(keys, { account, store, key }, stored),
        number: recordNumber(key),
      })),
    );
  }

  async commit(changes: readonly Change[]): Promise<void> {
    // Encoded at once, so that what is written is what the caller held when calling.
    const encoded = changes.map(encodeChange);
    // One after the other, since two that encrypt side by side could reach the database in the wrong order.
    const commit = this.#lastCommit.then(() => this.#write(encoded));
    this.#lastCommit = commit.catch(() => undefined);
    await commit;
  }

  async destroy(): Promise<void> {
    await this.#lastCommit;
    // Emptied first: the database itself may outlast this where something else still holds it open.
    await this.#transact([{ kind: "clear" }]);
    await this.#options.records.destroy();
  }

  async close(): Promise<void> {
    await this.#lastCommit;
    await this.#options.records.close();
  }

  async #write(changes: readonly EncodedChange[]): Promise<void> {
    await this.#transact(await Promise.all(changes.map((change) => this.#seal(change))));
  }

  async #seal({ store, id, encoded }: EncodedChange): Promise<Write> {
    const { account, keys, randomBytes } = this.#options;
    const key = await recordKey(keys.indexKey, store, id);
    if (encoded === null) return { kind: "delete", key };
    return {
      kind: "put",
      key,
      value: await sealRecord({ keys, place: { account, store, key }, encoded, randomBytes }),
    };
  }

  async #transact(writes: readonly Write[]): Promise<void> {
    const { records, fence } = this.#options;
    let isThere = true;
    const held = await records.transact([FENCE], ([stored]) => {
      isThere = stored !== undefined;
      return holdsFence(stored, fence) ? writes : null;
    });
    if (held) return;
    // Nobody takes a fence away, not even who takes over.
    throw isThere
      ? new StorageError("fenced", "the store was opened again since")
      : new StorageError("cleared", "the store was deleted");
  }
}

function encodeChange({ store, id, value }: Change): EncodedChange {
  return { store, id, encoded: value === null ? null : encodeRecord(value) };
}
