/**
 * The lock before an account's keys, as it is stored with them. A fresh wrapping key of 32 bytes (the lock's) holds the
 * keys together, and lies here sealed, AES-256-GCM, once for each way in:
 *
 *   passphrase   under Argon2id(NFC(passphrase), salt, parameters), 32 bytes (RFC 9106), with
 *                lp("sotto/lock/passphrase/v1") || lp(account)
 *   passkey      under HKDF-SHA-256(ikm = PRF output, salt = "", info = the associated data, 32 bytes), with
 *                lp("sotto/lock/passkey/v1") || lp(account)
 *
 * Under the wrapping key itself lies, as JSON, when the account locks itself, with lp("sotto/lock/times/v1") ||
 * lp(account): whoever can write to the storage cannot switch that off unseen.
 */
import { argon2idAsync } from "@noble/hashes/argon2.js";
import { type LockTimes, StorageError } from "../engine/ports.ts";
import { isLocked, isWrappedKeys, KEY_BYTES, type WrappedKeys } from "./account-keys.ts";
import { type Bytes, concat, lengthPrefixed, type RandomBytes, utf8 } from "./bytes.ts";
import { type SealedValue, seal, unseal } from "./sealed-value.ts";

/** What a passphrase costs to try: Argon2id's memory in KiB, and its passes; one lane, as JavaScript has one. */
export interface PassphraseCost {
  readonly memory: number;
  readonly passes: number;
}

/** RFC 9106 §4, the second recommended choice, with one lane. */
export const DEFAULT_COST: PassphraseCost = { memory: 64 * 1024, passes: 3 };
/** Beyond this a stored lock is damaged, or made to hang the browser. */
const HIGHEST_COST: PassphraseCost = { memory: 256 * 1024, passes: 16 };

const SALT_BYTES = 16;
export const PASSKEY_SALT_BYTES = 32;

export interface StoredPassphrase extends PassphraseCost {
  readonly salt: Bytes;
  readonly sealed: SealedValue;
}

export interface StoredPasskey {
  readonly credentialId: Bytes;
  readonly salt: Bytes;
  readonly sealed: SealedValue;
}

export interface LockedKeys extends WrappedKeys {
  readonly schema: number;
  readonly lock: {
    readonly passphrase: StoredPassphrase;
    readonly passkey: StoredPasskey | null;
    readonly times: SealedValue;
  };
}

/** The stored keys with their lock; throws StorageError "damaged". */
export function readLockedKeys(stored: unknown): LockedKeys {
  if (!isLockedKeys(stored)) throw new StorageError("damaged", "the stored lock is malformed");
  return stored;
}

function isLockedKeys(stored: unknown): stored is LockedKeys {
  if (!isLocked(stored) || !isWrappedKeys(stored) || !("lock" in stored)) return false;
  const { lock } = stored;
  if (typeof lock !== "object" || lock === null) return false;
  if (!("passphrase" in lock && "passkey" in lock && "times" in lock)) return false;
  return isStoredPassphrase(lock.passphrase) && (lock.passkey === null || isStoredPasskey(lock.passkey));
}

function isStoredPassphrase(value: unknown): value is StoredPassphrase {
  if (typeof value !== "object" || value === null) return false;
  if (!("salt" in value && "memory" in value && "passes" in value && "sealed" in value)) return false;
  const { salt, memory, passes } = value;
  if (typeof memory !== "number" || typeof passes !== "number") return false;
  const isBearable = memory <= HIGHEST_COST.memory && passes <= HIGHEST_COST.passes;
  // Argon2's own minimum for one lane is 8 KiB.
  return isBytes(salt, SALT_BYTES) && isBearable && memory >= 8 && passes >= 1;
}

function isStoredPasskey(value: unknown): value is StoredPasskey {
  if (typeof value !== "object" || value === null) return false;
  if (!("credentialId" in value && "salt" in value && "sealed" in value)) return false;
  return value.credentialId instanceof Uint8Array && isBytes(value.salt, PASSKEY_SALT_BYTES);
}

function isBytes(value: unknown, length: number): boolean {
  return value instanceof Uint8Array && value.length === length;
}

interface SealUnderPassphrase {
  readonly account: string;
  readonly passphrase: string;
  /** The raw wrapping key, 32 bytes. */
  readonly wrappingKey: Bytes;
  readonly cost: PassphraseCost;
  readonly randomBytes: RandomBytes;
}

