import { createHash } from "node:crypto";
import { sha512 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, utf8 } from "./bytes.ts";
import { generateIdentityKeyPair } from "./keys.ts";
import { compareCode, computeSafety, fingerprint, type SafetyParty, safetyNumber } from "./safety-number.ts";
import { fromHex, hex } from "./testing/hex.ts";
import { alice, bob } from "./testing/people.ts";
import { flipBit } from "./testing/refusal.ts";

/** libsignal, rust/protocol/src/fingerprint.rs and NumericFingerprintGeneratorTest.java, versions 1 and 2. */
const LIBSIGNAL = {
  alice: {
    publicKey: fromHex("0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868"),
    identifier: utf8("+14152222222"),
    fingerprint: "1e301a0353dce3dbe7684cb8336e85136cdc0ee96219494ada305d62a7bd61df",
  },
  bob: {
    publicKey: fromHex("05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b"),
    identifier: utf8("+14153333333"),
    fingerprint: "d62cbf73a11592015b6b9f1682ac306fea3aaf3885b84d12bca631e9d4fb3a4d",
  },
  digits: "300354477692869396892869876765458257569162576843440918079131",
  /** What Alice's screen shows: a protobuf of the version, then hers and Bob's fingerprint. */
  scannable: (version: number) =>
    `080${version}12220a201e301a0353dce3dbe7684cb8336e85136cdc0ee96219494ada305d62a7bd61df` +
    "1a220a20d62cbf73a11592015b6b9f1682ac306fea3aaf3885b84d12bca631e9d4fb3a4d",
};

function partyOf({ username, identity }: typeof alice): SafetyParty {
  return { username, identityKey: identity.publicKey };
}

const aliceParty = partyOf(alice);
const bobParty = partyOf(bob);
const onAlicesScreen = computeSafety(aliceParty, bobParty);

const anyBytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((drawn) => Uint8Array.from(drawn));
const anyUsername = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]$/);
const anyParty = fc.record({ username: anyUsername, seed: anyBytes(32) }).map(
  ({ username, seed }): SafetyParty => ({
    username,
    identityKey: generateIdentityKeyPair(() => seed).publicKey,
  }),
);

/** Leaves out draws in which two people have one key. */
function requireDistinctKeys(...parties: readonly SafetyParty[]): void {
  fc.pre(new Set(parties.map(({ identityKey }) => hex(identityKey))).size === parties.length);
}

describe("a fingerprint", () => {
  it.each([LIBSIGNAL.alice, LIBSIGNAL.bob])("is the one libsignal publishes: $fingerprint", (vector) => {
    expect(hex(fingerprint(vector))).toBe(vector.fingerprint);
  });

  it.each([1, 2])("stands in libsignal's scannable code of version %i, ours before theirs", (version) => {
    const ours = hex(fingerprint(LIBSIGNAL.alice));
    const theirs = hex(fingerprint(LIBSIGNAL.bob));
    expect(`080${version}12220a20${ours}1a220a20${theirs}`).toBe(LIBSIGNAL.scannable(version));
  });

  it("is another one for a key or an identifier that differs in one bit, or that is a byte shorter", () => {
    const { publicKey, identifier } = LIBSIGNAL.alice;
    const others = [
      ...[0, 1, 16, 32].map((index) => ({ publicKey: flipBit(publicKey, index), identifier })),
      ...[0, 6, 11].map((index) => ({ publicKey, identifier: flipBit(identifier, index) })),
      { publicKey: publicKey.slice(0, 32), identifier },
      { publicKey, identifier: identifier.slice(0, 11) },
    ];
    const seen = new Set(others.map((other) => hex(fingerprint(other))));
    expect(seen.size).toBe(9);
    expect(seen).not.toContain(LIBSIGNAL.alice.fingerprint);
  });

  it("is 5,200 rounds of SHA-512 by the platform's own, too", () => {
    fc.assert(
      fc.property(anyParty, ({ identityKey, username }) => {
        let hash = concat(Uint8Array.of(0, 0), identityKey, utf8(username));
        for (let round = 0; round < 5200; round++) {
          hash = Uint8Array.from(createHash("sha512").update(hash).update(identityKey).digest());
        }
        const computed = fingerprint({ publicKey: identityKey, identifier: utf8(username) });
        expect(hex(computed)).toBe(hex(hash.slice(0, 32)));
      }),
      { numRuns: 5, seed: 2 },
    );
  });
});

