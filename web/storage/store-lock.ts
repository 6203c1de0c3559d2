/**
 * The lock of a store that is open: setting it, changing it and taking it away, each in one transaction, and the
 * renewal of records under the data key that came with it.
 */
import type { LockPasskey, LockTimes, StoreLock } from "../engine/ports.ts";
import {
  type AccountKeys,
  isLocked,
  KEY_BYTES,
  LOCKED_SCHEMA,
  makeDataKey,
  makeWrappingKey,
  type WrappedKeys,
} from "./account-keys.ts";
import type { Bytes } from "./bytes.ts";
import { openEntry, readOpenKeys, renewRecord, rewrapKeys } from "./key-renewal.ts";
import type { Entry, Write } from "./key-value-store.ts";
import {
  DEFAULT_COST,
  importWrappingKey,
  type LockedKeys,
  openTimes,
  type PassphraseCost,
  readLockedKeys,
  sealTimes,
  sealUnderPasskey,
  sealUnderPassphrase,
} from "./lock-entry.ts";
import { type LockedStoreOptions, openLock } from "./unlock.ts";

/** How many records are encrypted anew in one transaction. */
const RECORDS_AT_ONCE = 100;
const BELOW_EVERYTHING = "";
const ABOVE_EVERYTHING = "\uffff";

const NEVER: LockTimes = { idleMinutes: null, onHiding: false };

/** What the lock needs of the store that it belongs to. */
export interface LockHost {
  readonly options: LockedStoreOptions & { readonly passphraseCost?: PassphraseCost | undefined };
  readonly keys: AccountKeys;
  readStoredKeys(): Promise<unknown>;
  /** Runs `make` when no commit is under way and none begins, then stores the entry and uses the keys. */
  replaceKeys(make: (stored: unknown) => Promise<ReplacedKeys>): Promise<void>;
  /** One transaction behind the fence, decided by what lies under `keys`. */
  transact(keys: readonly string[], decide: (values: readonly unknown[]) => readonly Write[]): Promise<void>;
}

export interface ReplacedKeys {
  /** A whole entry. */
  readonly stored: WrappedKeys;
  readonly wrappingKey: CryptoKey;
}

/** Reads the lock of the store; throws StorageError. */
export async function openStoreLock(host: LockHost): Promise<StoreLock> {
  const lock = new SealedStoreLock(host);
  await lock.read();
  return lock;
}

class SealedStoreLock implements StoreLock {
  readonly #host: LockHost;
  #times: LockTimes | null = null;
  #passkey: LockPasskey | null = null;
  /** Records up to this key are under the present data key. */
  #renewedTo = BELOW_EVERYTHING;

  constructor(host: LockHost) {
    this.#host = host;
  }

  get times(): LockTimes | null {
    return this.#times;
  }

  get passkey(): LockPasskey | null {
    return this.#passkey;
  }

  get isRenewing(): boolean {
    return this.#host.keys.dataKeys.size > 1;
  }

  async set(passphrase: string, earlier: string | null): Promise<void> {
    const { options } = this.#host;
    const { account, randomBytes, passphraseCost = DEFAULT_COST } = options;
    (await this.#check(earlier))?.fill(0);
    const raw = randomBytes(KEY_BYTES);
    const sealed = await sealUnderPassphrase({
      account,
      passphrase,
      wrappingKey: raw,
      cost: passphraseCost,
      randomBytes,
    });
    const to = await importWrappingKey(raw);
    const times = await sealTimes(account, to, this.#times ?? NEVER, randomBytes);
    await this.#replace(async (stored) => {
      const from = this.#host.keys.wrappingKey;
      const { dataKeys, indexKey } = await rewrapKeys({ account, stored, from, to, randomBytes });
      const fresh = await makeDataKey(account, to, randomBytes);
      const lock = { passphrase: sealed, passkey: null, times };
      const entry: LockedKeys = { schema: LOCKED_SCHEMA, dataKeys: [...dataKeys, fresh], indexKey, lock };
      return { stored: entry, wrappingKey: to };
    });
  }

