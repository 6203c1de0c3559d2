/**
 * What an identity key signs besides its manifest: one-time KEM prekeys, each by itself since each is handed out by
 * itself, and the identity key that takes its own place.
 *
 *   one-time KEM prekey: lp("sotto/kem-prekey/v1") || lp(username) || uint32(device) || uint8(0x03) || lp(public key)
 *   identity change:     lp("sotto/identity-change/v1") || lp(username)
 *                        || previous identity key (32) || identity key (32)
 *
 * lp(x) is uint16(length) || x; numbers are big-endian. Signatures are made and checked elsewhere.
 */
import { type Bytes, concat, lengthPrefixed, uint32, utf8 } from "./bytes.ts";
import { PREKEY_TYPE } from "./keys.ts";

export interface KemPrekeyFields {
  readonly username: string;
  /** Device number, from 1. */
  readonly device: number;
  /** ML-KEM-768 public key, 1184 bytes. */
  readonly publicKey: Uint8Array;
}

/** What the identity key signs for a one-time KEM prekey of one of its devices (PQXDH §3.2). */
export function kemPrekeyStatement({ username, device, publicKey }: KemPrekeyFields): Bytes {
  return concat(
    lengthPrefixed(utf8("sotto/kem-prekey/v1")),
    lengthPrefixed(utf8(username)),
    uint32(device),
    Uint8Array.of(PREKEY_TYPE.oneTimeKem),
    lengthPrefixed(publicKey),
  );
}

export interface IdentityChangeFields {
  readonly username: string;
  /** Ed25519 public key, 32 bytes: the one that signs. */
  readonly previousIdentityKey: Uint8Array;
  /** Ed25519 public key, 32 bytes: the one that owns the name from now on. */
  readonly identityKey: Uint8Array;
}

/** What the previous identity key signs to hand its name on. */
export function identityChangeStatement(fields: IdentityChangeFields): Bytes {
  return concat(
    lengthPrefixed(utf8("sotto/identity-change/v1")),
    lengthPrefixed(utf8(fields.username)),
    fields.previousIdentityKey,
    fields.identityKey,
  );
}