describe("a safety number", () => {
  it("is the one libsignal publishes, from either side", () => {
    const ours = fingerprint(LIBSIGNAL.alice);
    const theirs = fingerprint(LIBSIGNAL.bob);
    expect(safetyNumber(ours, theirs)).toBe(LIBSIGNAL.digits);
    expect(safetyNumber(theirs, ours)).toBe(LIBSIGNAL.digits);
  });

  it("writes each 5 bytes big-endian modulo 100,000 with leading zeros, the smaller half first", () => {
    const small = fromHex(
      "0000000000" + "0000000001" + "000001869f" + "00000186a0" + "0100000000" + "0000000100" + "ffff",
    );
    const large = new Uint8Array(32).fill(0xff);
    expect(safetyNumber(large, small)).toBe(`000000000199999000006729600256${"27775".repeat(6)}`);
  });

  it("takes 30 bytes and ignores what follows, and refuses 29", () => {
    const shortest = new Uint8Array(30).fill(7);
    expect(safetyNumber(shortest, shortest)).toBe(safetyNumber(concat(shortest, Uint8Array.of(1, 2)), shortest));
    expect(() => safetyNumber(shortest.slice(1), shortest)).toThrow(RangeError);
    expect(() => safetyNumber(shortest, shortest.slice(1))).toThrow(RangeError);
  });

  it("depends on each of the 30 bytes of both fingerprints", () => {
    const { ours, theirs } = onAlicesScreen;
    for (let index = 0; index < 30; index++) {
      expect(safetyNumber(flipBit(ours, index), theirs)).not.toBe(onAlicesScreen.digits);
      expect(safetyNumber(ours, flipBit(theirs, index))).not.toBe(onAlicesScreen.digits);
    }
  });
});

describe("the safety of two people", () => {
  it("is computed from the identity key's 32 bytes and the username", () => {
    const ours = fingerprint({ publicKey: aliceParty.identityKey, identifier: utf8("alice") });
    const theirs = fingerprint({ publicKey: bobParty.identityKey, identifier: utf8("bob") });
    const names = (text: string) => sha512(fromHex(text)).slice(0, 8);
    const ourNames = names("0005616c6963650003626f62");
    expect(onAlicesScreen).toEqual({
      digits: safetyNumber(ours, theirs),
      code: `SOTTO:1:${[ours, theirs, ourNames].map((part) => hex(part).toUpperCase()).join(":")}`,
      ours,
      theirs,
      theirNames: names("0003626f620005616c696365"),
    });
  });

  it("has a code of 154 characters, all of QR's alphanumeric mode", () => {
    expect(onAlicesScreen.code).toMatch(/^[0-9A-Z $%*+\-./:]{154}$/);
  });

  it("has the same 60 digits on both screens, and codes that match crosswise only", () => {
    fc.assert(
      fc.property(anyParty, anyParty, (one, other) => {
        requireDistinctKeys(one, other);
        const here = computeSafety(one, other);
        const there = computeSafety(other, one);
        expect(here.digits).toMatch(/^[0-9]{60}$/);
        expect(there.digits).toBe(here.digits);
        expect(compareCode(here, there.code)).toBe("match");
        expect(compareCode(there, here.code)).toBe("match");
        expect(compareCode(here, here.code)).toBe("own-code");
        expect(compareCode(there, there.code)).toBe("own-code");
      }),
      { numRuns: 8, seed: 2 },
    );
  });

  it("has other digits for any other key or name on either side, and its code matches no longer", () => {
    fc.assert(
      fc.property(anyParty, anyParty, anyParty, (one, other, third) => {
        requireDistinctKeys(one, other, third);
        const here = computeSafety(one, other);
        const changedKeys = [
          computeSafety({ ...other, identityKey: third.identityKey }, one),
          computeSafety(other, { ...one, identityKey: third.identityKey }),
        ];
        const changedNames = [
          computeSafety({ ...other, username: `${other.username}0` }, one),
          computeSafety(other, { ...one, username: `${one.username}0` }),
        ];
        for (const there of [...changedKeys, ...changedNames]) {
          const expected = changedKeys.includes(there) ? "mismatch" : "other-people";
          expect(there.digits).not.toBe(here.digits);
          expect(compareCode(here, there.code)).toBe(expected);
          expect(compareCode(there, here.code)).toBe(expected);
        }
      }),
      { numRuns: 6, seed: 2 },
    );
  });
});
