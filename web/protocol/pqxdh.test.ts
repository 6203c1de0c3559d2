import { describe, expect, it } from "vitest";
import type { Bytes } from "./bytes.ts";
import { type KemKeyPair, mlKem768 } from "./kem.ts";
import { prekeyId } from "./prekeys.ts";
import { suiteV1, suiteV2 } from "./suite.ts";
import { hex } from "./testing/hex.ts";
import {
  alice,
  bob,
  carol,
  type HandshakeOptions,
  kemPrekeyOf,
  type Person,
  verifiedBundleOf,
} from "./testing/people.ts";
import { repeatableRandomBytes } from "./testing/random.ts";
import { expectRejected, flipBit } from "./testing/refusal.ts";
import { initiateX3dh, type ReceivedKem, respondX3dh } from "./x3dh.ts";

/** Alice's handshake with this person; the same ephemeral key and the same encapsulated bytes each time. */
async function initiate(options: HandshakeOptions = {}, responder: Person = bob) {
  const bundle = verifiedBundleOf(responder, alice, options);
  const randomBytes = repeatableRandomBytes("ephemeral");
  return await initiateX3dh({ suite: suiteV2, us: alice, bundle, randomBytes });
}

/** Bob's side of it, with parts of the KEM's replaced. */
async function respond(options: HandshakeOptions = {}, change: Partial<ReceivedKem> = {}) {
  const { context } = await initiate(options);
  const kemPrekey = kemPrekeyOf(bob, options);
  return await respondX3dh({
    suite: suiteV2,
    us: bob,
    initiator: context.initiator,
    ephemeralKey: context.ephemeralKey,
    signedPrekey: bob.signedPrekey,
    oneTimePrekey: options.withOneTimePrekey === false ? null : bob.oneTimePrekey,
    kem: kemPrekey && context.kem && { ...kemPrekey, ciphertext: context.kem.ciphertext, ...change },
  });
}

const WITHOUT_ONE_TIME_KEM = { withOneTimeKemPrekey: false };

describe("PQXDH", () => {
  it.each([
    { withOneTimePrekey: true, withOneTimeKemPrekey: true, type: "one-time-kem" },
    { withOneTimePrekey: true, withOneTimeKemPrekey: false, type: "last-resort-kem" },
    { withOneTimePrekey: false, withOneTimeKemPrekey: true, type: "one-time-kem" },
    { withOneTimePrekey: false, withOneTimeKemPrekey: false, type: "last-resort-kem" },
  ])(
    "gives both sides the same; one-time prekey: $withOneTimePrekey, KEM prekey: $type",
    async ({ type, ...options }) => {
      const initiated = await initiate(options);
      expect(await respond(options)).toEqual(initiated);
      expect(initiated.context.kem?.type).toBe(type);
      expect(initiated.diffieHellmanResults).toHaveLength(options.withOneTimePrekey ? 4 : 3);
    },
  );

  it("has as SS what the KEM encapsulates to the bundle's prekey with the bytes drawn after the ephemeral key", async () => {
    const randomBytes = repeatableRandomBytes("ephemeral");
    randomBytes(32);
    const expected = await mlKem768.encapsulate(bob.oneTimeKemPrekey.publicKey, randomBytes);
    const { context, kemSharedSecret } = await initiate();
    expect(kemSharedSecret).toEqual(expected.sharedSecret);
    const { publicKey } = bob.oneTimeKemPrekey;
    expect(context.kem).toEqual({ type: "one-time-kem", publicKey, ciphertext: expected.ciphertext });
  });

  it("gives another secret than X3DH between the same keys", async () => {
    const bundle = verifiedBundleOf(bob, alice, { suite: suiteV1 });
    const randomBytes = repeatableRandomBytes("ephemeral");
    const plain = await initiateX3dh({ suite: suiteV1, us: alice, bundle, randomBytes });
    const hybrid = await initiate();
    expect(hybrid.diffieHellmanResults).toEqual(plain.diffieHellmanResults);
    expect(hybrid.sharedSecret).not.toEqual(plain.sharedSecret);
  });

  it("gives other secrets and ids for one public key as one-time and as last-resort prekey", async () => {
    const same: Person = { ...bob, oneTimeKemPrekey: bob.lastResortKemPrekey };
    const oneTime = await initiate({}, same);
    const lastResort = await initiate(WITHOUT_ONE_TIME_KEM, same);
    expect(oneTime.kemSharedSecret).toEqual(lastResort.kemSharedSecret);
    expect(oneTime.context.kem?.ciphertext).toEqual(lastResort.context.kem?.ciphertext);
    expect(oneTime.sharedSecret).not.toEqual(lastResort.sharedSecret);
    const { publicKey } = same.oneTimeKemPrekey;
    expect(await prekeyId("one-time-kem", publicKey)).not.toEqual(await prekeyId("last-resort-kem", publicKey));
  });
});

