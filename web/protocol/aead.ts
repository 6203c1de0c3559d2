/**
 * Authenticated encryption with associated data: AES-256-GCM (NIST SP 800-38D) with a 16-byte tag, on WebCrypto.
 *
 * Deviation: Double Ratchet §7.2 derives the nonce from the message key. Here it is random and travels with the
 * message, so that a device put back to an older state cannot repeat a (key, nonce) pair with another plaintext.
 */
import { type Bytes, concat } from "./bytes.ts";
import type { RandomBytes } from "./keys.ts";
import { ProtocolError } from "./protocol-error.ts";

export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** How a suite turns 32 derived key bytes, a plaintext and associated data into ciphertext, and back. */
export interface Aead {
  /** Bytes of key that `seal` and `open` take. */
  readonly keyBytes: number;
  seal(input: {
    readonly key: Bytes;
    readonly plaintext: Bytes;
    readonly associatedData: Bytes;
    readonly randomBytes: RandomBytes;
  }): Promise<Bytes>;
  /** Throws `decryption-failed`. */
  open(input: { readonly key: Bytes; readonly ciphertext: Bytes; readonly associatedData: Bytes }): Promise<Bytes>;
}

/** The ciphertext is nonce (12) || encrypted bytes || tag (16). */
export const aes256Gcm: Aead = {
  keyBytes: 32,

  async seal({ key, plaintext, associatedData, randomBytes }) {
    const nonce = randomBytes(NONCE_BYTES);
    const cryptoKey = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
    const parameters = { name: "AES-GCM", iv: nonce, additionalData: associatedData };
    return concat(nonce, new Uint8Array(await crypto.subtle.encrypt(parameters, cryptoKey, plaintext)));
  },

  async open({ key, ciphertext, associatedData }) {
    if (ciphertext.length < NONCE_BYTES + TAG_BYTES) {
      throw new ProtocolError(
        "decryption-failed",
        `ciphertext must be at least ${NONCE_BYTES + TAG_BYTES} bytes, got ${ciphertext.length}`,
      );
    }
    const cryptoKey = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
    const parameters = { name: "AES-GCM", iv: ciphertext.slice(0, NONCE_BYTES), additionalData: associatedData };
    try {
      return new Uint8Array(await crypto.subtle.decrypt(parameters, cryptoKey, ciphertext.slice(NONCE_BYTES)));
    } catch (cause) {
      throw new ProtocolError("decryption-failed", "message does not verify", { cause });
    }
  },
};
