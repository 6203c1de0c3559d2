/**
 * AES-256-GCM around anything at rest: a random 96-bit nonce beside the ciphertext, and associated data that says where
 * it belongs.
 */
import { StorageError } from "../engine/ports.ts";
import type { Bytes, RandomBytes } from "./bytes.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** As structured cloning stores it. `ciphertext` ends in the 16-byte tag. */
export interface SealedValue {
  readonly nonce: Bytes;
  readonly ciphertext: Bytes;
}

interface SealOptions {
  readonly key: CryptoKey;
  readonly plaintext: Bytes;
  readonly associatedData: Bytes;
  readonly randomBytes: RandomBytes;
}

/** Encrypts under an AES-GCM key with a fresh nonce. */
export async function seal({ key, plaintext, associatedData, randomBytes }: SealOptions): Promise<SealedValue> {
  const nonce = randomBytes(NONCE_BYTES);
  const parameters = { name: "AES-GCM", iv: nonce, additionalData: associatedData };
  return { nonce, ciphertext: new Uint8Array(await crypto.subtle.encrypt(parameters, key, plaintext)) };
}

/** Decrypts; throws StorageError "damaged" when the value is not one that was sealed here, with this data. */
export async function unseal(key: CryptoKey, value: unknown, associatedData: Bytes): Promise<Bytes> {
  return (await openSealed(key, value, associatedData)).plaintext;
}

/** As `unseal`; the nonce it was sealed with as well. */
export async function openSealed(
  key: CryptoKey,
  value: unknown,
  associatedData: Bytes,
): Promise<{ readonly plaintext: Bytes; readonly nonce: Bytes }> {
  if (!isSealedValue(value)) throw new StorageError("damaged", "sealed value is malformed");
  const parameters = { name: "AES-GCM", iv: value.nonce, additionalData: associatedData };
  try {
    const plaintext = new Uint8Array(await crypto.subtle.decrypt(parameters, key, value.ciphertext));
    return { plaintext, nonce: value.nonce };
  } catch (error) {
    throw new StorageError("damaged", "sealed value does not open", { cause: error });
  }
}

function isSealedValue(value: unknown): value is SealedValue {
  if (typeof value !== "object" || value === null || !("nonce" in value) || !("ciphertext" in value)) return false;
  const { nonce, ciphertext } = value;
  return (
    nonce instanceof Uint8Array &&
    nonce.length === NONCE_BYTES &&
    ciphertext instanceof Uint8Array &&
    ciphertext.length >= TAG_BYTES
  );
}
