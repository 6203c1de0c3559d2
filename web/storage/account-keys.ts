/**
 * The keys of one account's storage, kept in the store itself as one entry:
 *
 *   wrapping key   AES-GCM 256, non-extractable; without a lock (schema 1) stored as a CryptoKey by structured clone,
 *                  with one (schema 2) sealed under what a passphrase or a passkey makes (lock.ts)
 *   data keys      32 random bytes each, sealed under the wrapping key with lp("sotto/data-key/v1") || lp(account) || lp(id)
 *   index key      32 random bytes, sealed likewise with lp("sotto/index-key/v1") || lp(account)
 *
 * Every record names the data key it is encrypted under, so that a later key can take over record by record. This keeps
 * keys out of casual reach; script that runs on the page's origin can use them, and nothing here claims otherwise.
 */
import { base64urlnopad } from "@scure/base";
import { StorageError } from "../engine/ports.ts";
import { type Bytes, concat, lengthPrefixed, type RandomBytes } from "./bytes.ts";
import { type SealedValue, seal, unseal } from "./sealed-value.ts";

/** The entry's layout without a lock, and with one. A later one has a higher number. */
export const OPEN_SCHEMA = 1;
export const LOCKED_SCHEMA = 2;

export const KEY_BYTES = 32;
const KEY_ID_BYTES = 12;

export interface StoredDataKey {
  readonly id: string;
  readonly sealed: SealedValue;
}

/** What the wrapping key holds together. */
export interface WrappedKeys {
  /** The last one encrypts what is written from now on. */
  readonly dataKeys: readonly StoredDataKey[];
  readonly indexKey: SealedValue;
}

/** The entry as it is stored without a lock. */
export interface StoredKeys extends WrappedKeys {
  readonly schema: number;
  readonly wrappingKey: CryptoKey;
}

/** The keys, ready for use; none of them can be exported. */
export interface AccountKeys {
  readonly wrappingKey: CryptoKey;
  readonly currentDataKeyId: string;
  readonly dataKeys: ReadonlyMap<string, CryptoKey>;
  /** HMAC-SHA-256. */
  readonly indexKey: CryptoKey;
}

/** Makes an account's keys; the caller stores them. */
export async function makeStoredKeys(account: string, randomBytes: RandomBytes): Promise<StoredKeys> {
  const wrappingKey = await makeWrappingKey();
  return {
    schema: OPEN_SCHEMA,
    wrappingKey,
    dataKeys: [await makeDataKey(account, wrappingKey, randomBytes)],
    indexKey: await sealFreshKey(wrappingKey, indexKeyContext(account), randomBytes),
  };
}

/**
 * Unwraps stored keys; throws StorageError "damaged" or "newer-version". `unlocked` is the wrapping key of keys behind a
 * lock.
 */
export async function openStoredKeys(
  account: string,
  stored: unknown,
  unlocked: CryptoKey | null,
): Promise<AccountKeys> {
  // First of all, since a later layout may have nothing else in common with this one.
  if (schemaOf(stored) > LOCKED_SCHEMA) throw new StorageError("newer-version", "stored keys have a later schema");
  const wrappingKey = unlocked ?? storedWrappingKey(stored);
  if (wrappingKey === null || !isWrappedKeys(stored)) throw new StorageError("damaged", "stored keys are malformed");
  const dataKeys = new Map<string, CryptoKey>();
  for (const { id, sealed } of stored.dataKeys) {
    const dataKey = await unsealKey(wrappingKey, sealed, dataKeyContext(account, id));
    dataKeys.set(id, await crypto.subtle.importKey("raw", dataKey, "AES-GCM", false, ["encrypt", "decrypt"]));
    dataKey.fill(0);
  }
  const indexKey = await unsealKey(wrappingKey, stored.indexKey, indexKeyContext(account));
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", indexKey, hmac, false, ["sign"]);
  indexKey.fill(0);
  return { wrappingKey, currentDataKeyId: stored.dataKeys.at(-1)?.id ?? "", dataKeys, indexKey: imported };
}

/** Whether the stored keys lie behind a lock of this version's layout. */
export function isLocked(stored: unknown): boolean {
  return schemaOf(stored) === LOCKED_SCHEMA;
}

/** A wrapping key that the browser keeps to itself. */
export function makeWrappingKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** One more data key, sealed under the wrapping key. */
export async function makeDataKey(
  account: string,
  wrappingKey: CryptoKey,
  randomBytes: RandomBytes,
): Promise<StoredDataKey> {
  const id = base64urlnopad.encode(randomBytes(KEY_ID_BYTES));
  return { id, sealed: await sealFreshKey(wrappingKey, dataKeyContext(account, id), randomBytes) };
}

// `wrapKey` throws for a key that cannot be exported, so the raw bytes are encrypted instead.
async function sealFreshKey(key: CryptoKey, associatedData: Bytes, randomBytes: RandomBytes): Promise<SealedValue> {
  const plaintext = randomBytes(KEY_BYTES);
  const sealed = await seal({ key, plaintext, associatedData, randomBytes });
  plaintext.fill(0);
  return sealed;
}

export async function unsealKey(wrappingKey: CryptoKey, sealed: SealedValue, associatedData: Bytes): Promise<Bytes> {
  const raw = await unseal(wrappingKey, sealed, associatedData);
  if (raw.length !== KEY_BYTES) throw new StorageError("damaged", `stored key must be 32 bytes, got ${raw.length}`);
  return raw;
}

export function dataKeyContext(account: string, id: string): Bytes {
  return concat(lengthPrefixed("sotto/data-key/v1"), lengthPrefixed(account), lengthPrefixed(id));
}

export function indexKeyContext(account: string): Bytes {
  return concat(lengthPrefixed("sotto/index-key/v1"), lengthPrefixed(account));
}

function schemaOf(value: unknown): number {
  const hasSchema = typeof value === "object" && value !== null && "schema" in value;
  return hasSchema && typeof value.schema === "number" ? value.schema : 0;
}

export function storedWrappingKey(value: unknown): CryptoKey | null {
  if (schemaOf(value) !== OPEN_SCHEMA || typeof value !== "object" || value === null) return null;
  return "wrappingKey" in value && value.wrappingKey instanceof CryptoKey ? value.wrappingKey : null;
}

/** Whether these are keys that a wrapping key may open. */
export function isWrappedKeys(value: unknown): value is WrappedKeys {
  if (typeof value !== "object" || value === null || !("dataKeys" in value && "indexKey" in value)) return false;
  return Array.isArray(value.dataKeys) && value.dataKeys.length > 0 && value.dataKeys.every(isStoredDataKey);
}

function isStoredDataKey(value: unknown): value is StoredDataKey {
  return (
    typeof value === "object" && value !== null && "id" in value && typeof value.id === "string" && "sealed" in value
  );
}
