/**
 * Prekeys: the X25519 keys a device leaves at the relay so that others can begin while it is away (X3DH §3.1).
 *
 *   prekey id = SHA-256(type || public key), first 16 bytes; type is 0x01 for signed, 0x02 for one-time prekeys
 *
 * so that there is nothing to count and nothing to reuse.
 */
import { type Bytes, concat } from "./bytes.ts";
import { sha256 } from "./kdf.ts";
import type { X25519PublicKey } from "./keys.ts";

export const PREKEY_ID_BYTES = 16;

const TYPE = { signed: 0x01, "one-time": 0x02 } as const;

/** The 16-byte id of a prekey of this type. */
export async function prekeyId(type: keyof typeof TYPE, publicKey: X25519PublicKey): Promise<Bytes> {
  const digest = await sha256(concat(Uint8Array.of(TYPE[type]), publicKey));
  return digest.slice(0, PREKEY_ID_BYTES);
}
