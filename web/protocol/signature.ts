/**
 * Ed25519 signatures (RFC 8032) over statements that others compose. A signature counts only if it verifies under the
 * strict rules of RFC 8032 §5.1.7 (not ZIP 215) and under a key that `toIdentityKey` accepted.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import type { Bytes } from "./bytes.ts";
import type { DeviceSecretKey, IdentityKey, IdentitySecretKey } from "./keys.ts";

/** Signs a statement; returns 64 bytes. */
export function signStatement(secretKey: IdentitySecretKey | DeviceSecretKey, statement: Uint8Array): Bytes {
  return Uint8Array.from(ed25519.sign(statement, secretKey));
}

/** Whether `signature` is this identity's over exactly this statement. */
export function verifyStatement(identityKey: IdentityKey, statement: Uint8Array, signature: Uint8Array): boolean {
  try {
    return signature.length === 64 && ed25519.verify(signature, statement, identityKey, { zip215: false });
  } catch {
    // noble throws on signatures that are no encoding at all; to the caller both are "does not verify".
    return false;
  }
}
