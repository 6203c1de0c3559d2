/**
 * Public keys at the door: what a relay accepts as one, and the two ways it verifies signatures. Keys are checked once,
 * with noble, when they are first published; requests are then verified with node:crypto, which is much faster but
 * would accept signatures under small-order keys.
 */
import { createPublicKey, verify } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { toBase64url } from "./wire/bytes.ts";

/** The prime of both curves, 2^255 - 19. */
const PRIME = 2n ** 255n - 19n;

/** The u-coordinates below the prime of points of small order, on curve and twist (RFC 7748 §6.1, §7). */
const SMALL_ORDER_U: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  PRIME - 1n,
]);

/** Whether 32 bytes are a canonical Ed25519 point of the prime-order group other than zero (RFC 8032 §5.1.3). */
export function isEd25519PublicKey(publicKey: Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(publicKey, false);
    return !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}

/** Whether 32 bytes are a canonical X25519 u-coordinate that is not of small order (RFC 7748 §5). */
export function isX25519PublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  const u = publicKey.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  return u < PRIME && !SMALL_ORDER_U.has(u);
}

export interface SignedBytes {
  readonly signature: Uint8Array;
  readonly signed: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** Verifies strictly, for what is kept and handed on: RFC 8032 with canonical encodings only. */
export function verifyStatement({ signature, signed, publicKey }: SignedBytes): boolean {
  return ed25519.verify(signature, signed, publicKey, { zip215: false });
}

/** Verifies quickly, for requests and for prekeys by the hundred; `publicKey` has passed `isEd25519PublicKey`. */
export function verifyQuickly({ signature, signed, publicKey }: SignedBytes): boolean {
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: toBase64url(publicKey) }, format: "jwk" });
  return verify(null, signed, key, signature);
}
