import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "./bytes.ts";
import { mlKem768 } from "./kem.ts";
import type { HandshakeContext, KemContext, Party } from "./suite.ts";
import { currentSuite, suiteOfVersion, suiteV1, suiteV2 } from "./suite.ts";
import { fromHex, hex } from "./testing/hex.ts";
import { alice, bob, type Person } from "./testing/people.ts";
import { expectRejected, expectThrown } from "./testing/refusal.ts";

function partyOf({ username, device, identity }: Person): Party {
  return { username, device, identityKey: identity.publicKey };
}

const context: HandshakeContext = {
  initiator: partyOf(alice),
  responder: partyOf(bob),
  signedPrekey: bob.signedPrekey.publicKey,
  oneTimePrekey: bob.oneTimePrekey.publicKey,
  ephemeralKey: alice.oneTimePrekey.publicKey,
  kem: null,
};

const ciphertext = mlKem768.toCiphertext(new Uint8Array(1088).fill(0x66));
const kem: KemContext = { type: "one-time-kem", publicKey: bob.oneTimeKemPrekey.publicKey, ciphertext };

describe("a protocol version", () => {
  it("names its suite, and the current one is version 2", async () => {
    expect(suiteOfVersion(1)).toBe(suiteV1);
    expect(suiteOfVersion(2)).toBe(suiteV2);
    expect([suiteV1.version, suiteV2.version]).toEqual([1, 2]);
    expect(currentSuite).toBe(suiteV2);
  });

  it("is refused when it is any other", async () => {
    for (const version of [-1, 0, 1.5, 3, 255, 257, Number.NaN]) {
      expectThrown(() => suiteOfVersion(version), "version-unsupported");
    }
  });

  it("has labels of its own for every key that is derived", async () => {
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    expect([suiteV1, suiteV2].map(({ rootKeyInfo }) => text(rootKeyInfo))).toEqual([
      "sotto/root-key/v1",
      "sotto/root-key/v2",
    ]);
    expect([suiteV1, suiteV2].map(({ messageKeyInfo }) => text(messageKeyInfo))).toEqual([
      "sotto/message-key/v1",
      "sotto/message-key/v2",
    ]);
    expect(suiteV1.x3dhPrefix).toEqual(new Uint8Array(32).fill(0xff));
    expect(suiteV2.x3dhPrefix).toEqual(suiteV1.x3dhPrefix);
  });
});

describe("the header of a ratchet message", () => {
  const ratchetKey = bob.signedPrekey.publicKey;

  it("is ratchet key, PN and N, 40 bytes", async () => {
    const bytes = suiteV1.encodeHeader({ ratchetKey, previousChainLength: 258, messageNumber: 0xffff_fffe });
    expect(hex(bytes)).toBe(`${hex(ratchetKey)}00000102fffffffe`);
  });

  it("comes back from its bytes, up to counters of 2^32 - 1", async () => {
    const counter = fc.oneof(fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1), fc.nat());
    fc.assert(
      fc.property(counter, counter, (previousChainLength, messageNumber) => {
        const header = { ratchetKey, previousChainLength, messageNumber };
        expect(suiteV1.decodeHeader(suiteV1.encodeHeader(header))).toEqual(header);
      }),
      { numRuns: 50, seed: 2 },
    );
  });

  it("is refused at any other length", async () => {
    const bytes = suiteV1.encodeHeader({ ratchetKey, previousChainLength: 1, messageNumber: 2 });
    for (const length of [0, 32, 39])
      expectThrown(() => suiteV1.decodeHeader(bytes.slice(0, length)), "message-malformed");
    expectThrown(() => suiteV1.decodeHeader(concat(bytes, Uint8Array.of(0))), "message-malformed");
  });

  it("is refused with a ratchet key of small order or with the high bit set", async () => {
    expectThrown(() => suiteV1.decodeHeader(new Uint8Array(40)), "key-invalid");
    const highBit = suiteV1.encodeHeader({ ratchetKey, previousChainLength: 0, messageNumber: 0 });
    highBit[31] = (highBit[31] ?? 0) ^ 0x80;
    expectThrown(() => suiteV1.decodeHeader(highBit), "key-invalid");
  });
});

