import { describe, expect, it } from "vitest";
import { decodeMessage } from "./message-format.ts";
import { SIGNED_PREKEY_STALE_DAYS, verifyPrekeyBundle } from "./prekey-bundle.ts";
import { beginSession } from "./session.ts";
import { type Suite, suiteV1, suiteV2 } from "./suite.ts";
import { messagesOf } from "./testing/messages.ts";
import { acceptFirstMessage, alice, bob, bundleOf, sendFirstMessage, TODAY } from "./testing/people.ts";
import { repeatableRandomBytes } from "./testing/random.ts";

/** Begins a session with Bob, whose signed prekey is `age` days old. */
async function beginAt(suite: Suite, age: number) {
  const fresh = bundleOf(bob, { suite });
  const bundle = verifyPrekeyBundle({
    bundle: { ...fresh, manifest: { ...fresh.manifest, signedPrekeyDay: TODAY - age } },
    username: "bob",
    device: 1,
    suite,
    ourIdentityKey: alice.identity.publicKey,
    today: TODAY,
  });
  const randomBytes = repeatableRandomBytes("stale");
  return (await beginSession({ suite, us: alice, bundle, generation: 1, randomBytes })).session;
}

describe("the weaknesses of a session", () => {
  it.each([
    { suite: suiteV1, withOneTimePrekey: true, withOneTimeKemPrekey: true, weaknesses: [] },
    { suite: suiteV1, withOneTimePrekey: false, withOneTimeKemPrekey: true, weaknesses: ["no-one-time-prekey"] },
    { suite: suiteV1, withOneTimePrekey: true, withOneTimeKemPrekey: false, weaknesses: [] },
    { suite: suiteV2, withOneTimePrekey: true, withOneTimeKemPrekey: true, weaknesses: [] },
    { suite: suiteV2, withOneTimePrekey: false, withOneTimeKemPrekey: true, weaknesses: ["no-one-time-prekey"] },
    { suite: suiteV2, withOneTimePrekey: true, withOneTimeKemPrekey: false, weaknesses: ["last-resort-kem-prekey"] },
    {
      suite: suiteV2,
      withOneTimePrekey: false,
      withOneTimeKemPrekey: false,
      weaknesses: ["no-one-time-prekey", "last-resort-kem-prekey"],
    },
  ])(
    "are $weaknesses on both sides in version $suite.version; one-time: $withOneTimePrekey, KEM: $withOneTimeKemPrekey",
    async ({ weaknesses, ...options }) => {
      const sent = await sendFirstMessage(alice, bob, options);
      const message = decodeMessage(sent.message, options.suite.version);
      const accepted = await acceptFirstMessage(bob, alice, { ...options, message });
      expect(sent.session.weaknesses).toEqual(weaknesses);
      expect(accepted.session.weaknesses).toEqual(weaknesses);
      expect(accepted.handshake).toEqual(sent.handshake);
    },
  );

  it.each([suiteV1, suiteV2])("name a signed prekey of more than 30 days; version $version", async (suite) => {
    expect(SIGNED_PREKEY_STALE_DAYS).toBe(30);
    for (const [age, weaknesses] of [
      [29, []],
      [30, []],
      [31, ["stale-signed-prekey"]],
    ] as const) {
      expect((await beginAt(suite, age)).weaknesses).toEqual(weaknesses);
    }
  });

  it("stay with the session after the first reply", async () => {
    const options = { withOneTimePrekey: false, withOneTimeKemPrekey: false };
    const sent = await sendFirstMessage(alice, bob, options);
    const accepted = await acceptFirstMessage(bob, alice, { ...options, message: decodeMessage(sent.message, 2) });
    const { decrypt, encrypt } = messagesOf(suiteV2, "weak");
    const reply = await encrypt(accepted.session, "reply");
    const { session } = await decrypt(sent.session, reply.message);
    expect(session.phase).toBe("established");
    expect(session.version).toBe(2);
    expect(session.weaknesses).toEqual(["no-one-time-prekey", "last-resort-kem-prekey"]);
  });
});
