/** A suite that watches what is encrypted with it, and checks no public key twice. */
import type { Bytes } from "../../protocol/bytes.ts";
import type { X25519PublicKey } from "../../protocol/keys.ts";
import type { Suite } from "../../protocol/suite.ts";
import { hex } from "../../protocol/testing/hex.ts";

/** Thrown when an AES key is used with the same nonce twice. */
export class NonceRepeated extends Error {
  override readonly name = "NonceRepeated";
}

const NONCE_BYTES = 12;
const RATCHET_KEY_BYTES = 32;

/** The suite with an AEAD that throws NonceRepeated, whether or not the message was ever sent. */
export function observeSuite(suite: Suite): Suite {
  const used = new Set<string>();
  const ratchetKeys = new Map<string, X25519PublicKey>();
  const { keyEncoding } = suite;
  return {
    ...suite,
    keyEncoding: {
      ...keyEncoding,
      decodeIdentityKey: remember(keyEncoding.decodeIdentityKey),
      decodePublicKey: remember(keyEncoding.decodePublicKey),
    },
    aead: {
      ...suite.aead,
      async seal(input) {
        const ciphertext = await suite.aead.seal(input);
        const pair = `${hex(input.key)} ${hex(ciphertext.subarray(0, NONCE_BYTES))}`;
        if (used.has(pair)) throw new NonceRepeated("an aes key was used with the same nonce twice");
        used.add(pair);
        return ciphertext;
      },
    },
    // The check of a ratchet key costs more than all the rest of a message; a key that was made here needs none.
    encodeHeader(header) {
      ratchetKeys.set(hex(header.ratchetKey), header.ratchetKey);
      return suite.encodeHeader(header);
    },
    decodeHeader(bytes) {
      const ratchetKey = ratchetKeys.get(hex(bytes.subarray(0, RATCHET_KEY_BYTES)));
      if (ratchetKey === undefined || bytes.length !== RATCHET_KEY_BYTES + 8) return suite.decodeHeader(bytes);
      const numbers = new DataView(bytes.buffer, bytes.byteOffset + RATCHET_KEY_BYTES, 8);
      return { ratchetKey, previousChainLength: numbers.getUint32(0), messageNumber: numbers.getUint32(4) };
    },
  };
}

function remember<Key>(decode: (encoded: Bytes) => Key): (encoded: Bytes) => Key {
  const decoded = new Map<string, Key>();
  return (encoded) => {
    const name = hex(encoded);
    const key = decoded.get(name) ?? decode(encoded);
    decoded.set(name, key);
    return key;
  };
}
