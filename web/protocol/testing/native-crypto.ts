/**
 * The primitives by Node's OpenSSL, called synchronously: the same functions as noble's and WebCrypto's, several times
 * as fast, for tests of a hundred thousand steps. native-crypto.test.ts shows that they are the same; that those are
 * right is for the vectors of keys.test.ts, kdf.test.ts and aead.test.ts to show.
 *
 *   vi.mock("@noble/curves/ed25519.js", async (importOriginal) => { ... withNativeX25519(await importOriginal()) });
 *   vi.stubGlobal("crypto", nativeCrypto);
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
  randomFillSync,
} from "node:crypto";
import type { Bytes } from "../bytes.ts";
import { hex } from "./hex.ts";

type NobleCurves = typeof import("@noble/curves/ed25519.js");

/** The key type of RFC 8037. */
const X25519 = { kty: "OKP", crv: "X25519" };

const MOST_REMEMBERED = 1_000;
const TAG_BYTES = 16;

/** noble's module with the two functions of `x25519` that the protocol calls exchanged. */
export function withNativeX25519(noble: NobleCurves): NobleCurves {
  return {
    ...noble,
    x25519: {
      ...noble.x25519,
      getPublicKey(secretKey) {
        const { x = "" } = createPublicKey(secretKeyOf(secretKey)).export({ format: "jwk" });
        return Uint8Array.from(Buffer.from(x, "base64url"));
      },
      getSharedSecret(secretKey, publicKey) {
        const theirs = createPublicKey({ format: "jwk", key: { ...X25519, x: base64url(publicKey) } });
        return Uint8Array.from(diffieHellman({ privateKey: secretKeyOf(secretKey), publicKey: theirs }));
      },
    },
  };
}

const remembered = new Map<string, KeyObject>();

/** OpenSSL computes the public half anew from `d`; the `x` that a private key's JWK must have is not looked at. */
function secretKeyOf(bytes: Uint8Array): KeyObject {
  const name = hex(bytes);
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const key = { ...X25519, x: base64url(new Uint8Array(32)), d: base64url(bytes) };
  const secretKey = createPrivateKey({ format: "jwk", key });
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(name, secretKey);
  return secretKey;
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

interface GcmParameters {
  readonly iv: Bytes;
  readonly additionalData: Bytes;
}

interface HkdfParameters {
  readonly salt: Bytes;
  readonly info: Bytes;
}

function hmac(key: Uint8Array, ...input: readonly Uint8Array[]): Bytes {
  return Uint8Array.from(createHmac("sha256", key).update(Buffer.concat(input)).digest());
}

/** RFC 5869 §2.2 and §2.3. */
function hkdf(key: Bytes, { salt, info }: HkdfParameters, length: number): Bytes {
  const expandKey = hmac(salt, key);
  const blocks: Bytes[] = [];
  for (let counter = 1; counter <= Math.ceil(length / 32); counter++) {
    blocks.push(hmac(expandKey, blocks.at(-1) ?? new Uint8Array(), info, Uint8Array.of(counter)));
  }
  return Uint8Array.from(Buffer.concat(blocks).subarray(0, length));
}

/** The part of WebCrypto's `subtle` that the protocol calls: HKDF and HMAC with SHA-256, SHA-256, AES-256-GCM. */
const nativeSubtle = {
  importKey: async (_format: "raw", key: Bytes): Promise<Bytes> => Uint8Array.from(key),

  deriveBits: async (parameters: HkdfParameters, key: Bytes, bits: number): Promise<Bytes> =>
    hkdf(key, parameters, bits / 8),

  sign: async (_algorithm: "HMAC", key: Bytes, input: Bytes): Promise<Bytes> => hmac(key, input),

  digest: async (_algorithm: "SHA-256", input: Bytes): Promise<Bytes> =>
    Uint8Array.from(createHash("sha256").update(input).digest()),

  async encrypt({ iv, additionalData }: GcmParameters, key: Bytes, plaintext: Bytes): Promise<Bytes> {
    const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(additionalData);
    return Uint8Array.from(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
  },

  async decrypt({ iv, additionalData }: GcmParameters, key: Bytes, sealed: Bytes): Promise<Bytes> {
    const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES }).setAAD(additionalData);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Uint8Array.from(Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]));
  },
};

/** `crypto` as the protocol and noble use it; for `vi.stubGlobal`. */
export const nativeCrypto = {
  subtle: nativeSubtle,
  getRandomValues: <Values extends Uint8Array>(values: Values): Values => randomFillSync(values),
};
