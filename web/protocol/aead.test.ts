import { describe, expect, it } from "vitest";
import { aes256Gcm, NONCE_BYTES } from "./aead.ts";
import { concat, utf8 } from "./bytes.ts";
import { fromHex, hex } from "./testing/hex.ts";
import { repeatableRandomBytes, scriptRandomBytes } from "./testing/random.ts";
import { expectRejected, flipBit } from "./testing/refusal.ts";

const ZERO_KEY = "00".repeat(32);
const KEY = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
const PLAINTEXT =
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
const CIPHERTEXT =
  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";

// McGrew and Viega, "The Galois/Counter Mode of Operation" (as submitted to NIST), appendix B: the AES-256 cases with
// 96-bit initialization vectors.
const GCM_VECTORS = [
  {
    case: 13,
    key: ZERO_KEY,
    nonce: "00".repeat(12),
    plaintext: "",
    associatedData: "",
    ciphertext: "",
    tag: "530f8afbc74536b9a963b4f1c4cb738b",
  },
  {
    case: 14,
    key: ZERO_KEY,
    nonce: "00".repeat(12),
    plaintext: "00".repeat(16),
    associatedData: "",
    ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
    tag: "d0d1c8a799996bf0265b98b5d48ab919",
  },
  {
    case: 15,
    key: KEY,
    nonce: "cafebabefacedbaddecaf888",
    plaintext: PLAINTEXT,
    associatedData: "",
    ciphertext: CIPHERTEXT,
    tag: "b094dac5d93471bdec1a502270e3cc6c",
  },
  {
    case: 16,
    key: KEY,
    nonce: "cafebabefacedbaddecaf888",
    plaintext: PLAINTEXT.slice(0, 120),
    associatedData: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    ciphertext: CIPHERTEXT.slice(0, 120),
    tag: "76fc6ece0f4e1768cddf8853bb2d551b",
  },
];

describe("AES-256-GCM, the GCM specification's test cases", () => {
  it.each(GCM_VECTORS)("seals and opens case $case", async (vector) => {
    const script = scriptRandomBytes(fromHex(vector.nonce));
    const key = fromHex(vector.key);
    const associatedData = fromHex(vector.associatedData);
    const plaintext = fromHex(vector.plaintext);
    const sealed = await aes256Gcm.seal({ key, plaintext, associatedData, randomBytes: script.randomBytes });
    script.requireSpent();
    expect(hex(sealed)).toBe(vector.nonce + vector.ciphertext + vector.tag);
    expect(await aes256Gcm.open({ key, ciphertext: sealed, associatedData })).toEqual(plaintext);
  });
});

const key = repeatableRandomBytes("key")(32);
const associatedData = utf8("associated data");
const plaintext = utf8("a plaintext");

async function seal(draw: string) {
  return await aes256Gcm.seal({ key, plaintext, associatedData, randomBytes: repeatableRandomBytes(draw) });
}

describe("opening", () => {
  it("refuses a flipped bit in every byte of nonce, ciphertext and tag", async () => {
    const sealed = await seal("flipped");
    for (let index = 0; index < sealed.length; index++) {
      const ciphertext = flipBit(sealed, index);
      await expectRejected(aes256Gcm.open({ key, ciphertext, associatedData }), "decryption-failed");
    }
    expect(await aes256Gcm.open({ key, ciphertext: sealed, associatedData })).toEqual(plaintext);
  });

  it("refuses a flipped bit in every byte of the associated data, and other lengths of it", async () => {
    const ciphertext = await seal("associated data");
    for (let index = 0; index < associatedData.length; index++) {
      const other = flipBit(associatedData, index);
      await expectRejected(aes256Gcm.open({ key, ciphertext, associatedData: other }), "decryption-failed");
    }
    for (const other of [new Uint8Array(), associatedData.slice(1), concat(associatedData, Uint8Array.of(0))]) {
      await expectRejected(aes256Gcm.open({ key, ciphertext, associatedData: other }), "decryption-failed");
    }
  });

  it("refuses a flipped bit in every byte of the key", async () => {
    const ciphertext = await seal("other key");
    for (let index = 0; index < key.length; index++) {
      await expectRejected(
        aes256Gcm.open({ key: flipBit(key, index), ciphertext, associatedData }),
        "decryption-failed",
      );
    }
  });

  it("refuses every truncation and a byte too many", async () => {
    const sealed = await seal("truncated");
    for (let length = 0; length < sealed.length; length++) {
      const ciphertext = sealed.slice(0, length);
      await expectRejected(aes256Gcm.open({ key, ciphertext, associatedData }), "decryption-failed");
    }
    const longer = concat(sealed, Uint8Array.of(0));
    await expectRejected(aes256Gcm.open({ key, ciphertext: longer, associatedData }), "decryption-failed");
  });

  it("keeps the cause of a refusal", async () => {
    const ciphertext = flipBit(await seal("cause"), 0);
    const refusal = aes256Gcm.open({ key, ciphertext, associatedData });
    await expect(refusal).rejects.toHaveProperty("cause.name", "OperationError");
  });

  it("takes 28 bytes, a nonce and a tag, as the shortest ciphertext", async () => {
    const empty = new Uint8Array();
    const ciphertext = await aes256Gcm.seal({
      key,
      plaintext: empty,
      associatedData,
      randomBytes: repeatableRandomBytes("empty"),
    });
    expect(ciphertext).toHaveLength(28);
    expect(await aes256Gcm.open({ key, ciphertext, associatedData })).toEqual(empty);
  });
});

describe("sealing", () => {
  it("draws a fresh 96-bit nonce, so that the same key and plaintext never give the same bytes", async () => {
    const randomBytes = repeatableRandomBytes("nonces");
    const nonces = new Set<string>();
    for (let count = 0; count < 100; count++) {
      const sealed = await aes256Gcm.seal({ key, plaintext, associatedData, randomBytes });
      nonces.add(hex(sealed.subarray(0, NONCE_BYTES)));
    }
    expect(nonces.size).toBe(100);
  });

  it("refuses keys of another length than a WebCrypto AES key has", async () => {
    for (const length of [0, 31, 33]) {
      const short = new Uint8Array(length);
      const attempt = aes256Gcm.seal({ key: short, plaintext, associatedData, randomBytes: repeatableRandomBytes("") });
      await expect(attempt).rejects.toThrow();
    }
  });
});
