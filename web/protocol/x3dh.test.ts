import { hkdf as nobleHkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { concat } from "./bytes.ts";
import { diffieHellman, identityToX25519, type X25519KeyPair } from "./keys.ts";
import type { Party } from "./suite.ts";
import { suiteV1, suiteV2 } from "./suite.ts";
import { alice, bob, carol, kemPrekeyOf, type Person, verifiedBundleOf } from "./testing/people.ts";
import { repeatableRandomBytes, scriptRandomBytes } from "./testing/random.ts";
import { expectRejected } from "./testing/refusal.ts";
import { initiateX3dh, respondX3dh } from "./x3dh.ts";

const initiatorParty: Party = { username: "alice", device: 1, identityKey: alice.identity.publicKey };

describe.each([
  { name: "X3DH", suite: suiteV1, drawn: 32 },
  { name: "PQXDH", suite: suiteV2, drawn: 64 },
])("$name", ({ suite, drawn }) => {
  const RANDOM = repeatableRandomBytes("ephemeral")(drawn);

  async function initiate(withOneTimePrekey: boolean) {
    const script = scriptRandomBytes(RANDOM);
    const bundle = verifiedBundleOf(bob, alice, { suite, withOneTimePrekey });
    const result = await initiateX3dh({ suite, us: alice, bundle, randomBytes: script.randomBytes });
    script.requireSpent();
    return result;
  }

  /** Bob's side of Alice's handshake, with parts of it replaced. */
  async function respond(
    change: {
      readonly us?: Person;
      readonly initiator?: Party;
      readonly signedPrekey?: X25519KeyPair;
      readonly oneTimePrekey?: X25519KeyPair | null;
    } = {},
  ) {
    const { context } = await initiate(change.oneTimePrekey !== null);
    const kemPrekey = kemPrekeyOf(bob, { suite });
    return await respondX3dh({
      suite,
      us: bob,
      initiator: initiatorParty,
      ephemeralKey: context.ephemeralKey,
      signedPrekey: bob.signedPrekey,
      oneTimePrekey: bob.oneTimePrekey,
      kem: kemPrekey && context.kem && { ...kemPrekey, ciphertext: context.kem.ciphertext },
      ...change,
    });
  }

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

  it("derives SK from 32 bytes of 0xFF and the results, SS last, under a zero salt (X3DH §2.2)", async () => {
    for (const withOneTimePrekey of [true, false]) {
      const { diffieHellmanResults, kemSharedSecret, sharedSecret, context } = await initiate(withOneTimePrekey);
      expect(kemSharedSecret?.length ?? null).toBe(suite.kem === null ? null : 32);
      const prefix = new Uint8Array(32).fill(0xff);
      const keyMaterial = concat(prefix, ...diffieHellmanResults, kemSharedSecret ?? new Uint8Array());
      const info = await suite.x3dhInfo(context);
      expect(sharedSecret).toEqual(Uint8Array.from(nobleHkdf(sha256, keyMaterial, new Uint8Array(32), info, 32)));
    }
  });

  it("takes prefix, info and associated data from the suite", async () => {
    const bundle = verifiedBundleOf(bob, alice, { suite });
    const associatedData = Uint8Array.of(7);
    const other = {
      ...suite,
      x3dhPrefix: new Uint8Array(),
      x3dhInfo: async () => new Uint8Array(),
      associatedData: () => associatedData,
    };
    const { randomBytes } = scriptRandomBytes(RANDOM);
    const result = await initiateX3dh({ suite: other, us: alice, bundle, randomBytes });
    const keyMaterial = concat(...result.diffieHellmanResults, result.kemSharedSecret ?? new Uint8Array());
    const plain = nobleHkdf(sha256, keyMaterial, new Uint8Array(32), new Uint8Array(), 32);
    expect(result.sharedSecret).toEqual(Uint8Array.from(plain));
    expect(result.associatedData).toBe(associatedData);
  });

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
  ])("gives the responder another secret %s", async (_name, change) => {
    expect((await respond(change)).sharedSecret).not.toEqual((await respond()).sharedSecret);
  });

  it("is refused by the responder when the initiator presents the responder's own identity key", async () => {
    const initiator = { ...initiatorParty, identityKey: bob.identity.publicKey };
    await expectRejected(respond({ initiator }), "own-identity");
  });
});
