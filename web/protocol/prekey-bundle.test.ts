import { ED25519_TORSION_SUBGROUP } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { type Bytes, concat } from "./bytes.ts";
import { type PrekeyBundle, verifyPrekeyBundle } from "./prekey-bundle.ts";
import { signStatement } from "./signature.ts";
import { currentSuite } from "./suite.ts";
import { fromHex } from "./testing/hex.ts";
import { alice, bob, bundleOf, mallory, TODAY } from "./testing/people.ts";
import { expectThrown, flipBit } from "./testing/refusal.ts";

const honest = bundleOf(bob);

/** What Alice gets from this bundle when she asks for Bob's device 1 today. */
function verify(bundle: PrekeyBundle, asked: { readonly username?: string; readonly device?: number } = {}) {
  return verifyPrekeyBundle({
    bundle,
    username: "bob",
    device: 1,
    suite: currentSuite,
    ourIdentityKey: alice.identity.publicKey,
    today: TODAY,
    ...asked,
  });
}

function withManifest(change: Partial<PrekeyBundle["manifest"]>): PrekeyBundle {
  return { ...honest, manifest: { ...honest.manifest, ...change } };
}

describe("a prekey bundle", () => {
  it("is accepted when it is the one that was asked for", () => {
    expect(verify(honest)).toEqual({
      username: "bob",
      device: 1,
      identityKey: bob.identity.publicKey,
      signedPrekey: bob.signedPrekey.publicKey,
      oneTimePrekey: bob.oneTimePrekey.publicKey,
      kemPrekey: { type: "one-time-kem", publicKey: bob.oneTimeKemPrekey.publicKey },
      stale: false,
    });
  });

  it("is accepted without a one-time prekey", () => {
    expect(verify(bundleOf(bob, { withOneTimePrekey: false })).oneTimePrekey).toBeNull();
  });

  it("is refused for another name or device than was asked for", () => {
    expectThrown(() => verify(honest, { username: "carol" }), "bundle-mismatch");
    expectThrown(() => verify(honest, { device: 2 }), "bundle-mismatch");
    expectThrown(() => verify(withManifest({ username: "bob " })), "bundle-mismatch");
    expectThrown(() => verify(withManifest({ device: 0 })), "bundle-mismatch");
  });

  it("is refused when it does not offer our protocol version", () => {
    for (const protocolVersions of [[], [1], [0, 1, 3]]) {
      expectThrown(() => verify(withManifest({ protocolVersions })), "bundle-mismatch");
    }
    expect(verify(withManifest({ protocolVersions: [1, 2] })).username).toBe("bob");
  });

  it("is refused when it presents our own identity key, even rightly signed", () => {
    const reflected = bundleOf({ ...alice, username: "bob" });
    expectThrown(() => verify(reflected), "own-identity");
  });
});

describe("a manifest's signature", () => {
  it("is refused when any byte of it is altered", () => {
    for (let index = 0; index < honest.signature.length; index++) {
      expectThrown(() => verify({ ...honest, signature: flipBit(honest.signature, index) }), "signature-invalid");
    }
  });

  it("is refused when any byte of the statement is altered", () => {
    for (let index = 0; index < honest.manifest.statement.length; index++) {
      const statement = flipBit(honest.manifest.statement, index);
      expectThrown(() => verify(withManifest({ statement })), "signature-invalid");
    }
  });

  it("is refused when it is missing, truncated or too long", () => {
    for (const signature of [
      new Uint8Array(),
      honest.signature.slice(0, 63),
      concat(honest.signature, Uint8Array.of(0)),
      new Uint8Array(64),
    ]) {
      expectThrown(() => verify({ ...honest, signature }), "signature-invalid");
    }
  });

  it("is refused when another identity made it", () => {
    const signature = signStatement(mallory.identity.secretKey, honest.manifest.statement);
    expectThrown(() => verify({ ...honest, signature }), "signature-invalid");
    expectThrown(() => verify(withManifest({ identityKey: mallory.identity.publicKey })), "signature-invalid");
  });
});

describe("the keys of a bundle", () => {
  const badX25519Keys: readonly (readonly [string, Bytes])[] = [
    ["of 31 bytes", bob.signedPrekey.publicKey.slice(1)],
    ["of 33 bytes", concat(bob.signedPrekey.publicKey, Uint8Array.of(0))],
    ["of zeros", new Uint8Array(32)],
    ["with the high bit set", flipBit(bob.signedPrekey.publicKey, 31)],
    ["that are not reduced", new Uint8Array(32).fill(0xff)],
  ];

  it.each(badX25519Keys)("are refused as prekeys when they are %s", (_name, key) => {
    expectThrown(() => verify(withManifest({ signedPrekey: key })), "key-invalid");
    expectThrown(() => verify({ ...honest, oneTimePrekey: key }), "key-invalid");
  });

  it("are refused as identity when they are of small order, whatever is signed", () => {
    for (const encoding of ED25519_TORSION_SUBGROUP) {
      const signature = concat(fromHex(encoding), new Uint8Array(32));
      const bundle = { ...withManifest({ identityKey: fromHex(encoding) }), signature };
      expectThrown(() => verify(bundle), "key-invalid");
    }
  });

  it("are refused as identity when they are of 31 or 33 bytes", () => {
    const { publicKey } = bob.identity;
    expectThrown(() => verify(withManifest({ identityKey: publicKey.slice(1) })), "key-invalid");
    expectThrown(() => verify(withManifest({ identityKey: concat(publicKey, Uint8Array.of(0)) })), "key-invalid");
  });
});

describe("a signed prekey's age", () => {
  it.each([
    [-1, false],
    [0, false],
    [29, false],
    [30, false],
    [31, true],
    [89, true],
    [90, true],
  ])("of %i days is accepted, stale: %s", (age, stale) => {
    expect(verify(withManifest({ signedPrekeyDay: TODAY - age })).stale).toBe(stale);
  });

  it.each([-20_000, -2, 91, 20_000])("of %i days is refused", (age) => {
    expectThrown(() => verify(withManifest({ signedPrekeyDay: TODAY - age })), "signed-prekey-expired");
  });
});