export async function sealUnderPassphrase(options: SealUnderPassphrase): Promise<StoredPassphrase> {
  const { account, passphrase, wrappingKey, cost, randomBytes } = options;
  const salt = randomBytes(SALT_BYTES);
  const key = await passphraseKey(passphrase, salt, cost);
  const associatedData = passphraseContext(account);
  const { memory, passes } = cost;
  return { salt, memory, passes, sealed: await seal({ key, plaintext: wrappingKey, associatedData, randomBytes }) };
}

/** The raw wrapping key; null when the passphrase is another, which an altered lock cannot be told apart from. */
export async function openWithPassphrase(
  account: string,
  { salt, memory, passes, sealed }: StoredPassphrase,
  passphrase: string,
): Promise<Bytes | null> {
  const key = await passphraseKey(passphrase, salt, { memory, passes });
  return await openOrNull(key, sealed, passphraseContext(account));
}

/** `output` is what the passkey's PRF extension made of `salt`, 32 bytes. */
export async function sealUnderPasskey(options: {
  readonly account: string;
  readonly credentialId: Bytes;
  readonly salt: Bytes;
  readonly output: Bytes;
  readonly wrappingKey: Bytes;
  readonly randomBytes: RandomBytes;
}): Promise<StoredPasskey> {
  const { account, credentialId, salt, output, wrappingKey, randomBytes } = options;
  const associatedData = passkeyContext(account);
  const key = await passkeyKey(output, associatedData);
  return { credentialId, salt, sealed: await seal({ key, plaintext: wrappingKey, associatedData, randomBytes }) };
}

/** The raw wrapping key; null when it is another passkey's output. */
export async function openWithPasskey(account: string, passkey: StoredPasskey, output: Bytes): Promise<Bytes | null> {
  const associatedData = passkeyContext(account);
  return await openOrNull(await passkeyKey(output, associatedData), passkey.sealed, associatedData);
}

export async function sealTimes(
  account: string,
  key: CryptoKey,
  times: LockTimes,
  randomBytes: RandomBytes,
): Promise<SealedValue> {
  return await seal({
    key,
    plaintext: utf8(JSON.stringify(times)),
    associatedData: timesContext(account),
    randomBytes,
  });
}

/** Throws StorageError "damaged". */
export async function openTimes(account: string, key: CryptoKey, sealed: SealedValue): Promise<LockTimes> {
  const opened: unknown = JSON.parse(new TextDecoder().decode(await unseal(key, sealed, timesContext(account))));
  const { idleMinutes, onHiding } = Object(opened);
  return { idleMinutes: typeof idleMinutes === "number" ? idleMinutes : null, onHiding: onHiding === true };
}

/** A raw wrapping key, ready for use; it is overwritten. */
export async function importWrappingKey(raw: Bytes): Promise<CryptoKey> {
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  raw.fill(0);
  return key;
}

async function openOrNull(key: CryptoKey, sealed: SealedValue, associatedData: Bytes): Promise<Bytes | null> {
  try {
    const raw = await unseal(key, sealed, associatedData);
    return raw.length === KEY_BYTES ? raw : null;
  } catch (error) {
    if (error instanceof StorageError) return null;
    throw error;
  }
}

// The same passphrase may be typed in different compositions of its characters: NFC makes them one (RFC 8265 §4.2).
async function passphraseKey(passphrase: string, salt: Bytes, { memory, passes }: PassphraseCost): Promise<CryptoKey> {
  const parameters = { t: passes, m: memory, p: 1, dkLen: KEY_BYTES };
  return await importWrappingKey(
    Uint8Array.from(await argon2idAsync(utf8(passphrase.normalize("NFC")), salt, parameters)),
  );
}

async function passkeyKey(output: Bytes, info: Bytes): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", output, "HKDF", false, ["deriveKey"]);
  const parameters = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
  const aes = { name: "AES-GCM", length: 256 };
  return await crypto.subtle.deriveKey(parameters, material, aes, false, ["encrypt", "decrypt"]);
}

function passphraseContext(account: string): Bytes {
  return concat(lengthPrefixed("sotto/lock/passphrase/v1"), lengthPrefixed(account));
}

function passkeyContext(account: string): Bytes {
  return concat(lengthPrefixed("sotto/lock/passkey/v1"), lengthPrefixed(account));
}

function timesContext(account: string): Bytes {
  return concat(lengthPrefixed("sotto/lock/times/v1"), lengthPrefixed(account));
}
