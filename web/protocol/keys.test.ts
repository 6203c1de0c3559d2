import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import {
  diffieHellman,
  generateDeviceKeyPair,
  generateIdentityKeyPair,
  generateX25519KeyPair,
  identityKeyToX25519,
  identityToX25519,
  toChainKey,
  toIdentityKey,
  toMessageKey,
  toRootKey,
  toSharedSecret,
  toX25519PublicKey,
} from "./keys.ts";
import { fromHex, hex } from "./testing/hex.ts";
import { repeatableRandomBytes, scriptRandomBytes } from "./testing/random.ts";
import { expectThrown } from "./testing/refusal.ts";

describe("X25519, RFC 7748", () => {
  // §5.2. The second input has its high bit set, which X25519 ignores and our key check refuses; the first is no point
  // of the prime-order group: both go to the same noble call that diffieHellman makes.
  it.each([
    [
      "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ],
    [
      "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ],
  ])("computes the vector of §5.2 for scalar %s", (scalar, u, expected) => {
    expect(hex(x25519.getSharedSecret(fromHex(scalar), fromHex(u)))).toBe(expected);
  });

  it("computes the iterated vectors of §5.2 for 1 and 1,000 iterations", () => {
    let scalar: Uint8Array = fromHex("0900000000000000000000000000000000000000000000000000000000000000");
    let u = scalar;
    for (let iteration = 1; iteration <= 1000; iteration++) {
      const result = x25519.getSharedSecret(scalar, u);
      u = scalar;
      scalar = result;
      if (iteration === 1) {
        expect(hex(scalar)).toBe("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
      }
    }
    expect(hex(scalar)).toBe("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
  });

  it("computes the exchange of §6.1 through our functions", () => {
    const ours = scriptRandomBytes(fromHex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
    const theirs = scriptRandomBytes(fromHex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
    const ourKeyPair = generateX25519KeyPair(ours.randomBytes);
    const theirKeyPair = generateX25519KeyPair(theirs.randomBytes);
    ours.requireSpent();
    theirs.requireSpent();
    expect(hex(ourKeyPair.publicKey)).toBe("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    expect(hex(theirKeyPair.publicKey)).toBe("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    expect(hex(diffieHellman(ourKeyPair.secretKey, toX25519PublicKey(theirKeyPair.publicKey)))).toBe(shared);
    expect(hex(diffieHellman(theirKeyPair.secretKey, toX25519PublicKey(ourKeyPair.publicKey)))).toBe(shared);
  });
});

describe("identity keys in Montgomery form, RFC 7748 §4.1", () => {
  it("agree between the secret side and the public side", () => {
    const randomBytes = repeatableRandomBytes("conversion");
    for (let count = 0; count < 16; count++) {
      const identity = generateIdentityKeyPair(randomBytes);
      const converted = identityToX25519(identity);
      expect(converted.publicKey).toEqual(identityKeyToX25519(identity.publicKey));
      expect(Uint8Array.from(x25519.getPublicKey(converted.secretKey))).toEqual(converted.publicKey);
      expect(toX25519PublicKey(converted.publicKey)).toEqual(converted.publicKey);
    }
  });

  it("are the base point 9 for the Ed25519 base point", () => {
    const base = toIdentityKey(ed25519.Point.BASE.toBytes());
    expect(hex(identityKeyToX25519(base))).toBe(`09${"00".repeat(31)}`);
  });

  it("are the same for a point and its negative, which is why sessions name the Ed25519 form", () => {
    const { publicKey } = generateIdentityKeyPair(repeatableRandomBytes("negative"));
    const negative = toIdentityKey(ed25519.Point.fromBytes(publicKey).negate().toBytes());
    expect(negative).not.toEqual(publicKey);
    expect(identityKeyToX25519(negative)).toEqual(identityKeyToX25519(publicKey));
  });
});

describe("key pairs", () => {
  it("draw exactly 32 bytes each", () => {
    for (const generate of [generateIdentityKeyPair, generateDeviceKeyPair, generateX25519KeyPair]) {
      const script = scriptRandomBytes(new Uint8Array(32).fill(1));
      generate(script.randomBytes);
      script.requireSpent();
    }
  });

  it("hold the secret that was drawn and the public key that belongs to it", () => {
    const seed = new Uint8Array(32).fill(7);
    for (const generate of [generateIdentityKeyPair, generateDeviceKeyPair]) {
      expect(generate(() => seed)).toEqual({ secretKey: seed, publicKey: ed25519.getPublicKey(seed) });
    }
    expect(generateX25519KeyPair(() => seed)).toEqual({ secretKey: seed, publicKey: x25519.getPublicKey(seed) });
  });

  it("are refused when the random source answers with 31 or 33 bytes", () => {
    for (const length of [31, 33]) {
      for (const generate of [generateIdentityKeyPair, generateDeviceKeyPair, generateX25519KeyPair]) {
        expectThrown(() => generate(() => new Uint8Array(length)), "key-invalid");
      }
    }
  });

  it("copy the bytes they are made of, so that a caller may wipe its own", () => {
    const seed = new Uint8Array(32).fill(5);
    const { secretKey } = generateX25519KeyPair(() => seed);
    seed.fill(0);
    expect(secretKey).toEqual(new Uint8Array(32).fill(5));
  });
});

describe("symmetric keys", () => {
  it.each([
    ["shared secret", toSharedSecret],
    ["root key", toRootKey],
    ["chain key", toChainKey],
    ["message key", toMessageKey],
  ])("a %s is 32 bytes, not 31 or 33", (_name, mint) => {
    expect(mint(new Uint8Array(32))).toHaveLength(32);
    for (const length of [0, 31, 33]) expectThrown(() => mint(new Uint8Array(length)), "key-invalid");
  });
});
