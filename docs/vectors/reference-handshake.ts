/**
 * X3DH, and PQXDH where the inputs have a KEM's part, once more, straight from the papers on node:crypto, with the KEM
 * of @noble/post-quantum since node:crypto has none. Not for use: it checks no keys.
 */
import { createHash } from "node:crypto";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import type { HandshakeInputs } from "./compute-x3dh.ts";
import { dh, hkdf, identityX25519, lp, publicKeyOf, uint32, type Version } from "./reference.ts";
import { bytes } from "./reference-files.ts";

export function sha256(...parts: readonly Buffer[]): Buffer {
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}

export function uint64(value: number): Buffer {
  const encoded = Buffer.alloc(8);
  encoded.writeBigUInt64BE(BigInt(value));
  return encoded;
}

/** `type` is 1 for signed, 2 for one-time, 3 for one-time KEM and 4 for last-resort KEM prekeys. */
export function prekeyId(type: number, publicKey: Buffer): Buffer {
  return sha256(Buffer.of(type), publicKey).subarray(0, 16);
}

/** The encapsulation key of a 64-byte seed. */
export function kemPublicKey(seed: string): Buffer {
  return Buffer.from(ml_kem768.keygen(bytes(seed)).publicKey);
}

/** The KEM's part, by the initiator with the public key and by the responder with the seed, who must agree. */
function encapsulate(kem: NonNullable<HandshakeInputs["kem"]>) {
  const { oneTimePrekeySeed, lastResortPrekeySeed, encapsulationRandomness } = kem;
  const seed = oneTimePrekeySeed ?? lastResortPrekeySeed;
  const publicKey = kemPublicKey(seed);
  const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, bytes(encapsulationRandomness));
  const theirs = ml_kem768.decapsulate(cipherText, ml_kem768.keygen(bytes(seed)).secretKey);
  if (!Buffer.from(sharedSecret).equals(theirs)) throw new Error("the two sides have other secrets");
  return {
    type: oneTimePrekeySeed === null ? 4 : 3,
    publicKey,
    ciphertext: Buffer.from(cipherText),
    secret: Buffer.from(sharedSecret),
  };
}

/** The handshake from the inputs alone, by the initiator's secret keys and the responder's public ones. */
export function handshake(inputs: HandshakeInputs) {
  const { initiator, responder, ephemeralSecretKey, generation } = inputs;
  const version: Version = inputs.kem === undefined ? 1 : 2;
  const [seedA, seedB] = [bytes(initiator.identitySecretKey), bytes(responder.identitySecretKey)];
  const [identityKeyA, identityKeyB] = [publicKeyOf("ed25519", seedA), publicKeyOf("ed25519", seedB)];
  const identityB = publicKeyOf("x25519", identityX25519(seedB));
  const signedPrekey = publicKeyOf("x25519", bytes(responder.signedPrekeySecretKey));
  const secret = responder.oneTimePrekeySecretKey;
  const oneTimePrekey = secret === null ? null : publicKeyOf("x25519", bytes(secret));
  const ephemeral = bytes(ephemeralSecretKey);
  const ephemeralKey = publicKeyOf("x25519", ephemeral);
  const results = [dh(identityX25519(seedA), signedPrekey), dh(ephemeral, identityB), dh(ephemeral, signedPrekey)];
  if (oneTimePrekey !== null) results.push(dh(ephemeral, oneTimePrekey));
  const kem = inputs.kem === undefined ? null : encapsulate(inputs.kem);
  const party = (username: string, device: number, key: Buffer) =>
    Buffer.concat([lp(username), uint32(device), lp(key)]);
  const info = Buffer.concat([
    lp(version === 1 ? "sotto/x3dh/v1" : "sotto/pqxdh/v2"),
    party(initiator.username, initiator.device, identityKeyA),
    party(responder.username, responder.device, identityKeyB),
    lp(signedPrekey),
    lp(oneTimePrekey ?? Buffer.alloc(0)),
    lp(ephemeralKey),
    ...(kem === null ? [] : [Buffer.of(kem.type), lp(sha256(kem.publicKey)), lp(sha256(kem.ciphertext))]),
  ]);
  const keyMaterial = Buffer.concat([Buffer.alloc(32, 0xff), ...results, ...(kem === null ? [] : [kem.secret])]);
  const initialHeader = Buffer.concat([
    identityKeyA,
    ephemeralKey,
    prekeyId(1, signedPrekey),
    oneTimePrekey === null ? Buffer.of(0) : Buffer.concat([Buffer.of(1), prekeyId(2, oneTimePrekey)]),
    ...(kem === null ? [] : [prekeyId(kem.type, kem.publicKey), kem.ciphertext]),
    uint64(generation),
  ]);
  return {
    version,
    results,
    kem,
    keyMaterial,
    info,
    sharedSecret: hkdf(Buffer.alloc(32), keyMaterial, info, 32),
    associatedData: Buffer.concat([
      identityKeyA,
      identityKeyB,
      lp(initiator.username),
      uint32(initiator.device),
      lp(responder.username),
      uint32(responder.device),
    ]),
    initialHeader,
    transcriptHash: sha256(initialHeader),
    signedPrekey,
  };
}
