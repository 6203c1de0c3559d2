import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bytes, concat, lengthPrefixed, utf8 } from "./bytes.ts";
import { type ManifestFields, makeManifest, NO_PREVIOUS_MANIFEST, parseManifest } from "./manifest.ts";

const fields: ManifestFields = {
  username: "alice",
  device: 1,
  identityKey: new Uint8Array(32).fill(1),
  deviceKey: new Uint8Array(32).fill(2),
  protocolVersions: [1],
  signedPrekey: new Uint8Array(32).fill(3),
  signedPrekeyDay: 20_000,
  sequence: 1,
  previousHash: NO_PREVIOUS_MANIFEST,
  lastResortKemPrekey: new Uint8Array(),
};

const versionTwo = { protocolVersions: [2], lastResortKemPrekey: new Uint8Array(1184).fill(4) };

function statementOf(change: Partial<ManifestFields>): Bytes {
  return makeManifest({ ...fields, ...change }).statement;
}

describe("a manifest", () => {
  it("comes back from its statement with the very bytes it was parsed from", () => {
    const { statement } = makeManifest(fields);
    expect(parseManifest(statement)).toEqual({ ...fields, statement });
  });

  it("comes back whatever its fields hold", () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((drawn) => Uint8Array.from(drawn));
    fc.assert(
      fc.property(
        fc.record({
          username: fc.constantFrom("bob", "0.0", "x".repeat(32)),
          device: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
          identityKey: key,
          deviceKey: key,
          protocolVersions: fc.uniqueArray(fc.constantFrom(1, 3, 4, 200, 255), { minLength: 1, maxLength: 5 }),
          signedPrekey: key,
          signedPrekeyDay: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
          sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
          previousHash: key,
          kemPrekey: fc.uint8Array({ minLength: 1184, maxLength: 1184 }).map((drawn) => Uint8Array.from(drawn)),
          kind: fc.constantFrom("version 2", "key without version 2", "no key"),
        }),
        ({ kemPrekey, kind, ...drawn }) => {
          const versions = kind === "version 2" ? [...drawn.protocolVersions, 2] : drawn.protocolVersions;
          const manifest = makeManifest({
            ...drawn,
            protocolVersions: versions.toSorted((a, b) => a - b),
            lastResortKemPrekey: kind === "no key" ? new Uint8Array() : kemPrekey,
          });
          expect(parseManifest(manifest.statement)).toEqual(manifest);
        },
      ),
      { numRuns: 100, seed: 2 },
    );
  });

  it("is refused when it is cut short anywhere or goes on too long", () => {
    const { statement } = makeManifest(fields);
    for (let length = 0; length < statement.length; length++) {
      expect(parseManifest(statement.slice(0, length))).toBeNull();
    }
    expect(parseManifest(concat(statement, Uint8Array.of(0)))).toBeNull();
  });

  it.each<readonly [string, Partial<ManifestFields>]>([
    ["an ill-formed username", { username: "Alice" }],
    ["a username of two letters", { username: "al" }],
    ["a username of 33 letters", { username: "a".repeat(33) }],
    ["a username that is not ASCII", { username: "älice" }],
    ["device 0", { device: 0 }],
    ["sequence 0", { sequence: 0 }],
    ["sequence 2^53", { sequence: 2 ** 53 }],
    ["no protocol version", { protocolVersions: [] }],
    ["a protocol version twice", { protocolVersions: [1, 1] }],
    ["descending protocol versions", { protocolVersions: [2, 1] }],
    ["a key of 31 bytes", { identityKey: new Uint8Array(31) }],
    ["a key of 33 bytes", { signedPrekey: new Uint8Array(33) }],
    ["version 2 and no last-resort KEM prekey", { protocolVersions: [2] }],
    ["versions 1 and 2 and no last-resort KEM prekey", { protocolVersions: [1, 2] }],
    ["a last-resort KEM prekey of 1,183 bytes", { ...versionTwo, lastResortKemPrekey: new Uint8Array(1183) }],
    ["a last-resort KEM prekey of 1,185 bytes", { ...versionTwo, lastResortKemPrekey: new Uint8Array(1185) }],
    ["a last-resort KEM prekey of 1 byte in version 1", { lastResortKemPrekey: new Uint8Array(1) }],
  ])("is refused with %s", (_name, change) => {
    expect(parseManifest(statementOf(change))).toBeNull();
  });

  it.each<readonly [string, Partial<ManifestFields>]>([
    ["a username of 3 letters", { username: "bob" }],
    ["a username of 32 letters", { username: "a".repeat(32) }],
    ["device 2^32 - 1", { device: 2 ** 32 - 1 }],
    ["sequence 2^53 - 1", { sequence: Number.MAX_SAFE_INTEGER }],
    ["later protocol versions", { protocolVersions: [1, 3, 255] }],
    ["version 2 and a last-resort KEM prekey of 1,184 bytes", versionTwo],
    ["a last-resort KEM prekey without version 2", { ...versionTwo, protocolVersions: [1] }],
  ])("is accepted with %s", (_name, change) => {
    expect(parseManifest(statementOf(change))).toMatchObject(change);
  });

  it("is refused under another label", () => {
    const { statement } = makeManifest(fields);
    const rest = statement.subarray(2 + "sotto/prekey-manifest/v1".length);
    expect(parseManifest(concat(lengthPrefixed(utf8("sotto/prekey-manifest/v1")), rest))).not.toBeNull();
    for (const label of ["sotto/prekey-manifest/v2", "sotto/live/v1", "", "sotto/prekey-manifest/v1 "]) {
      expect(parseManifest(concat(lengthPrefixed(utf8(label)), rest))).toBeNull();
    }
  });

  it("never throws, and has one spelling for what it accepts", () => {
    const { statement } = makeManifest(fields);
    const altered = fc.tuple(fc.nat(statement.length - 1), fc.nat(255)).map(([index, value]) => {
      return Uint8Array.from(statement, (byte, position) => (position === index ? value : byte));
    });
    const arbitrary = fc.uint8Array({ maxLength: 300 }).map((drawn) => Uint8Array.from(drawn));
    fc.assert(
      fc.property(fc.oneof(altered, arbitrary), (bytes) => {
        const parsed = parseManifest(bytes);
        if (parsed !== null) expect(makeManifest(parsed).statement).toEqual(bytes);
      }),
      { numRuns: 1000, seed: 2 },
    );
    expect(
      parseManifest(concat(lengthPrefixed(utf8("sotto/prekey-manifest/v1")), new Uint8Array(65_537).fill(0xff))),
    ).toBeNull();
  });
});
