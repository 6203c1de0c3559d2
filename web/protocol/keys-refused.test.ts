import { ED25519_TORSION_SUBGROUP, ed25519, x25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import type { Bytes } from "./bytes.ts";
import {
  diffieHellman,
  generateIdentityKeyPair,
  generateX25519KeyPair,
  identityKeyToX25519,
  toIdentityKey,
  toX25519PublicKey,
  type X25519PublicKey,
} from "./keys.ts";
import { fromHex } from "./testing/hex.ts";
import { repeatableRandomBytes } from "./testing/random.ts";
import { expectThrown } from "./testing/refusal.ts";

const P = 2n ** 255n - 19n;
const { publicKey: honestIdentityKey } = generateIdentityKeyPair(repeatableRandomBytes("honest identity"));
const { publicKey: honestX25519Key, secretKey: ourSecretKey } = generateX25519KeyPair(repeatableRandomBytes("honest"));

/** A number as 32 bytes, little-endian. */
function littleEndian(value: bigint): Bytes {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}

function withHighBit(bytes: Uint8Array): Bytes {
  return Uint8Array.from(bytes, (byte, index) => (index === 31 ? byte ^ 0x80 : byte));
}

/** u-coordinates of the small-order points (RFC 7748 §6.1 and its errata), reduced. */
const ORDER_8_LOW = 325606250916557431795983626356110631294008115727848805560023387167927233504n;
const ORDER_8_HIGH = 39382357235489614581723060781553021112529911719440698176882885853963445705823n;

describe("identity keys from outside", () => {
  it("accepts an honest one and returns a copy", () => {
    const accepted = toIdentityKey(honestIdentityKey);
    expect(accepted).toEqual(honestIdentityKey);
    expect(accepted).not.toBe(honestIdentityKey);
  });

  it.each(ED25519_TORSION_SUBGROUP)("refuses the small-order point %s", (encoding) => {
    expectThrown(() => toIdentityKey(fromHex(encoding)), "key-invalid");
  });

  it.each([
    ["y = 0 with a sign", withHighBit(littleEndian(0n))],
    ["the identity with a sign (x = 0)", withHighBit(littleEndian(1n))],
    ["y = -1 with a sign (x = 0)", withHighBit(littleEndian(P - 1n))],
    ["y = p, which is 0", littleEndian(P)],
    ["y = p + 1, which is 1", littleEndian(P + 1n)],
    ["y = p with a sign", withHighBit(littleEndian(P))],
    ["y = p + 1 with a sign", withHighBit(littleEndian(P + 1n))],
    ["all bits set", new Uint8Array(32).fill(0xff)],
  ])("refuses %s", (_name, encoding) => {
    expectThrown(() => toIdentityKey(encoding), "key-invalid");
  });

  it("refuses every non-canonical y from p to 2^255 - 1, with and without sign", () => {
    for (let y = P; y < 2n ** 255n; y++) {
      expectThrown(() => toIdentityKey(littleEndian(y)), "key-invalid");
      expectThrown(() => toIdentityKey(withHighBit(littleEndian(y))), "key-invalid");
    }
  });

  it("keeps the cause of a refusal", () => {
    expect(() => toIdentityKey(littleEndian(2n))).toThrow(
      expect.objectContaining({ code: "key-invalid", cause: expect.any(Error) }),
    );
    expect(() => toX25519PublicKey(littleEndian(2n ** 255n - 1n))).toThrow(
      expect.objectContaining({ code: "key-invalid", cause: expect.any(Error) }),
    );
    const zero = new Uint8Array(32) as typeof honestX25519Key;
    expect(() => diffieHellman(ourSecretKey, zero)).toThrow(
      expect.objectContaining({ code: "shared-secret-zero", cause: expect.any(Error) }),
    );
  });

  it("refuses y = 2, which is on no point of the curve", () => {
    expectThrown(() => toIdentityKey(littleEndian(2n)), "key-invalid");
  });

  it("refuses an honest key plus each point of small order but the identity", () => {
    const honest = ed25519.Point.fromBytes(honestIdentityKey);
    for (const encoding of ED25519_TORSION_SUBGROUP) {
      const torsion = ed25519.Point.fromHex(encoding, true);
      const sum = honest.add(torsion).toBytes();
      if (torsion.is0()) expect(toIdentityKey(sum)).toEqual(honestIdentityKey);
      else expectThrown(() => toIdentityKey(sum), "key-invalid");
    }
  });

  it.each([0, 31, 33, 64])("refuses %i bytes", (length) => {
    expectThrown(() => toIdentityKey(new Uint8Array(length).fill(9)), "key-invalid");
  });
});

describe("X25519 public keys from outside", () => {
  it("accepts an honest one and returns a copy", () => {
    const accepted = toX25519PublicKey(honestX25519Key);
    expect(accepted).toEqual(honestX25519Key);
    expect(accepted).not.toBe(honestX25519Key);
  });

  it("accepts a key that is a view into a longer message", () => {
    const message = new Uint8Array(40);
    message.set(honestX25519Key, 5);
    expect(toX25519PublicKey(message.subarray(5, 37))).toEqual(honestX25519Key);
  });

  it.each([
    ["u = 0", 0n],
    ["u = 1", 1n],
    ["u = p - 1", P - 1n],
    ["the lower u of order 8", ORDER_8_LOW],
    ["the higher u of order 8", ORDER_8_HIGH],
    ["u = p, which is 0", P],
    ["u = p + 1, which is 1", P + 1n],
    ["u = 2p - 1, which is p - 1", 2n * P - 1n],
    ["u = 2p, which is 0", 2n * P],
    ["u = 2p + 1, which is 1", 2n * P + 1n],
    ["the lower u of order 8 plus p", ORDER_8_LOW + P],
    ["the higher u of order 8 plus p", ORDER_8_HIGH + P],
    ["all bits set", 2n ** 256n - 1n],
  ])("refuses %s, of small order", (_name, u) => {
    expectThrown(() => toX25519PublicKey(littleEndian(u)), "key-invalid");
    expectThrown(() => toX25519PublicKey(withHighBit(littleEndian(u))), "key-invalid");
  });

  it("knows the right points of order 8: X25519 takes them to zero", () => {
    for (const u of [ORDER_8_LOW, ORDER_8_HIGH]) {
      expect(() => x25519.getSharedSecret(ourSecretKey, littleEndian(u))).toThrow();
    }
  });

  it("refuses every non-canonical u from p to 2^255 - 1", () => {
    for (let u = P; u < 2n ** 255n; u++) expectThrown(() => toX25519PublicKey(littleEndian(u)), "key-invalid");
  });

  it("refuses an honest key with its high bit set, which X25519 would take for the same key", () => {
    const highBit = withHighBit(honestX25519Key);
    expect(x25519.getSharedSecret(ourSecretKey, highBit)).toEqual(
      x25519.getSharedSecret(ourSecretKey, honestX25519Key),
    );
    expectThrown(() => toX25519PublicKey(highBit), "key-invalid");
  });

  it("refuses an honest key plus each point of small order", () => {
    const honest = ed25519.Point.fromBytes(honestIdentityKey);
    expect(toX25519PublicKey(identityKeyToX25519(honestIdentityKey))).toHaveLength(32);
    for (const encoding of ED25519_TORSION_SUBGROUP.slice(1)) {
      const sum = honest.add(ed25519.Point.fromHex(encoding, true)).toBytes();
      expectThrown(() => toX25519PublicKey(ed25519.utils.toMontgomery(sum)), "key-invalid");
    }
  });

  it("refuses u = 2, which lies on the twist and not on the curve", () => {
    expectThrown(() => toX25519PublicKey(littleEndian(2n)), "key-invalid");
  });

  it("refuses the first input of RFC 7748 §5.2, which is not in the prime-order group", () => {
    const u = fromHex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    expectThrown(() => toX25519PublicKey(u), "key-invalid");
  });

  it.each([0, 31, 33, 64])("refuses %i bytes", (length) => {
    expectThrown(() => toX25519PublicKey(new Uint8Array(length).fill(9)), "key-invalid");
  });
});

describe("diffieHellman", () => {
  it("refuses an all-zero result even for a key that was not checked before (RFC 7748 §6.1)", () => {
    for (const u of [0n, 1n, P - 1n, ORDER_8_LOW, ORDER_8_HIGH]) {
      // The brand is forged on purpose: the result must be refused without the check of the key.
      const unchecked = littleEndian(u) as Bytes as X25519PublicKey;
      expectThrown(() => diffieHellman(ourSecretKey, unchecked), "shared-secret-zero");
    }
  });

  it("gives both sides the same 32 bytes", () => {
    const other = generateX25519KeyPair(repeatableRandomBytes("other"));
    const result = diffieHellman(ourSecretKey, other.publicKey);
    expect(result).toHaveLength(32);
    expect(diffieHellman(other.secretKey, honestX25519Key)).toEqual(result);
  });
});
