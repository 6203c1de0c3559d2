/**
 * An account's records over a key-value store: names hidden (record-key.ts), values encoded (record-codec.ts) and
 * encrypted (sealed-record.ts), every transaction behind the fence (fence.ts). Beside the records lie two entries,
 * "!fence" and "!keys".
 *
 * All encryption is done before a transaction opens: IndexedDB ends a transaction that waits for WebCrypto.
 */
import { base64urlnopad } from "@scure/base";
import {
  type Change,
  type ListedRecord,
  type ListOptions,
  type LockableStore,
  type LockSecret,
  noPart,
  type RecordId,
  type SalvagedRecord,
  StorageError,
  type StoreLock,
} from "../engine/ports.ts";
import { type Records, SPARED_STORES, type StoreName } from "../engine/records.ts";
import { type AccountKeys, isLocked, makeStoredKeys, openStoredKeys } from "./account-keys.ts";
import type { Bytes, RandomBytes } from "./bytes.ts";
import { type Fence, holdsFence, nextFence } from "./fence.ts";
import type { KeyValueStore, Write } from "./key-value-store.ts";
import type { PassphraseCost } from "./lock-entry.ts";
import { encodeRecord } from "./record-codec.ts";
import { recordKey, recordNumber, recordRange } from "./record-key.ts";
import { openRecord, type RecordPlace, sealRecord } from "./sealed-record.ts";
import type { ReplacedKeys } from "./store-lock.ts";

const FENCE = "!fence";
const KEYS = "!keys";
const OWNER_BYTES = 16;

export interface SealedStoreOptions {
  /** The account's username: bound into every ciphertext. */
  readonly account: string;
  /** The account's own database; the store closes it. */
  readonly records: KeyValueStore;
  readonly randomBytes: RandomBytes;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** What a passphrase for its lock is to cost; by default what lock-entry.ts says. */
  readonly passphraseCost?: PassphraseCost;
}

/**
 * Opens an account's store, makes its keys at the first time, and fences out whoever opened it before. Behind a lock it
 * rejects with LockedError unless the secret opens it, and then it has not fenced out anybody.
 */
export async function openSealedStore(
  options: SealedStoreOptions,
  secret: LockSecret | null = null,
  mayTakeOver: () => boolean = () => true,
): Promise<LockableStore> {
  const { account, records } = options;
  try {
    const before = await records.get(KEYS);
    const unlocked = isLocked(before) ? await (await lateLock()).unlock(options, before, secret) : null;
    if (!mayTakeOver()) throw new StorageError("fenced", "another engine has the account");
    const { fence, storedKeys } = await takeOver(options);
    const keys = await openStoredKeys(account, storedKeys, unlocked);
    return new SealedStore(options, { fence, keys, isLocked: unlocked !== null });
  } catch (error) {
    await records.close();
    throw error;
  }
}

