import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { isEd25519PublicKey, isX25519PublicKey, verifyQuickly, verifyStatement } from "./public-keys.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

/** RFC 8032 §7.1, TEST 3. */
const rfc8032 = {
  publicKey: hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"),
  signed: hex("af82"),
  signature: hex(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac" +
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ),
};

/** Encodings of small-order u-coordinates, and of others not below the prime (RFC 7748 §5). */
const BAD_U = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
  "ff".repeat(32),
];

describe("public keys", () => {
  it("that honest devices make are accepted", () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const secretKey = new Uint8Array(32).fill(seed);
      expect(isEd25519PublicKey(ed25519.getPublicKey(secretKey))).toBe(true);
      expect(isX25519PublicKey(x25519.getPublicKey(secretKey))).toBe(true);
    }
    expect(isX25519PublicKey(hex(`09${"00".repeat(31)}`))).toBe(true);
  });

  it("for X25519 are refused when small-order, not canonical or of the wrong length", () => {
    for (const u of BAD_U) expect(isX25519PublicKey(hex(u)), u).toBe(false);
    const honest = x25519.getPublicKey(new Uint8Array(32).fill(1));
    expect(isX25519PublicKey(honest.slice(1))).toBe(false);
    expect(isX25519PublicKey(Uint8Array.of(...honest, 0))).toBe(false);
  });

  it("for Ed25519 are refused when small-order, torsioned, not canonical, off the curve or of the wrong length", () => {
    const orderTwo = ed25519.Point.fromBytes(hex(`ec${"ff".repeat(30)}7f`));
    const honest = ed25519.Point.BASE.multiply(5n);
    const bad = [
      hex("00".repeat(32)),
      hex(`01${"00".repeat(31)}`),
      hex(`01${"00".repeat(30)}80`),
      hex(`ec${"ff".repeat(30)}7f`),
      hex(`ee${"ff".repeat(30)}7f`),
      hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
      hex(`02${"00".repeat(31)}`),
      honest.add(orderTwo).toBytes(),
      honest.toBytes().slice(1),
      Uint8Array.of(...honest.toBytes(), 0),
    ];
    for (const key of bad) expect(isEd25519PublicKey(key), Buffer.from(key).toString("hex")).toBe(false);
    expect(isEd25519PublicKey(honest.toBytes())).toBe(true);
  });
});

describe.each([
  ["statements", verifyStatement],
  ["requests", verifyQuickly],
])("verifying %s", (_name, verify) => {
  it("accepts the RFC's signature and refuses every flipped byte of it", () => {
    expect(verify(rfc8032)).toBe(true);
    for (let index = 0; index < 64; index += 1) {
      const signature = rfc8032.signature.map((byte, at) => (at === index ? byte ^ 1 : byte));
      expect(verify({ ...rfc8032, signature }), String(index)).toBe(false);
    }
    expect(verify({ ...rfc8032, signed: hex("af83") })).toBe(false);
    expect(verify({ ...rfc8032, publicKey: ed25519.getPublicKey(new Uint8Array(32)) })).toBe(false);
  });

  it("refuses a signature whose scalar is not reduced", () => {
    // S + L: the same signature in another spelling (RFC 8032 §5.1.7).
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const scalar = rfc8032.signature.slice(32).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) + order;
    const spelled = Array.from({ length: 32 }, (_, index) => Number((scalar >> BigInt(8 * index)) & 0xffn));
    expect(verify({ ...rfc8032, signature: Uint8Array.of(...rfc8032.signature.slice(0, 32), ...spelled) })).toBe(false);
  });
});
