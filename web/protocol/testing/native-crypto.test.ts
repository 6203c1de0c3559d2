import * as noble from "@noble/curves/ed25519.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { aes256Gcm } from "../aead.ts";
import { type Bytes, utf8 } from "../bytes.ts";
import { deriveMessageKey, hkdf, sha256 } from "../kdf.ts";
import { toChainKey } from "../keys.ts";
import { nativeCrypto, withNativeX25519 } from "./native-crypto.ts";
import { repeatableRandomBytes } from "./random.ts";
import { expectRejected, flipBit } from "./refusal.ts";

const randomBytes = repeatableRandomBytes("native crypto");
const native = withNativeX25519(noble).x25519;

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What `compute` returns over WebCrypto, and over OpenSSL. */
async function both<Value>(compute: () => Promise<Value>): Promise<readonly [Value, Value]> {
  const standard = await compute();
  vi.stubGlobal("crypto", nativeCrypto);
  const other = await compute();
  vi.unstubAllGlobals();
  return [standard, other];
}

describe("native crypto", () => {
  it("computes noble's X25519, and refuses a result of zeros as noble does", () => {
    for (let count = 0; count < 20; count++) {
      const ours = randomBytes(32);
      const theirs = noble.x25519.getPublicKey(randomBytes(32));
      expect(native.getPublicKey(ours)).toEqual(noble.x25519.getPublicKey(ours));
      expect(native.getSharedSecret(ours, theirs)).toEqual(noble.x25519.getSharedSecret(ours, theirs));
      expect(() => noble.x25519.getSharedSecret(ours, new Uint8Array(32))).toThrow();
      expect(() => native.getSharedSecret(ours, new Uint8Array(32))).toThrow();
    }
  });

  it("computes WebCrypto's HMAC, HKDF and SHA-256", async () => {
    const input = randomBytes(100);
    const chainKey = toChainKey(randomBytes(32));
    const derivation = { salt: randomBytes(32), inputKeyMaterial: input, info: utf8("info"), length: 64 };
    for (const compute of [() => sha256(input), () => hkdf(derivation), () => deriveMessageKey(chainKey)]) {
      const [standard, other] = await both<Bytes>(compute);
      expect(other).toEqual(standard);
    }
  });

  it("opens what WebCrypto seals with AES-256-GCM and nothing else, and the other way round", async () => {
    const [key, associatedData] = [randomBytes(32), utf8("associated data")];
    const draw = () => repeatableRandomBytes("nonce");
    const seal = () => aes256Gcm.seal({ key, plaintext: utf8("text"), associatedData, randomBytes: draw() });
    const [standard, other] = await both(seal);
    expect(other).toEqual(standard);
    const open = (ciphertext: Bytes) => aes256Gcm.open({ key, ciphertext, associatedData });
    expect(await both(() => open(standard))).toEqual([utf8("text"), utf8("text")]);
    await both(() => expectRejected(open(flipBit(standard, standard.length - 1)), "decryption-failed"));
  });
});
