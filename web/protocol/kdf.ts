/**
 * Key derivation, on WebCrypto.
 *
 *   HKDF(salt, ikm, info, length)   RFC 5869 with SHA-256
 *   KDF_RK(RK, DH) = HKDF(salt = RK, ikm = DH, info, 64), split in the next root key and a chain key
 *   KDF_CK(CK)     = HMAC-SHA-256(CK, 0x02) is the next chain key, HMAC-SHA-256(CK, 0x01) the message key
 *   the AEAD's key = HKDF(salt = 32 zero bytes, ikm = message key, info, length)
 *
 * Double Ratchet §7.2 recommends all three.
 */
import type { Bytes } from "./bytes.ts";
import {
  type ChainKey,
  type DiffieHellmanResult,
  type MessageKey,
  type RootKey,
  toChainKey,
  toMessageKey,
  toRootKey,
} from "./keys.ts";

/** HKDF-SHA-256 (RFC 5869 §2); `length` in bytes, at most 8160. */
export async function hkdf(options: {
  readonly salt: Bytes;
  readonly inputKeyMaterial: Bytes;
  readonly info: Bytes;
  readonly length: number;
}): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", options.inputKeyMaterial, "HKDF", false, ["deriveBits"]);
  const parameters = { name: "HKDF", hash: "SHA-256", salt: options.salt, info: options.info };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, options.length * 8));
}

/** KDF_RK(RK, DH_out) (Double Ratchet §3.1, §7.2). */
export async function deriveRootKey(
  rootKey: RootKey,
  diffieHellmanResult: DiffieHellmanResult,
  info: Bytes,
): Promise<{ readonly rootKey: RootKey; readonly chainKey: ChainKey }> {
  const output = await hkdf({ salt: rootKey, inputKeyMaterial: diffieHellmanResult, info, length: 64 });
  return { rootKey: toRootKey(output.subarray(0, 32)), chainKey: toChainKey(output.subarray(32)) };
}

/** The second half of KDF_CK(CK): the message key, HMAC-SHA-256(CK, 0x01). */
export async function deriveMessageKey(chainKey: ChainKey): Promise<MessageKey> {
  return toMessageKey(await hmac(chainKey, 0x01));
}

/** The first half of KDF_CK(CK): the next chain key, HMAC-SHA-256(CK, 0x02). */
export async function deriveNextChainKey(chainKey: ChainKey): Promise<ChainKey> {
  return toChainKey(await hmac(chainKey, 0x02));
}

/**
 * The AEAD's key from a message key, `length` bytes: HKDF(salt = 32 zero bytes, ikm = mk, info) (Double Ratchet §7.2).
 */
export function expandMessageKey(messageKey: MessageKey, info: Bytes, length: number): Promise<Bytes> {
  return hkdf({ salt: new Uint8Array(32), inputKeyMaterial: messageKey, info, length });
}

async function hmac(keyBytes: Bytes, constant: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", keyBytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, Uint8Array.of(constant)));
}

/** SHA-256, 32 bytes. */
export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
