/**
 * ML-KEM-768 (FIPS 203), the post-quantum part of PQXDH.
 *
 *   key pair from a 64-byte seed d || z (§6.1)    encapsulation from 32 bytes m (§6.2)    decapsulation (§6.3)
 *
 * after the input checks of §7.2 for public keys and of §7.3 for ciphertexts, which `toPublicKey` and `toCiphertext`
 * are. The seed is what is kept: the decapsulation key of 2,400 bytes follows from it. Decapsulation never fails: a
 * ciphertext that was made for another key gives another secret, and the message then does not verify.
 *
 * The computing part is asynchronous, as WebCrypto's would be, and its code is fetched when it is first needed: an app
 * that opens conversations begun before does without it.
 */
import { type Branded, mint } from "./branded-bytes.ts";
import type { RandomBytes } from "./keys.ts";
import { ProtocolError } from "./protocol-error.ts";

/** ek, 1,184 bytes. */
export type KemPublicKey = Branded<"KemPublicKey">;
/** d || z, 64 bytes. */
export type KemSeed = Branded<"KemSeed">;
/** c, 1,088 bytes. */
export type KemCiphertext = Branded<"KemCiphertext">;
/** K, 32 bytes: SS of PQXDH §3.3. */
export type KemSharedSecret = Branded<"KemSharedSecret">;

export interface KemKeyPair {
  readonly publicKey: KemPublicKey;
  readonly seed: KemSeed;
}

/** The key encapsulation mechanism of a suite. */
export interface Kem {
  /** Accepts a public key from outside. Throws `key-invalid` (FIPS 203 §7.2: type and modulus check). */
  toPublicKey(bytes: Uint8Array): KemPublicKey;
  /** Accepts a ciphertext from outside by its length. Throws `message-malformed` (FIPS 203 §7.3). */
  toCiphertext(bytes: Uint8Array): KemCiphertext;
  readonly ciphertextBytes: number;
  /** Draws 64 bytes (FIPS 203 §7.1). This and the next two reject with KemUnavailableError. */
  generateKeyPair(randomBytes: RandomBytes): Promise<KemKeyPair>;
  /** Draws 32 bytes (FIPS 203 §7.2). */
  encapsulate(
    publicKey: KemPublicKey,
    randomBytes: RandomBytes,
  ): Promise<{ readonly ciphertext: KemCiphertext; readonly sharedSecret: KemSharedSecret }>;
  /** FIPS 203 §7.3, with the decapsulation key made from its seed. */
  decapsulate(seed: KemSeed, ciphertext: KemCiphertext): Promise<KemSharedSecret>;
}

/**
 * The code of ML-KEM could not be fetched, which says nothing about any key or message: nothing has changed, and the same
 * call may succeed later. No ProtocolError, since what meets one of those is never tried again.
 */
export class KemUnavailableError extends Error {
  override readonly name = "KemUnavailableError";
}

type MlKem = typeof import("@noble/post-quantum/ml-kem.js")["ml_kem768"];

/** Fetches the code of ML-KEM, if it is not there yet. Rejects with KemUnavailableError. */
async function loadMlKem768(): Promise<MlKem> {
  try {
    return (await import("@noble/post-quantum/ml-kem.js")).ml_kem768;
  } catch (cause) {
    throw new KemUnavailableError("the code of ml-kem-768 could not be fetched", { cause });
  }
}

/** Whether the code of ML-KEM is there, fetching it if it is not: to know before what must not be left half done. */
export async function isMlKem768There(): Promise<boolean> {
  return await loadMlKem768().then(
    () => true,
    () => false,
  );
}

const PUBLIC_KEY_BYTES = 1184;
const CIPHERTEXT_BYTES = 1088;
const SEED_BYTES = 64;
const MESSAGE_BYTES = 32;
const SHARED_SECRET_BYTES = 32;
/** Coefficients are below q and are written in 12 bits each; the last 32 bytes are the seed of the matrix. */
const MODULUS = 3329;
const MATRIX_SEED_BYTES = 32;

export const mlKem768: Kem = {
  toPublicKey(bytes) {
    const publicKey = mint<KemPublicKey>("kem public key", bytes, PUBLIC_KEY_BYTES);
    if (!isReduced(publicKey.subarray(0, PUBLIC_KEY_BYTES - MATRIX_SEED_BYTES))) {
      throw new ProtocolError("key-invalid", "kem public key must have coefficients below the modulus");
    }
    return publicKey;
  },

  toCiphertext(bytes) {
    if (bytes.length !== CIPHERTEXT_BYTES) {
      throw new ProtocolError(
        "message-malformed",
        `kem ciphertext must be ${CIPHERTEXT_BYTES} bytes, got ${bytes.length}`,
      );
    }
    return mint<KemCiphertext>("kem ciphertext", bytes, CIPHERTEXT_BYTES);
  },

  ciphertextBytes: CIPHERTEXT_BYTES,

  async generateKeyPair(randomBytes) {
    const mlKem = await loadMlKem768();
    const seed = mint<KemSeed>("kem seed", randomBytes(SEED_BYTES), SEED_BYTES);
    const { publicKey } = mlKem.keygen(seed);
    return { publicKey: mint<KemPublicKey>("kem public key", publicKey, PUBLIC_KEY_BYTES), seed };
  },

  async encapsulate(publicKey, randomBytes) {
    const mlKem = await loadMlKem768();
    const message = randomBytes(MESSAGE_BYTES);
    const { cipherText, sharedSecret } = mlKem.encapsulate(publicKey, message);
    return {
      ciphertext: mint<KemCiphertext>("kem ciphertext", cipherText, CIPHERTEXT_BYTES),
      sharedSecret: mint<KemSharedSecret>("kem shared secret", sharedSecret, SHARED_SECRET_BYTES),
    };
  },

  async decapsulate(seed, ciphertext) {
    const mlKem = await loadMlKem768();
    const { secretKey } = mlKem.keygen(seed);
    const sharedSecret = mlKem.decapsulate(ciphertext, secretKey);
    return mint<KemSharedSecret>("kem shared secret", sharedSecret, SHARED_SECRET_BYTES);
  },
};

/** Whether every 12-bit coefficient, two in three bytes (ByteDecode of FIPS 203 §4.2.1), is below the modulus. */
function isReduced(encoded: Uint8Array): boolean {
  for (let at = 0; at < encoded.length; at += 3) {
    const [low = 0, middle = 0, high = 0] = encoded.subarray(at, at + 3);
    const first = low | ((middle & 0x0f) << 8);
    const second = (middle >> 4) | (high << 4);
    if (first >= MODULUS || second >= MODULUS) return false;
  }
  return true;
}
