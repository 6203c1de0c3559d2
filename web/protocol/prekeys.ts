/**
 * Prekeys: the keys a device leaves at the relay so that others can begin while it is away (X3DH §3.2, PQXDH §3.2).
 *
 *   prekey id = SHA-256(type || public key), first 16 bytes
 *   type      = 0x01 signed, 0x02 one-time (both X25519), 0x03 one-time KEM, 0x04 last-resort KEM (both ML-KEM-768)
 *
 * so that there is nothing to count and nothing to reuse, and no key has the same id in two places.
 */
import { type Bytes, concat } from "./bytes.ts";
import { sha256 } from "./kdf.ts";
import type { KemPublicKey } from "./kem.ts";
import type { X25519PublicKey } from "./keys.ts";

export const PREKEY_ID_BYTES = 16;

/** The byte that stands for a type of prekey. */
export const PREKEY_TYPE = { signed: 0x01, "one-time": 0x02, "one-time-kem": 0x03, "last-resort-kem": 0x04 } as const;

/** Whether a KEM prekey is used once, or stands in when no other is left. */
export type KemPrekeyType = "one-time-kem" | "last-resort-kem";

/** The 16-byte id of a prekey of this type. */
export async function prekeyId(
  ...[type, publicKey]:
    | readonly [type: "signed" | "one-time", publicKey: X25519PublicKey]
    | readonly [type: KemPrekeyType, publicKey: KemPublicKey]
): Promise<Bytes> {
  const digest = await sha256(concat(Uint8Array.of(PREKEY_TYPE[type]), publicKey));
  return digest.slice(0, PREKEY_ID_BYTES);
}
