import { hkdf as nobleHkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { utf8 } from "./bytes.ts";
import { deriveMessageKey, deriveNextChainKey, deriveRootKey, hkdf, sha256 } from "./kdf.ts";
import { diffieHellman, generateX25519KeyPair, toChainKey, toRootKey } from "./keys.ts";
import { fromHex, hex } from "./testing/hex.ts";
import { repeatableRandomBytes } from "./testing/random.ts";

/** The bytes first, first + 1, ... last. */
function range(first: number, last: number) {
  return Uint8Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe("HKDF-SHA-256, RFC 5869 appendix A", () => {
  it("computes A.1", async () => {
    const output = await hkdf({
      salt: range(0x00, 0x0c),
      inputKeyMaterial: new Uint8Array(22).fill(0x0b),
      info: range(0xf0, 0xf9),
      length: 42,
    });
    expect(hex(output)).toBe("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  });

  it("computes A.2, with longer inputs and outputs", async () => {
    const output = await hkdf({
      salt: range(0x60, 0xaf),
      inputKeyMaterial: range(0x00, 0x4f),
      info: range(0xb0, 0xff),
      length: 82,
    });
    expect(hex(output)).toBe(
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09" +
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    );
  });

  it("computes A.3, with zero-length salt and info", async () => {
    const output = await hkdf({
      salt: new Uint8Array(),
      inputKeyMaterial: new Uint8Array(22).fill(0x0b),
      info: new Uint8Array(),
      length: 42,
    });
    expect(hex(output)).toBe("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  });

  it("gives up to 8,160 bytes (RFC 5869 §2.3) and refuses 8,161", async () => {
    const options = { salt: new Uint8Array(32), inputKeyMaterial: new Uint8Array(32), info: new Uint8Array() };
    expect(await hkdf({ ...options, length: 8159 })).toHaveLength(8159);
    expect(await hkdf({ ...options, length: 8160 })).toHaveLength(8160);
    await expect(hkdf({ ...options, length: 8161 })).rejects.toThrow();
  });
});

describe("HMAC-SHA-256, RFC 4231, by the WebCrypto call that KDF_CK makes", () => {
  it.each([
    [
      "4.2",
      new Uint8Array(20).fill(0x0b),
      utf8("Hi There"),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ],
    [
      "4.3",
      utf8("Jefe"),
      utf8("what do ya want for nothing?"),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    [
      "4.4",
      new Uint8Array(20).fill(0xaa),
      new Uint8Array(50).fill(0xdd),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ],
    [
      "4.5",
      range(0x01, 0x19),
      new Uint8Array(50).fill(0xcd),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ],
    [
      "4.7",
      new Uint8Array(131).fill(0xaa),
      utf8("Test Using Larger Than Block-Size Key - Hash Key First"),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ],
  ])("computes §%s", async (_section, key, message, expected) => {
    const cryptoKey = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    expect(hex(new Uint8Array(await crypto.subtle.sign("HMAC", cryptoKey, message)))).toBe(expected);
    expect(hex(hmac(nobleSha256, key, message))).toBe(expected);
  });
});

describe("SHA-256, FIPS 180-4", () => {
  it("computes the digests of nothing and of abc", async () => {
    expect(hex(await sha256(new Uint8Array()))).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    expect(hex(await sha256(utf8("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});

describe("KDF_CK and KDF_RK, Double Ratchet §5.2", () => {
  const chainKey = toChainKey(fromHex("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"));

  it("a message key is HMAC(CK, 0x01) and the next chain key HMAC(CK, 0x02)", async () => {
    expect(await deriveMessageKey(chainKey)).toEqual(Uint8Array.from(hmac(nobleSha256, chainKey, Uint8Array.of(1))));
    expect(await deriveNextChainKey(chainKey)).toEqual(Uint8Array.from(hmac(nobleSha256, chainKey, Uint8Array.of(2))));
  });

  it("KDF_RK is HKDF with the root key as salt, split in root key and chain key", async () => {
    const randomBytes = repeatableRandomBytes("kdf_rk");
    const ours = generateX25519KeyPair(randomBytes);
    const theirs = generateX25519KeyPair(randomBytes);
    const result = diffieHellman(ours.secretKey, theirs.publicKey);
    const rootKey = toRootKey(new Uint8Array(32).fill(3));
    const derived = await deriveRootKey(rootKey, result, utf8("an info"));
    const expected = Uint8Array.from(nobleHkdf(nobleSha256, result, rootKey, utf8("an info"), 64));
    expect(derived.rootKey).toEqual(expected.slice(0, 32));
    expect(derived.chainKey).toEqual(expected.slice(32));
  });

  it("depends on the root key, the Diffie-Hellman result and the info", async () => {
    const randomBytes = repeatableRandomBytes("kdf_rk inputs");
    const ours = generateX25519KeyPair(randomBytes);
    const results = [1, 2].map(() => diffieHellman(ours.secretKey, generateX25519KeyPair(randomBytes).publicKey));
    const seen = new Set<string>();
    for (const result of results) {
      for (const fill of [3, 4]) {
        for (const info of ["one", "two"]) {
          const derived = await deriveRootKey(toRootKey(new Uint8Array(32).fill(fill)), result, utf8(info));
          seen.add(hex(derived.rootKey)).add(hex(derived.chainKey));
        }
      }
    }
    expect(seen.size).toBe(16);
  });
});