  async remove(passphrase: string): Promise<void> {
    const { account, randomBytes } = this.#host.options;
    (await this.#check(passphrase))?.fill(0);
    const to = await makeWrappingKey();
    await this.#replace(async (stored) => {
      const from = this.#host.keys.wrappingKey;
      return { stored: openEntry(to, await rewrapKeys({ account, stored, from, to, randomBytes })), wrappingKey: to };
    });
  }

  async setTimes(times: LockTimes): Promise<void> {
    const { account, randomBytes } = this.#host.options;
    await this.#change(async (locked) => ({
      ...locked.lock,
      times: await sealTimes(account, this.#host.keys.wrappingKey, times, randomBytes),
    }));
  }

  async addPasskey(
    passphrase: string,
    { credentialId, salt, output }: LockPasskey & { readonly output: Bytes },
  ): Promise<void> {
    const { account, randomBytes } = this.#host.options;
    const wrappingKey = await this.#check(passphrase);
    if (wrappingKey === null) throw new TypeError("a passkey needs a passphrase beside it");
    const passkey = await sealUnderPasskey({ account, credentialId, salt, output, wrappingKey, randomBytes });
    wrappingKey.fill(0);
    await this.#change(async (locked) => ({ ...locked.lock, passkey }));
  }

  async renewSome(): Promise<boolean> {
    if (!this.isRenewing) return false;
    const { options, keys } = this.#host;
    const range = { from: this.#renewedTo, below: ABOVE_EVERYTHING, limit: RECORDS_AT_ONCE };
    const entries = await options.records.list(range);
    const last = entries.at(-1);
    if (last === undefined) return await this.#dropEarlierDataKeys(keys.currentDataKeyId);
    const renewed = await Promise.all(entries.map((entry) => this.#renew(keys, entry)));
    const changed = renewed.filter((one) => one !== null);
    await this.#host.transact(
      changed.map(({ key }) => key),
      // What was written meanwhile is under the new data key already, and what was deleted stays so.
      (values) => changed.filter(({ nonce }, index) => hasNonce(values[index], nonce)).map(({ write }) => write),
    );
    this.#renewedTo = `${last[0]}\0`;
    return true;
  }

  /** Reads what is set; throws StorageError. */
  async read(): Promise<void> {
    const stored = await this.#host.readStoredKeys();
    const lock = isLocked(stored) ? readLockedKeys(stored).lock : null;
    const { account } = this.#host.options;
    this.#times = lock === null ? null : await openTimes(account, this.#host.keys.wrappingKey, lock.times);
    const passkey = lock?.passkey ?? null;
    this.#passkey = passkey === null ? null : { credentialId: passkey.credentialId, salt: passkey.salt };
  }

  async #renew(keys: AccountKeys, [key, stored]: Entry) {
    if (key.startsWith("!")) return null;
    const { account, randomBytes } = this.#host.options;
    const renewed = await renewRecord({ keys, account, key, stored, randomBytes });
    if (renewed === null) return null;
    const write: Write = { kind: "put", key, value: renewed.value };
    return { key, nonce: renewed.earlierNonce, write };
  }

  async #dropEarlierDataKeys(renewedUnder: string): Promise<boolean> {
    await this.#host.replaceKeys(async (stored) => {
      const entry = isLocked(stored) ? readLockedKeys(stored) : readOpenKeys(stored);
      const dataKeys = entry.dataKeys.filter((_, index) => index === entry.dataKeys.length - 1);
      // The lock was changed again meanwhile: the renewal begins anew.
      const isDone = dataKeys[0]?.id === renewedUnder;
      return { stored: isDone ? { ...entry, dataKeys } : entry, wrappingKey: this.#host.keys.wrappingKey };
    });
    this.#renewedTo = BELOW_EVERYTHING;
    return this.isRenewing;
  }

  /** The raw wrapping key when this is the lock's passphrase; null when there is no lock. Throws LockedError. */
  async #check(passphrase: string | null): Promise<Bytes | null> {
    const { options } = this.#host;
    const stored = await this.#host.readStoredKeys();
    if (!isLocked(stored)) return null;
    return await openLock(options, readLockedKeys(stored), { kind: "passphrase", passphrase: passphrase ?? "" });
  }

  /** Replaces the lock's own entry, of the same keys. */
  async #change(make: (locked: LockedKeys) => Promise<LockedKeys["lock"]>): Promise<void> {
    await this.#host.replaceKeys(async (stored) => {
      const locked = readLockedKeys(stored);
      return { stored: { ...locked, lock: await make(locked) }, wrappingKey: this.#host.keys.wrappingKey };
    });
    await this.read();
  }

  async #replace(make: (stored: WrappedKeys) => Promise<ReplacedKeys>): Promise<void> {
    await this.#host.replaceKeys((stored) => make(isLocked(stored) ? readLockedKeys(stored) : readOpenKeys(stored)));
    this.#renewedTo = BELOW_EVERYTHING;
    await this.read();
  }
}

function hasNonce(stored: unknown, nonce: Bytes): boolean {
  const { nonce: present } = Object(stored);
  return present instanceof Uint8Array && present.every((byte, index) => byte === nonce[index]);
}
