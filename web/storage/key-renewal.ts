/** What changes hands when an account's lock is set or taken away: its keys, and then record after record. */
import { StorageError } from "../engine/ports.ts";
import {
  type AccountKeys,
  dataKeyContext,
  indexKeyContext,
  isWrappedKeys,
  OPEN_SCHEMA,
  type StoredDataKey,
  type StoredKeys,
  storedWrappingKey,
  unsealKey,
  type WrappedKeys,
} from "./account-keys.ts";
import type { Bytes, RandomBytes } from "./bytes.ts";
import { dataKeyOf, readNames, recordAssociatedData, type SealedRecord } from "./sealed-record.ts";
import { openSealed, type SealedValue, seal } from "./sealed-value.ts";

/** The stored keys under another wrapping key; throws StorageError "damaged" when they do not open. */
export async function rewrapKeys(options: {
  readonly account: string;
  readonly stored: WrappedKeys;
  readonly from: CryptoKey;
  readonly to: CryptoKey;
  readonly randomBytes: RandomBytes;
}): Promise<WrappedKeys> {
  const { account, stored, from, to, randomBytes } = options;
  const rewrap = async (sealed: SealedValue, associatedData: Bytes) => {
    const plaintext = await unsealKey(from, sealed, associatedData);
    const rewrapped = await seal({ key: to, plaintext, associatedData, randomBytes });
    plaintext.fill(0);
    return rewrapped;
  };
  const dataKeys: StoredDataKey[] = [];
  for (const { id, sealed } of stored.dataKeys) {
    dataKeys.push({ id, sealed: await rewrap(sealed, dataKeyContext(account, id)) });
  }
  return { dataKeys, indexKey: await rewrap(stored.indexKey, indexKeyContext(account)) };
}

/** The stored keys of an entry without a lock; throws StorageError "damaged". */
export function readOpenKeys(stored: unknown): StoredKeys {
  const wrappingKey = storedWrappingKey(stored);
  if (wrappingKey === null || !isWrappedKeys(stored)) throw new StorageError("damaged", "stored keys are malformed");
  return openEntry(wrappingKey, stored);
}

/** The entry without a lock, of keys that are wrapped under `wrappingKey`. */
export function openEntry(wrappingKey: CryptoKey, { dataKeys, indexKey }: WrappedKeys): StoredKeys {
  return { schema: OPEN_SCHEMA, wrappingKey, dataKeys, indexKey };
}

/**
 * A stored record under the current data key, and the nonce that it had before; null when it is under that already, or
 * does not open: then it stays as it is, to be found damaged when it is read.
 */
export async function renewRecord(options: {
  readonly keys: AccountKeys;
  readonly account: string;
  readonly key: string;
  readonly stored: unknown;
  readonly randomBytes: RandomBytes;
}): Promise<{ readonly value: SealedRecord; readonly earlierNonce: Bytes } | null> {
  const { keys, account, key, stored, randomBytes } = options;
  const [store = ""] = key.split("/");
  try {
    const { dataKey: earlier, schema } = readNames(stored);
    const dataKey = keys.currentDataKeyId;
    if (earlier === dataKey) return null;
    const place = { account, store, key };
    const opened = await openSealed(dataKeyOf(keys, earlier), stored, recordAssociatedData(place, schema, earlier));
    const associatedData = recordAssociatedData(place, schema, dataKey);
    const sealing = { key: dataKeyOf(keys, dataKey), plaintext: opened.plaintext, associatedData, randomBytes };
    return { value: { dataKey, schema, ...(await seal(sealing)) }, earlierNonce: opened.nonce };
  } catch (error) {
    if (error instanceof StorageError && error.code === "damaged") return null;
    throw error;
  }
}
