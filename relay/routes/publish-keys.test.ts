import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { oneTimePrekeyId } from "../store/key-records.ts";
import { encode, freshPrekey, freshPrekeys, type TestClient, type TestPublication } from "../testing/test-client.ts";
import { startTestRelay } from "../testing/test-relay.ts";
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
    const oneTimePrekeyIds = oneTimePrekeys.map((prekey) => encode(oneTimePrekeyId(prekey)));
    for (let time = 0; time < 2; time += 1) {
      expect(await alice.publish({ oneTimePrekeys })).toMatchObject({ status: 200, json: { oneTimePrekeyIds } });
    }
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
    expect((await alice.publish()).json).toEqual({ oneTimePrekeyIds: [] });
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
});
