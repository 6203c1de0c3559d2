import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { oneTimePrekeyId } from "../store/prekey-records.ts";
import { encode, freshPrekey, freshPrekeys, type TestClient, type TestPublication } from "../testing/test-client.ts";
import { startTestRelay } from "../testing/test-relay.ts";
import { PREKEY_TYPE } from "../wire/keys.ts";
import { MAX_ONE_TIME_PREKEYS } from "../wire/limits.ts";

/** Encodings of small order or not canonical, as Ed25519 points. */
const BAD_ED25519 = {
  zero: new Uint8Array(32),
  one: Uint8Array.of(1, ...new Uint8Array(31)),
  "small order": Uint8Array.from(
    Buffer.from("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "hex"),
  ),
  "not canonical": Uint8Array.from(Buffer.from(`ee${"ff".repeat(30)}7f`, "hex")),
  torsioned: torsioned(),
};

const BAD_X25519 = {
  zero: new Uint8Array(32),
  "small order": Uint8Array.from(
    Buffer.from("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", "hex"),
  ),
  "not canonical": Uint8Array.from(Buffer.from(`ee${"ff".repeat(30)}7f`, "hex")),
  "high bit": Uint8Array.of(9, ...new Uint8Array(30), 0x80),
};

/** A point of the prime-order group with one of order two added to it. */
function torsioned(): Uint8Array<ArrayBuffer> {
  const orderTwo = ed25519.Point.fromBytes(Uint8Array.from(Buffer.from(`ec${"ff".repeat(30)}7f`, "hex")));
  return Uint8Array.from(ed25519.Point.BASE.multiply(7n).add(orderTwo).toBytes());
}

async function expectRefusal(client: TestClient, publication: TestPublication, status: number, error: string) {
  expect(await client.publish(publication)).toMatchObject({ status, json: { error } });
}

describe("publishing keys", () => {
  it("claims the name, and repeating it is harmless", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    const oneTimePrekeys = freshPrekeys(3);
    const oneTimeKemPrekeys = alice.freshKemPrekeys(2);
    const json = {
      oneTimePrekeyIds: oneTimePrekeys.map((prekey) => encode(oneTimePrekeyId(prekey, PREKEY_TYPE.oneTime))),
      oneTimeKemPrekeyIds: oneTimeKemPrekeys.map(({ publicKey }) =>
        encode(oneTimePrekeyId(publicKey, PREKEY_TYPE.oneTimeKem)),
      ),
    };
    for (let time = 0; time < 2; time += 1) {
      expect(await alice.publish({ oneTimePrekeys, oneTimeKemPrekeys })).toMatchObject({ status: 200, json });
    }
  });

  it("still takes a manifest of version 1, without a KEM prekey", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    const older = { protocolVersions: [1], lastResortKemPrekey: new Uint8Array(0) };
    await expectRefusal(
      alice,
      { manifest: alice.makeManifest({ ...older, protocolVersions: [1, 2] }) },
      400,
      "manifest-invalid",
    );
    expect((await alice.publish({ manifest: alice.makeManifest(older) })).status).toBe(200);
  });

  it("refuses a name that another identity owns", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    const impostor = relay.stranger("alice");
    await expectRefusal(impostor, {}, 409, "name-taken");
    expect((await alice.receive()).status).toBe(200);
  });

  it("rotates the signed prekey, and refuses to go back", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    const first = alice.manifest;
    const second = alice.nextManifest();
    expect((await alice.publish({ manifest: second })).status).toBe(200);
    await expectRefusal(alice, { manifest: first }, 409, "manifest-outdated");
    const fork = alice.makeManifest({ sequence: 2, previousHash: second.previousHash, signedPrekey: freshPrekey() });
    await expectRefusal(alice, { manifest: fork }, 409, "manifest-outdated");
    const unlinked = alice.makeManifest({ sequence: 3, previousHash: second.previousHash });
    await expectRefusal(alice, { manifest: unlinked }, 400, "manifest-invalid");
    expect((await alice.publish({ manifest: alice.nextManifest() })).status).toBe(200);
  });

  it("takes a late manifest from a device whose relay lost everything", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    for (let rotation = 0; rotation < 5; rotation += 1) alice.nextManifest();
    expect((await alice.publish()).status).toBe(200);
  });

  it("refuses a manifest whose signature does not verify", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    const mallory = relay.stranger("mallory");
    const { manifest } = alice;
    const flipped = alice.signManifest(manifest).map((byte, index) => (index === 40 ? byte ^ 1 : byte));
    await expectRefusal(alice, { signature: flipped }, 400, "manifest-invalid");
    await expectRefusal(alice, { signature: mallory.signManifest(manifest) }, 400, "manifest-invalid");
    await expectRefusal(
      alice,
      { signature: alice.signManifest(alice.nextManifest()), manifest },
      400,
      "manifest-invalid",
    );
    expect((await alice.publish()).status).toBe(200);
  });

  it("refuses a request that the device key of its manifest did not sign", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    await expectRefusal(alice, { sign: { secretKey: alice.identitySecretKey } }, 401, "signature-invalid");
  });

  it("refuses to publish for somebody else or for another device", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    const mallory = await relay.member("mallory");
    const ofAlice = { manifest: alice.manifest, signature: alice.signManifest(alice.manifest) };
    await expectRefusal(mallory, ofAlice, 403, "forbidden");
    await expectRefusal(alice, { sign: { keyId: { username: "alice", device: 2 } } }, 403, "forbidden");
    const second = alice.makeManifest({ device: 2 });
    const sign = { keyId: { username: "alice", device: 2 } };
    await expectRefusal(alice, { manifest: second, sign }, 400, "manifest-invalid");
    expect((await mallory.getKeys("alice")).status).toBe(404);
  });

  it("refuses bytes that are no manifest, and a name that is ill-formed", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    const { manifest } = alice;
    const cut = { ...manifest, statement: manifest.statement.slice(0, -1) };
    const longer = { ...manifest, statement: Uint8Array.of(...manifest.statement, 0) };
    const labelled = { ...manifest, statement: manifest.statement.map((byte, at) => (at === 3 ? byte ^ 1 : byte)) };
    for (const broken of [cut, longer, labelled, alice.makeManifest({ username: "Alice" })]) {
      await expectRefusal(alice, { manifest: broken }, 400, "manifest-invalid");
    }
    const upper = relay.stranger("Alice");
    expect((await upper.publish()).json).toEqual({ error: "signature-malformed" });
  });

  it("refuses unsound Ed25519 keys as identity or device key", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    for (const key of Object.values(BAD_ED25519)) {
      await expectRefusal(alice, { manifest: alice.makeManifest({ identityKey: key }) }, 400, "key-invalid");
      await expectRefusal(alice, { manifest: alice.makeManifest({ deviceKey: key }) }, 400, "key-invalid");
    }
  });

  it("refuses unsound X25519 keys as signed or one-time prekey", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    for (const key of Object.values(BAD_X25519)) {
      await expectRefusal(alice, { manifest: alice.makeManifest({ signedPrekey: key }) }, 400, "key-invalid");
      await expectRefusal(alice, { oneTimePrekeys: [freshPrekey(), key] }, 400, "key-invalid");
    }
    expect((await alice.publish()).json).toEqual({ oneTimePrekeyIds: [], oneTimeKemPrekeyIds: [] });
  });

  it("refuses one-time KEM prekeys that the identity did not sign for this very device and key", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    const mallory = relay.stranger("mallory");
    const [sound] = alice.freshKemPrekeys(1);
    if (!sound) throw new Error("too few prekeys");
    const { publicKey, signature } = sound;
    const flip = (bytes: Uint8Array<ArrayBuffer>, at: number) =>
      bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
    const unsound = {
      "flipped signature": { publicKey, signature: flip(signature, 40) },
      "flipped key": { publicKey: flip(publicKey, 1183), signature },
      "signed by another identity": mallory.signKemPrekey(publicKey, { username: "alice" }),
      "signed for another name": alice.signKemPrekey(publicKey, { username: "mallory" }),
      "signed for another device": alice.signKemPrekey(publicKey, { device: 2 }),
      "signature of the manifest": { publicKey, signature: alice.signManifest(alice.manifest) },
    };
    for (const prekey of Object.values(unsound)) {
      await expectRefusal(alice, { oneTimeKemPrekeys: [sound, prekey] }, 400, "key-invalid");
    }
    expect((await relay.stranger("bob").getKeys("alice")).json).toEqual({ error: "unknown-device" });
    expect((await alice.publish({ oneTimeKemPrekeys: [sound] })).status).toBe(200);
  });

  it("holds as many one-time prekeys as the limit, and says so of more", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    const most = freshPrekeys(MAX_ONE_TIME_PREKEYS);
    expect((await alice.publish({ oneTimePrekeys: most.slice(1) })).status).toBe(200);
    expect((await alice.publish({ oneTimePrekeys: most.slice(0, 1) })).status).toBe(200);
    await expectRefusal(alice, { oneTimePrekeys: [freshPrekey()] }, 409, "too-many-prekeys");
    await expectRefusal(alice, { oneTimePrekeys: [...most, freshPrekey()], replace: true }, 400, "bad-request");
    expect((await alice.publish({ oneTimePrekeys: most, replace: true })).status).toBe(200);
  });

  it("holds as many one-time KEM prekeys as the limit beside the others, and says so of more", async () => {
    const relay = await startTestRelay();
    const alice = relay.stranger("alice");
    const oneTimePrekeys = freshPrekeys(MAX_ONE_TIME_PREKEYS);
    const most = alice.freshKemPrekeys(MAX_ONE_TIME_PREKEYS);
    const [more] = alice.freshKemPrekeys(1);
    if (!more) throw new Error("too few prekeys");
    expect((await alice.publish({ oneTimePrekeys, oneTimeKemPrekeys: most })).status).toBe(200);
    await expectRefusal(alice, { oneTimeKemPrekeys: [more] }, 409, "too-many-prekeys");
    await expectRefusal(alice, { oneTimeKemPrekeys: [...most, more], replace: true }, 400, "bad-request");
    expect((await alice.publish({ oneTimeKemPrekeys: [more], replace: true })).json).toEqual({
      oneTimePrekeyIds: [],
      oneTimeKemPrekeyIds: [encode(oneTimePrekeyId(more.publicKey, PREKEY_TYPE.oneTimeKem))],
    });
  });
});
