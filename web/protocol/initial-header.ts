/**
 * The initial header: what the responder needs to compute the same handshake (X3DH §3.3, PQXDH §3.3).
 *
 *   identity key || ephemeral key || signed prekey id (16) || uint8(0 or 1) || [one-time prekey id (16)]
 *   || [suite with a KEM: KEM prekey id (16) || ciphertext] || uint64(generation)
 *
 * Keys are in the suite's encoding. One header has one spelling: its length follows from the suite and the flag.
 */
import { type Bytes, concat, uint64 } from "./bytes.ts";
import type { KemCiphertext } from "./kem.ts";
import type { IdentityKey, X25519PublicKey } from "./keys.ts";
import { PREKEY_ID_BYTES } from "./prekeys.ts";
import { ProtocolError } from "./protocol-error.ts";
import type { Suite } from "./suite.ts";

export interface InitialHeader {
  readonly identityKey: IdentityKey;
  readonly ephemeralKey: X25519PublicKey;
  readonly signedPrekeyId: Bytes;
  readonly oneTimePrekeyId: Bytes | null;
  /** null in a suite without a KEM. */
  readonly kem: { readonly prekeyId: Bytes; readonly ciphertext: KemCiphertext } | null;
  /** Orders the sessions of two people: the highest one sends. */
  readonly generation: number;
}

const GENERATION_BYTES = 8;

/**
 * The header's bytes: 89 without and 105 with a one-time prekey in version 1, 1193 and 1209 in version 2. `generation`
 * is a safe integer.
 */
export function encodeInitialHeader(suite: Suite, header: InitialHeader): Bytes {
  const { identityKey, ephemeralKey, signedPrekeyId, oneTimePrekeyId, kem, generation } = header;
  return concat(
    suite.keyEncoding.encode(identityKey),
    suite.keyEncoding.encode(ephemeralKey),
    signedPrekeyId,
    oneTimePrekeyId === null ? Uint8Array.of(0) : concat(Uint8Array.of(1), oneTimePrekeyId),
    kem === null ? new Uint8Array() : concat(kem.prekeyId, kem.ciphertext),
    uint64(generation),
  );
}

/** Throws `message-malformed`, or `key-invalid` for keys no honest device can have made. */
export function decodeInitialHeader(suite: Suite, bytes: Bytes): InitialHeader {
  const { keyEncoding, kem } = suite;
  const flagAt = 2 * keyEncoding.bytes + PREKEY_ID_BYTES;
  const flag = bytes[flagAt];
  const kemAt = flagAt + 1 + (flag === 1 ? PREKEY_ID_BYTES : 0);
  const generationAt = kemAt + (kem === null ? 0 : PREKEY_ID_BYTES + kem.ciphertextBytes);
  const expected = generationAt + GENERATION_BYTES;
  if (bytes.length !== expected) {
    throw new ProtocolError("message-malformed", `initial header must be ${expected} bytes, got ${bytes.length}`);
  }
  if (flag !== 0 && flag !== 1) {
    throw new ProtocolError("message-malformed", `flag of the one-time prekey must be 0 or 1, got ${flag}`);
  }
  const ciphertextAt = kemAt + PREKEY_ID_BYTES;
  return {
    identityKey: keyEncoding.decodeIdentityKey(bytes.slice(0, keyEncoding.bytes)),
    ephemeralKey: keyEncoding.decodePublicKey(bytes.slice(keyEncoding.bytes, 2 * keyEncoding.bytes)),
    signedPrekeyId: bytes.slice(flagAt - PREKEY_ID_BYTES, flagAt),
    oneTimePrekeyId: flag === 1 ? bytes.slice(flagAt + 1, kemAt) : null,
    kem:
      kem === null
        ? null
        : {
            prekeyId: bytes.slice(kemAt, ciphertextAt),
            ciphertext: kem.toCiphertext(bytes.slice(ciphertextAt, generationAt)),
          },
    generation: decodeGeneration(bytes.slice(generationAt)),
  };
}

function decodeGeneration(bytes: Bytes): number {
  const generation = new DataView(bytes.buffer, bytes.byteOffset, GENERATION_BYTES).getBigUint64(0);
  if (generation > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ProtocolError("message-malformed", `generation must be below 2^53, got ${generation}`);
  }
  return Number(generation);
}
