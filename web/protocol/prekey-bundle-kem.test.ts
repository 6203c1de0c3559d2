import { describe, expect, it } from "vitest";
import { type KemPrekeyFields, kemPrekeyStatement } from "../../relay/wire/key-statements.ts";
import { type Bytes, concat, uint32, utf8 } from "./bytes.ts";
import { type PrekeyBundle, verifyPrekeyBundle } from "./prekey-bundle.ts";
import { signStatement } from "./signature.ts";
import { currentSuite, type Suite, suiteV1 } from "./suite.ts";
import { alice, bob, bundleOf, carol, mallory, signedKemPrekeyOf, TODAY } from "./testing/people.ts";
import { repeatableRandomBytes } from "./testing/random.ts";
import { expectRejected, expectThrown, flipBit } from "./testing/refusal.ts";
import { initiateX3dh } from "./x3dh.ts";

const honest = bundleOf(bob);
const honestKemPrekey = signedKemPrekeyOf(bob);

function verify(bundle: PrekeyBundle, suite: Suite = currentSuite) {
  const ourIdentityKey = alice.identity.publicKey;
  return verifyPrekeyBundle({ bundle, username: "bob", device: 1, suite, ourIdentityKey, today: TODAY });
}

function withManifest(change: Partial<PrekeyBundle["manifest"]>): PrekeyBundle {
  return { ...honest, manifest: { ...honest.manifest, ...change } };
}

/** Bob's bundle with this one-time KEM prekey, its statement composed for Bob's device 1 as a reader does it. */
function withKemPrekey(publicKey: Bytes, signature: Bytes): PrekeyBundle {
  const statement = kemPrekeyStatement({ username: "bob", device: 1, publicKey });
  return { ...honest, oneTimeKemPrekey: { publicKey, statement, signature } };
}

const { publicKey } = bob.oneTimeKemPrekey;
const unreduced = concat(Uint8Array.of(0xff, 0xff, 0xff), publicKey.subarray(3));
const notKemKeys: readonly (readonly [string, Bytes])[] = [
  ["is an X25519 key", bob.oneTimePrekey.publicKey],
  ["is missing a byte", publicKey.slice(1)],
  ["has a byte more", concat(publicKey, Uint8Array.of(0))],
  ["has a coefficient over the modulus", unreduced],
  ["is empty", new Uint8Array()],
];

describe("the KEM prekey of a bundle", () => {
  it("is the one-time one when there is one", () => {
    expect(verify(honest).kemPrekey).toEqual({ type: "one-time-kem", publicKey });
  });

  it("is the last-resort one, marked as such, when there is no other", () => {
    const expected = { type: "last-resort-kem", publicKey: bob.lastResortKemPrekey.publicKey };
    expect(verify(bundleOf(bob, { withOneTimeKemPrekey: false })).kemPrekey).toEqual(expected);
    expect(verify({ ...honest, oneTimeKemPrekey: null }).kemPrekey).toEqual(expected);
  });

  it("is none in a version without a KEM, whatever the bundle holds", () => {
    const bundle = withManifest({ protocolVersions: [1] });
    expect(verify(bundle, suiteV1).kemPrekey).toBeNull();
    expect(verify(bundleOf(bob, { suite: suiteV1 }), suiteV1).kemPrekey).toBeNull();
  });
});

describe("a bundle of which a relay stripped the KEM's part", () => {
  it("is refused without a last-resort key, with and without a one-time one", () => {
    const stripped = withManifest({ lastResortKemPrekey: new Uint8Array() });
    expectThrown(() => verify(stripped), "key-invalid");
    expectThrown(() => verify({ ...stripped, oneTimeKemPrekey: null }), "key-invalid");
  });

  it("is refused when it offers version 1 alone, and accepted when it offers both", () => {
    expectThrown(() => verify(withManifest({ protocolVersions: [1] })), "bundle-mismatch");
    expectThrown(() => verify(bundleOf(bob, { suite: suiteV1 })), "bundle-mismatch");
    expect(verify(withManifest({ protocolVersions: [1, 2] })).kemPrekey?.type).toBe("one-time-kem");
  });

  it("is refused for version 2 after it was checked for version 1", async () => {
    const bundle = verify(withManifest({ protocolVersions: [1, 2] }), suiteV1);
    const randomBytes = repeatableRandomBytes("lowered");
    await expectRejected(initiateX3dh({ suite: currentSuite, us: alice, bundle, randomBytes }), "bundle-mismatch");
    expect((await initiateX3dh({ suite: suiteV1, us: alice, bundle, randomBytes })).kemSharedSecret).toBeNull();
  });
});

