/** A relay that hands out wrong keys: nothing is kept of them, nothing leaves, and no message is lost over them. */
import { describe, expect, it } from "vitest";
import { FORGED_BUNDLES } from "../../e2e/hostile/forged-bundles.ts";
import { altered, withKemPrekey } from "../../e2e/hostile/forging.ts";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import type { Bundle, SignedKemPrekey } from "../../relay/wire/keys.ts";
import { type Bytes, concat, lengthPrefixed, uint32, utf8 } from "../protocol/bytes.ts";
import { SIGNED_PREKEY_EXPIRED_DAYS } from "../protocol/prekey-bundle.ts";
import { signStatement } from "../protocol/signature.ts";
import { kemKeyPair } from "../protocol/testing/kem-keys.ts";
import { dayOf } from "./days.ts";
import { PeerClient } from "./testing/peer-client.ts";
import { randomBytes } from "./testing/person.ts";
import { expectTexts, joinWatched, type WatchedPerson } from "./testing/watched-person.ts";

/** How often the engine has sent mail. */
function sends({ network }: WatchedPerson): number {
  return network.requests.filter(({ target }) => target === "/api/send").length;
}

describe("every forged bundle", () => {
  it("is refused by its fault, nothing is kept and nothing leaves, and an honest start works", async () => {
    const relay = await startTestRelay();
    const alice = await joinWatched(relay, "alice");
    const bob = await joinWatched(relay, "bob");
    for (const [name, { forge, code }] of Object.entries(FORGED_BUNDLES)) {
      alice.network.follow({ bundle: forge });
      const kind = code === "not-understood" ? "refused" : "bundle-refused";
      expect(await alice.engine.startConversation("bob"), name).toEqual({ kind, code });
    }
    expect((await alice.until(() => true)).conversations).toEqual([]);
    expect(await alice.engine.safetyNumber("bob")).toBeNull();
    expect(sends(alice)).toBe(0);

    alice.network.follow();
    expect(await alice.engine.startConversation("bob")).toEqual({ kind: "started" });
    await alice.engine.send("bob", "These keys are yours.");
    await expectTexts(bob, alice, ["These keys are yours."]);
  });
});

describe("a one-time KEM prekey", () => {
  /** A statement like that of a one-time KEM prekey, of another type. */
  function statementOfType(type: number, publicKey: Bytes): Bytes {
    const label = lengthPrefixed(utf8("sotto/kem-prekey/v1"));
    return concat(label, lengthPrefixed(utf8("bob")), uint32(1), Uint8Array.of(type), lengthPrefixed(publicKey));
  }

  type Sign = (bob: PeerClient, publicKey: Bytes) => SignedKemPrekey;
  const offered = (bundle: Bundle, prekey: SignedKemPrekey) =>
    altered((device) => ({ ...device, oneTimeKemPrekey: prekey }))(bundle);

  it.each<[string, Sign]>([
    ["another name", (bob, publicKey) => bob.relay.signKemPrekey(publicKey, { username: "bobby" })],
    ["another device", (bob, publicKey) => bob.relay.signKemPrekey(publicKey, { device: 2 })],
    [
      "the type of last resort",
      (bob, publicKey) => ({
        publicKey,
        signature: signStatement(bob.us.identity.secretKey, statementOfType(4, publicKey)),
      }),
    ],
  ])("that Bob signed for %s is refused", async (_what, sign) => {
    const relay = await startTestRelay();
    const alice = await joinWatched(relay, "alice");
    const bob = await PeerClient.join({ origin: relay.origin, username: "bob", clock: relay.now });
    const { publicKey } = kemKeyPair(randomBytes);
    alice.network.follow({ bundle: (bundle) => offered(bundle, sign(bob, publicKey)) });
    expect(await alice.engine.startConversation("bob")).toEqual({ kind: "bundle-refused", code: "signature-invalid" });

    alice.network.follow({ bundle: (bundle) => offered(bundle, bob.relay.signKemPrekey(publicKey)) });
    expect(await alice.engine.startConversation("bob")).toEqual({ kind: "started" });
  });

  it("of Carol's is refused in Bob's bundle, and Bob's own is taken", async () => {
    const relay = await startTestRelay();
    const alice = await joinWatched(relay, "alice");
    const bob = await joinWatched(relay, "bob");
    await joinWatched(relay, "carol");
    const [ofCarol] = (await (await relay.member("mallory")).fetchBundle("carol")).devices;
    const theirs = ofCarol?.oneTimeKemPrekey;
    if (!theirs) throw new Error("Carol must have a one-time kem prekey");
    alice.network.follow({ bundle: altered((device) => withKemPrekey(device, theirs)) });
    expect(await alice.engine.startConversation("bob")).toEqual({ kind: "bundle-refused", code: "signature-invalid" });

    alice.network.follow();
    await alice.engine.startConversation("bob");
    await alice.engine.send("bob", "With your own.");
    await expectTexts(bob, alice, ["With your own."]);
  });
});

describe("an identity's own older manifest", () => {
  it.each([
    ["of version 1", { protocolVersions: [1], lastResortKemPrekey: new Uint8Array() }, "bundle-mismatch"],
    [
      "with a signed prekey a day too old",
      { signedPrekeyDay: dayOf(Date.now()) - SIGNED_PREKEY_EXPIRED_DAYS - 1 },
      "signed-prekey-expired",
    ],
  ] as const)("%s is refused though its signature verifies, and today's is taken", async (_what, fields, code) => {
    const relay = await startTestRelay();
    const alice = await joinWatched(relay, "alice");
    const bob = await PeerClient.join({ origin: relay.origin, username: "bob", clock: relay.now, manifest: fields });
    expect(await alice.engine.startConversation("bob")).toEqual({ kind: "bundle-refused", code });
    expect((await alice.until(() => true)).conversations).toEqual([]);

    await bob.publish();
    expect(await alice.engine.startConversation("bob")).toEqual({ kind: "started" });
    await alice.engine.send("bob", "Of version 2.");
    expect((await bob.hear()).content).toMatchObject({ text: "Of version 2." });
  });
});