describe("the responder derives another secret", () => {
  it("for every bit of the ciphertext's first and last byte, and for a bit of many between", async () => {
    const { context, sharedSecret } = await initiate();
    const ciphertext = context.kem?.ciphertext ?? new Uint8Array();
    const altered: Bytes[] = [];
    for (let bit = 0; bit < 8; bit++) altered.push(flipBit(ciphertext, 0, bit), flipBit(ciphertext, 1087, bit));
    for (let index = 1; index < 1087; index += 31) altered.push(flipBit(ciphertext, index));
    const secrets = new Set([hex(sharedSecret)]);
    for (const bytes of altered) {
      secrets.add(hex((await respond({}, { ciphertext: mlKem768.toCiphertext(bytes) })).sharedSecret));
    }
    expect(secrets.size).toBe(altered.length + 1);
  });

  it("for another type of the same prekey", async () => {
    const honest = await respond();
    const retyped = await respond({}, { type: "last-resort-kem" });
    expect(retyped.kemSharedSecret).toEqual(honest.kemSharedSecret);
    expect(retyped.sharedSecret).not.toEqual(honest.sharedSecret);
  });

  it("for another public key of the same seed", async () => {
    const honest = await respond();
    const { seed, publicKey } = bob.oneTimeKemPrekey;
    const keyPair: KemKeyPair = { seed, publicKey: mlKem768.toPublicKey(flipBit(publicKey, 1183)) };
    const rebound = await respond({}, { keyPair });
    expect(rebound.kemSharedSecret).toEqual(honest.kemSharedSecret);
    expect(rebound.sharedSecret).not.toEqual(honest.sharedSecret);
  });

  it.each<readonly [string, HandshakeOptions, Partial<ReceivedKem>]>([
    ["with the last-resort prekey for the one-time one", {}, { keyPair: bob.lastResortKemPrekey }],
    ["with the one-time prekey for the last-resort one", WITHOUT_ONE_TIME_KEM, { keyPair: bob.oneTimeKemPrekey }],
    ["with the prekey of another person", {}, { keyPair: carol.oneTimeKemPrekey }],
  ])("%s", async (_name, options, change) => {
    const honest = await respond(options);
    const other = await respond(options, change);
    expect(other.diffieHellmanResults).toEqual(honest.diffieHellmanResults);
    expect(other.kemSharedSecret).not.toEqual(honest.kemSharedSecret);
    expect(other.sharedSecret).not.toEqual(honest.sharedSecret);
  });
});

describe("a handshake without the KEM's part", () => {
  it("is refused by the responder of version 2", async () => {
    const { context } = await initiate();
    const attempt = respondX3dh({
      suite: suiteV2,
      us: bob,
      initiator: context.initiator,
      ephemeralKey: context.ephemeralKey,
      signedPrekey: bob.signedPrekey,
      oneTimePrekey: bob.oneTimePrekey,
      kem: null,
    });
    await expectRejected(attempt, "message-malformed");
  });

  it("is refused by the initiator of version 2, whose bundle was checked for version 1", async () => {
    const bundle = verifiedBundleOf(bob, alice, { suite: suiteV1 });
    const randomBytes = repeatableRandomBytes("ephemeral");
    await expectRejected(initiateX3dh({ suite: suiteV2, us: alice, bundle, randomBytes }), "bundle-mismatch");
  });
});