/** Rejects with PartMissingError where it cannot be had. */
function lateLock(): Promise<typeof import("./late-lock.ts")> {
  return import("./late-lock.ts").catch(noPart);
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

class SealedStore implements LockableStore {
  readonly #options: SealedStoreOptions;
  readonly #fence: Fence;
  #keys: AccountKeys;
  #isLocked: boolean;
  #lastCommit: Promise<unknown> = Promise.resolve();
  readonly #damaged = new Set<StoreName>();

  constructor(
    options: SealedStoreOptions,
    opened: { readonly fence: Fence; readonly keys: AccountKeys; readonly isLocked: boolean },
  ) {
    this.#options = options;
    this.#fence = opened.fence;
    this.#keys = opened.keys;
    this.#isLocked = opened.isLocked;
  }

  get damaged(): ReadonlySet<StoreName> {
    return this.#damaged;
  }

  get hasLock(): boolean {
    return this.#isLocked || this.#keys.dataKeys.size > 1;
  }

  async lock(): Promise<StoreLock> {
    const { openStoreLock } = await lateLock();
    const keys = () => this.#keys;
    return await openStoreLock({
      options: this.#options,
      get keys() {
        return keys();
      },
      readStoredKeys: () => this.#options.records.get(KEYS),
      replaceKeys: (make) => this.#inOrder(() => this.#replaceKeys(make)),
      transact: (places, decide) => this.#transact(decide, places),
    });
  }

  async read<S extends StoreName>(store: S, id: RecordId): Promise<Records[S] | null> {
    const { account, records } = this.#options;
    const keys = this.#keys;
    const key = await recordKey(keys.indexKey, store, id);
    const stored = await records.get(key);
    return stored === undefined
      ? null
      : await this.#open(keys, { account, store, key }, stored, SPARED_STORES.has(store));
  }

  async list<S extends StoreName>(store: S, options: ListOptions = {}): Promise<readonly ListedRecord<S>[]> {
    const listed = await this.#list(store, options, SPARED_STORES.has(store));
    return listed.flatMap(({ value, number }) => (value === null ? [] : [{ value, number }]));
  }

  async salvage<S extends StoreName>(store: S, options: ListOptions = {}): Promise<readonly SalvagedRecord<S>[]> {
    return await this.#list(store, options, true);
  }

  async dropDamaged(store: StoreName): Promise<void> {
    const { account, records } = this.#options;
    const keys = this.#keys;
    const entries = await records.list(await recordRange(keys.indexKey, store, {}));
    const drops: Write[] = [];
    for (const [key, stored] of entries) {
      const value = await this.#open(keys, { account, store, key }, stored, true);
      if (value === null) drops.push({ kind: "delete", key });
    }
    if (drops.length > 0) await this.#inOrder(() => this.#transact(() => drops));
  }

  async #list<S extends StoreName>(
    store: S,
    options: ListOptions,
    isSpared: boolean,
  ): Promise<readonly SalvagedRecord<S>[]> {
    const { account, records } = this.#options;
    const keys = this.#keys;
    const entries = await records.list(await recordRange(keys.indexKey, store, options));
    return await Promise.all(
      entries.map(async ([key, stored]) => ({
        value: await this.#open(keys, { account, store, key }, stored, isSpared),
        number: recordNumber(key),
      })),
    );
  }

  /** null for a damaged record that is to be spared. */
  async #open<S extends StoreName>(
    keys: AccountKeys,
    place: RecordPlace & { readonly store: S },
    stored: unknown,
    isSpared: boolean,
  ): Promise<Records[S] | null> {
    try {
      return await openRecord(keys, place, stored);
    } catch (error) {
      if (!(isSpared && error instanceof StorageError && error.code === "damaged")) throw error;
      this.#damaged.add(place.store);
      return null;
    }
  }

  async commit(changes: readonly Change[]): Promise<void> {
    // Encoded at once, so that what is written is what the caller held when calling.
    const encoded = changes.map(encodeChange);
    await this.#inOrder(() => this.#write(encoded));
  }

  async destroy(): Promise<void> {
    await this.#lastCommit;
    // Emptied first: the database itself may outlast this where something else still holds it open.
    await this.#transact(() => [{ kind: "clear" }]);
    await this.#options.records.destroy();
  }

  async close(): Promise<void> {
    await this.#lastCommit;
    await this.#options.records.close();
  }

  // One after the other, since two that encrypt side by side could reach the database in the wrong order.
  #inOrder(write: () => Promise<void>): Promise<void> {
    const written = this.#lastCommit.then(write);
    this.#lastCommit = written.catch(() => undefined);
    return written;
  }

  async #replaceKeys(make: (stored: unknown) => Promise<ReplacedKeys>): Promise<void> {
    const { stored, wrappingKey } = await make(await this.#options.records.get(KEYS));
    const keys = await openStoredKeys(this.#options.account, stored, wrappingKey);
    await this.#transact(() => [{ kind: "put", key: KEYS, value: stored }]);
    this.#keys = keys;
    this.#isLocked = isLocked(stored);
  }

  async #write(changes: readonly EncodedChange[]): Promise<void> {
    const writes = await Promise.all(changes.map((change) => this.#seal(change)));
    await this.#transact(() => writes);
  }

  async #seal({ store, id, encoded }: EncodedChange): Promise<Write> {
    const { account, randomBytes } = this.#options;
    const keys = this.#keys;
    const key = await recordKey(keys.indexKey, store, id);
    if (encoded === null) return { kind: "delete", key };
    return {
      kind: "put",
      key,
      value: await sealRecord({ keys, place: { account, store, key }, encoded, randomBytes }),
    };
  }

  async #transact(
    decide: (values: readonly unknown[]) => readonly Write[],
    places: readonly string[] = [],
  ): Promise<void> {
    let isThere = true;
    const held = await this.#options.records.transact([FENCE, ...places], ([stored, ...values]) => {
      isThere = stored !== undefined;
      return holdsFence(stored, this.#fence) ? decide(values) : null;
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