describe("a key in the slot of a KEM prekey", () => {
  it.each(notKemKeys)("is refused when it %s, in the manifest and as a one-time one", (_name, key) => {
    expectThrown(() => verify(withManifest({ lastResortKemPrekey: key })), "key-invalid");
    const statement = kemPrekeyStatement({ username: "bob", device: 1, publicKey: key });
    const signature = signStatement(bob.identity.secretKey, statement);
    expectThrown(() => verify(withKemPrekey(key, signature)), "key-invalid");
  });

  it("does not pass in the slot of an X25519 prekey either", () => {
    expectThrown(() => verify(withManifest({ signedPrekey: publicKey })), "key-invalid");
    expectThrown(() => verify({ ...honest, oneTimePrekey: publicKey }), "key-invalid");
  });
});

describe("the signature of a one-time KEM prekey", () => {
  const sign = (fields: Partial<KemPrekeyFields>) =>
    signStatement(bob.identity.secretKey, kemPrekeyStatement({ username: "bob", device: 1, publicKey, ...fields }));

  it("is accepted over the name, the device and the key", () => {
    expect(verify(withKemPrekey(publicKey, sign({}))).kemPrekey?.publicKey).toEqual(publicKey);
  });

  it.each<readonly [string, Partial<KemPrekeyFields>]>([
    ["name", { username: "carol" }],
    ["device", { device: 2 }],
    ["key", { publicKey: bob.lastResortKemPrekey.publicKey }],
  ])("is refused over another %s", (_name, fields) => {
    expectThrown(() => verify(withKemPrekey(publicKey, sign(fields))), "signature-invalid");
  });

  it("is refused over another type", () => {
    const { statement } = honestKemPrekey;
    const typeAt = 2 + "sotto/kem-prekey/v1".length + 2 + "bob".length + uint32(1).length;
    expect(statement[typeAt]).toBe(0x03);
    const lastResort = Uint8Array.from(statement, (byte, index) => (index === typeAt ? 0x04 : byte));
    const signature = signStatement(bob.identity.secretKey, lastResort);
    expectThrown(() => verify(withKemPrekey(publicKey, signature)), "signature-invalid");
  });

  it("is refused over the bare key, over the manifest, or by anybody else", () => {
    for (const signature of [
      signStatement(bob.identity.secretKey, publicKey),
      signStatement(bob.identity.secretKey, utf8("statement of bob")),
      honest.signature,
      signStatement(mallory.identity.secretKey, honestKemPrekey.statement),
      signedKemPrekeyOf(carol).signature,
    ]) {
      expectThrown(() => verify(withKemPrekey(publicKey, signature)), "signature-invalid");
    }
  });

  it("is refused when any byte of it is altered, when it is missing, truncated or too long", () => {
    const { signature } = honestKemPrekey;
    for (let index = 0; index < signature.length; index++) {
      expectThrown(() => verify(withKemPrekey(publicKey, flipBit(signature, index))), "signature-invalid");
    }
    for (const other of [new Uint8Array(), signature.slice(1), concat(signature, signature), new Uint8Array(64)]) {
      expectThrown(() => verify(withKemPrekey(publicKey, other)), "signature-invalid");
    }
  });

  it("is refused for another person's key, whose owner signed it rightly", () => {
    const bundle: PrekeyBundle = { ...honest, oneTimeKemPrekey: signedKemPrekeyOf(mallory) };
    expectThrown(() => verify(bundle), "signature-invalid");
  });
});
