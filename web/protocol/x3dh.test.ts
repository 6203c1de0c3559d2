import { hkdf as nobleHkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { concat } from "./bytes.ts";
import { diffieHellman, identityToX25519, type X25519KeyPair } from "./keys.ts";
import type { Party } from "./suite.ts";
import { suiteV1 } from "./suite.ts";
import { alice, bob, carol, type Person, verifiedBundleOf } from "./testing/people.ts";
import { repeatableRandomBytes, scriptRandomBytes } from "./testing/random.ts";
import { expectRejected } from "./testing/refusal.ts";
import { initiateX3dh, respondX3dh } from "./x3dh.ts";

const EPHEMERAL_SECRET = repeatableRandomBytes("ephemeral")(32);

async function initiate(withOneTimePrekey: boolean) {
  const script = scriptRandomBytes(EPHEMERAL_SECRET);
  const bundle = verifiedBundleOf(bob, alice, withOneTimePrekey);
  const result = await initiateX3dh({ suite: suiteV1, us: alice, bundle, randomBytes: script.randomBytes });
  script.requireSpent();
  return result;
}

const initiatorParty: Party = { username: "alice", device: 1, identityKey: alice.identity.publicKey };

/** Bob's side of Alice's handshake, with parts of it replaced. */
async function respond(
  change: {
    readonly us?: Person;
    readonly initiator?: Party;
    readonly signedPrekey?: X25519KeyPair;
    readonly oneTimePrekey?: X25519KeyPair | null;
  } = {},
) {
  const { context } = await initiate(true);
  return await respondX3dh({
    suite: suiteV1,
    us: bob,
    initiator: initiatorParty,
    ephemeralKey: context.ephemeralKey,
    signedPrekey: bob.signedPrekey,
    oneTimePrekey: bob.oneTimePrekey,
    ...change,
  });
}

describe("X3DH", () => {
  it("gives both sides the same four results, secret and associated data with a one-time prekey", async () => {
    const initiated = await initiate(true);
    const responded = await respond();
    expect(responded).toEqual(initiated);
    expect(initiated.diffieHellmanResults).toHaveLength(4);
  });

  it("gives both sides the same three results without one", async () => {
    const initiated = await initiate(false);
    expect(await respond({ oneTimePrekey: null })).toEqual(initiated);
    expect(initiated.diffieHellmanResults).toHaveLength(3);
    expect(initiated.sharedSecret).not.toEqual((await initiate(true)).sharedSecret);
  });

  it("computes DH1 to DH4 between the keys the paper names (X3DH §3.3)", async () => {
    const { diffieHellmanResults, context } = await initiate(true);
    const identityA = identityToX25519(alice.identity);
    const identityB = identityToX25519(bob.identity);
    expect(diffieHellmanResults).toEqual([
      diffieHellman(identityA.secretKey, bob.signedPrekey.publicKey),
      diffieHellman(identityB.secretKey, context.ephemeralKey),
      diffieHellman(bob.signedPrekey.secretKey, context.ephemeralKey),
      diffieHellman(bob.oneTimePrekey.secretKey, context.ephemeralKey),
    ]);
    expect(new Set(diffieHellmanResults.map(String)).size).toBe(4);
  });

  it("derives SK from 32 bytes of 0xFF and the results, under a zero salt (X3DH §2.2)", async () => {
    const { diffieHellmanResults, sharedSecret, context } = await initiate(true);
    const keyMaterial = concat(new Uint8Array(32).fill(0xff), ...diffieHellmanResults);
    const info = suiteV1.x3dhInfo(context);
    expect(sharedSecret).toEqual(Uint8Array.from(nobleHkdf(sha256, keyMaterial, new Uint8Array(32), info, 32)));
  });

  it("takes every choice from the suite", async () => {
    const bundle = verifiedBundleOf(bob, alice);
    const suite = { ...suiteV1, x3dhPrefix: new Uint8Array(), x3dhInfo: () => new Uint8Array() };
    const { randomBytes } = scriptRandomBytes(EPHEMERAL_SECRET);
    const { diffieHellmanResults, sharedSecret } = await initiateX3dh({ suite, us: alice, bundle, randomBytes });
    const plain = nobleHkdf(sha256, concat(...diffieHellmanResults), new Uint8Array(32), new Uint8Array(), 32);
    expect(sharedSecret).toEqual(Uint8Array.from(plain));
  });
});

describe("the responder derives another secret", () => {
  it.each<readonly [string, Parameters<typeof respond>[0]]>([
    ["with another one-time prekey", { oneTimePrekey: carol.oneTimePrekey }],
    ["with no one-time prekey", { oneTimePrekey: null }],
    ["with another signed prekey", { signedPrekey: carol.signedPrekey }],
    ["with its prekeys swapped", { signedPrekey: bob.oneTimePrekey, oneTimePrekey: bob.signedPrekey }],
    ["for another initiator's identity", { initiator: { ...initiatorParty, identityKey: carol.identity.publicKey } }],
    ["for another initiator's name", { initiator: { ...initiatorParty, username: "carol" } }],
    ["for another initiator's device", { initiator: { ...initiatorParty, device: 2 } }],
    ["under another name of its own", { us: { ...bob, username: "carol" } }],
    ["on another device of its own", { us: { ...bob, device: 2 } }],
    ["with another identity of its own", { us: { ...bob, identity: carol.identity } }],
  ])("%s", async (_name, change) => {
    expect((await respond(change)).sharedSecret).not.toEqual((await respond()).sharedSecret);
  });
});

describe("the responder refuses", () => {
  it("an initiator that presents the responder's own identity key", async () => {
    await expectRejected(
      respond({ initiator: { ...initiatorParty, identityKey: bob.identity.publicKey } }),
      "own-identity",
    );
  });
});