describe("the info of X3DH", () => {
  it("is laid out as documented", async () => {
    const party = (name: string, person: Person) => `${name}00000001${"0020"}${hex(person.identity.publicKey)}`;
    expect(hex(await suiteV1.x3dhInfo(context))).toBe(
      `000d${hex(new TextEncoder().encode("sotto/x3dh/v1"))}` +
        party("0005616c696365", alice) +
        party("0003626f62", bob) +
        `0020${hex(bob.signedPrekey.publicKey)}` +
        `0020${hex(bob.oneTimePrekey.publicKey)}` +
        `0020${hex(alice.oneTimePrekey.publicKey)}`,
    );
  });

  it("marks a missing one-time prekey with an empty field", async () => {
    const bytes = hex(await suiteV1.x3dhInfo({ ...context, oneTimePrekey: null }));
    expect(bytes.endsWith(`${hex(bob.signedPrekey.publicKey)}00000020${hex(alice.oneTimePrekey.publicKey)}`)).toBe(
      true,
    );
  });

  it("changes with every value of the handshake", async () => {
    const initiator = context.initiator;
    const changes: readonly Partial<HandshakeContext>[] = [
      {},
      { initiator: { ...initiator, username: "alicf" } },
      { initiator: { ...initiator, device: 2 } },
      { initiator: { ...initiator, identityKey: bob.identity.publicKey } },
      { responder: { ...context.responder, username: "boc" } },
      { responder: { ...context.responder, device: 2 } },
      { responder: { ...context.responder, identityKey: alice.identity.publicKey } },
      { initiator: context.responder, responder: initiator },
      { signedPrekey: bob.oneTimePrekey.publicKey },
      { oneTimePrekey: null },
      { oneTimePrekey: bob.signedPrekey.publicKey },
      { ephemeralKey: bob.signedPrekey.publicKey },
    ];
    const infos = await Promise.all(
      changes.map(async (change) => hex(await suiteV1.x3dhInfo({ ...context, ...change }))),
    );
    expect(new Set(infos).size).toBe(changes.length);
  });
});

describe("the info of PQXDH", () => {
  it("is laid out as documented", async () => {
    const label = "sotto/pqxdh/v2";
    const x3dhFields = hex(await suiteV1.x3dhInfo(context)).slice(2 * (2 + "sotto/x3dh/v1".length));
    const publicKeyHash = hex(sha256(bob.oneTimeKemPrekey.publicKey));
    const ciphertextHash = hex(sha256(fromHex("66".repeat(1088))));
    const kemFields = (type: string) => `${type}0020${publicKeyHash}0020${ciphertextHash}`;
    const expected = `000e${hex(new TextEncoder().encode(label))}${x3dhFields}`;
    expect(hex(await suiteV2.x3dhInfo({ ...context, kem }))).toBe(expected + kemFields("03"));
    expect(hex(await suiteV2.x3dhInfo({ ...context, kem: { ...kem, type: "last-resort-kem" } }))).toBe(
      expected + kemFields("04"),
    );
  });

  it("is at most 331 bytes, with the longest names: many implementations of HKDF take no more than 1,024", async () => {
    const named = (person: Person) => ({ ...partyOf(person), username: "n".repeat(32) });
    const longest = { ...context, initiator: named(alice), responder: named(bob), kem };
    expect(await suiteV2.x3dhInfo(longest)).toHaveLength(331);
    expect(await suiteV2.x3dhInfo({ ...longest, oneTimePrekey: null })).toHaveLength(299);
  });

  it("does not exist for a handshake without the KEM's part", async () => {
    await expectRejected(suiteV2.x3dhInfo(context), "bundle-mismatch");
  });

  it("changes with every value of the KEM's part", async () => {
    const changes: readonly Partial<KemContext>[] = [
      {},
      { type: "last-resort-kem" },
      { publicKey: bob.lastResortKemPrekey.publicKey },
      { ciphertext: mlKem768.toCiphertext(new Uint8Array(1088)) },
    ];
    const infos = await Promise.all(
      changes.map(async (change) => hex(await suiteV2.x3dhInfo({ ...context, kem: { ...kem, ...change } }))),
    );
    expect(new Set(infos).size).toBe(changes.length);
  });
});

describe("the associated data of a session", () => {
  it("is both identity keys, then both names and devices", async () => {
    expect(hex(suiteV1.associatedData(context))).toBe(
      `${hex(alice.identity.publicKey)}${hex(bob.identity.publicKey)}0005616c696365000000010003626f6200000001`,
    );
  });

  it("differs between the two directions and between names that run together", async () => {
    const swapped = { ...context, initiator: context.responder, responder: context.initiator };
    expect(suiteV1.associatedData(swapped)).not.toEqual(suiteV1.associatedData(context));
    const named = (initiator: string, responder: string) =>
      suiteV1.associatedData({
        ...context,
        initiator: { ...context.initiator, username: initiator },
        responder: { ...context.responder, username: responder },
      });
    expect(named("alicebob", "bob")).not.toEqual(named("alice", "bobbob"));
  });
});
