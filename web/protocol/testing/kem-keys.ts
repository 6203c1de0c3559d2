/** ML-KEM-768 key pairs for tests, made at once. */
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import type { KemKeyPair, KemPublicKey, KemSeed } from "../kem.ts";
import type { RandomBytes } from "../keys.ts";

/** The same as `mlKem768.generateKeyPair`, without waiting; draws 64 bytes. */
export function kemKeyPair(randomBytes: RandomBytes): KemKeyPair {
  const seed = randomBytes(64) as KemSeed;
  return { publicKey: Uint8Array.from(ml_kem768.keygen(seed).publicKey) as KemPublicKey, seed };
}
