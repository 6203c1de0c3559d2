/** A first message that the relay keeps and delivers again, as it was or with another spelling of its ephemeral key. */
import { describe, expect, it } from "vitest";
import { withBody, withOtherId } from "../../e2e/hostile/altered-envelopes.ts";
import { withoutOneTimePrekeys } from "../../e2e/hostile/forged-bundles.ts";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import type { ReceivedEnvelope } from "../../relay/wire/mail.ts";
import { type Bytes, concat } from "../protocol/bytes.ts";
import { toX25519PublicKey } from "../protocol/keys.ts";
import { withHighBit, withTorsion } from "../protocol/testing/hostile-keys.ts";
import { envelopeDigest } from "./envelope-digest.ts";
import type { Change } from "./ports.ts";
import { texts } from "./testing/person.ts";
import {
  expectTexts,
  expectTheyGoOn,
  joinWatched,
  missingCards,
  type WatchedPerson,
} from "./testing/watched-person.ts";

const FIRST = "The first.";

/** Bob has read Alice's first message, which is kept as the relay saw it. */
async function firstMessage({ withOneTimePrekeys }: { readonly withOneTimePrekeys: boolean }) {
  const relay = await startTestRelay();
  const alice = await joinWatched(relay, "alice");
  const bob = await joinWatched(relay, "bob");
  if (!withOneTimePrekeys) alice.network.follow({ bundle: withoutOneTimePrekeys });
  await alice.engine.startConversation("bob");
  alice.network.follow();
  await alice.engine.send("bob", FIRST);
  await expectTexts(bob, alice, [FIRST]);
  const [first] = bob.network.envelopes;
  if (first === undefined) throw new Error("the relay has seen no mail");
  return { alice, bob, first };
}

/** Bob on a device that forgot that it has dealt with this envelope, and his sessions with Alice if so asked. */
async function forgetful(
  bob: WatchedPerson,
  envelope: ReceivedEnvelope,
  { sessions }: { readonly sessions: "kept" | "gone" },
): Promise<WatchedPerson> {
  await bob.engine.stop();
  const store = await bob.openStore();
  const changes: Change[] = [{ store: "handledEnvelopes", id: [await envelopeDigest(envelope)], value: null }];
  const alice = await store.read("peers", ["alice"]);
  if (alice === null) throw new Error("Bob must know Alice");
  if (sessions === "gone") changes.push({ store: "peers", id: ["alice"], value: { ...alice, sessions: [] } });
  await store.commit(changes);
  await store.close();
  return await bob.restart();
}

/** Why an envelope was not opened, read after the engine has ended. */
async function failureOf(person: WatchedPerson, envelope: ReceivedEnvelope): Promise<string | null | undefined> {
  await person.engine.stop();
  const store = await person.openStore();
  const handled = await store.read("handledEnvelopes", [await envelopeDigest(envelope)]);
  await store.close();
  return handled?.failure;
}

/** In the body: the version, the type, the length of the initial header and the identity key come before it. */
const EPHEMERAL_KEY_AT = 4 + 32;

function withEphemeralKey(honest: ReceivedEnvelope, alter: (key: Bytes) => Bytes): ReceivedEnvelope {
  const { body } = honest;
  const end = EPHEMERAL_KEY_AT + 32;
  const altered = alter(body.slice(EPHEMERAL_KEY_AT, end));
  return withBody(honest, concat(body.subarray(0, EPHEMERAL_KEY_AT), altered, body.subarray(end)));
}

describe("a first message delivered again", () => {
  it.each([{ withOneTimePrekeys: true }, { withOneTimePrekeys: false }])(
    "under its own id and others is shown once and asks for nothing ($withOneTimePrekeys)",
    async (options) => {
      const { alice, bob, first } = await firstMessage(options);
      bob.network.push(first, withOtherId(first, 1), withOtherId(first, 2));
      await expectTheyGoOn(alice, bob, "Afterwards");
      const view = await bob.untilConversation("alice", () => true);
      expect(texts(view)[0]).toBe(FIRST);
      expect(texts(view)).toHaveLength(3);
      expect(missingCards(view)).toEqual([]);
      expect(bob.network.countFetches("alice")).toBe(0);
    },
  );

  it.each([
    { sessions: "kept", withOneTimePrekeys: true, code: "message-key-gone" },
    { sessions: "gone", withOneTimePrekeys: true, code: "handshake-replayed" },
    { sessions: "gone", withOneTimePrekeys: false, code: "handshake-replayed" },
  ] as const)(
    "to a device that forgot it, with its sessions $sessions, is refused as $code ($withOneTimePrekeys)",
    async (options) => {
      const { alice, bob, first } = await firstMessage(options);
      const back = await forgetful(bob, first, options);
      back.network.push(withOtherId(first, 1));
      // It is asked for, since it could as well be a message that never opened; what comes then is known.
      await back.untilConversation("alice", (seen) => missingCards(seen)[0]?.state === "asked");
      await back.untilConversation("alice", (seen) => missingCards(seen).length === 0);
      await expectTheyGoOn(alice, back, "Afterwards");
      const view = await back.untilConversation("alice", (seen) => missingCards(seen).length === 0);
      expect(texts(view).filter((text) => text === FIRST)).toHaveLength(1);
      expect(await failureOf(back, first)).toBe(options.code);
    },
  );
});

describe("a first message whose ephemeral key has another spelling", () => {
  it.each<[string, (key: Bytes) => Bytes]>([
    ["with the high bit", (key) => withHighBit(toX25519PublicKey(key))],
    ["with a torsion part", (key) => withTorsion(toX25519PublicKey(key))],
  ])("%s begins no second session, also where the first one is gone", async (_how, alter) => {
    const { alice, bob, first } = await firstMessage({ withOneTimePrekeys: false });
    const back = await forgetful(bob, first, { sessions: "gone" });
    const respelled = withEphemeralKey(first, alter);
    back.network.push(respelled);
    await back.untilConversation("alice", (seen) => missingCards(seen)[0]?.state === "lost");
    await expectTheyGoOn(alice, back, "Afterwards");
    const view = await back.untilConversation("alice", () => true);
    expect(texts(view).filter((text) => text === FIRST)).toHaveLength(1);
    expect(missingCards(view)).toEqual([{ count: 1, state: "lost", cause: "altered" }]);
    expect(await failureOf(back, respelled)).toBe("key-invalid");
  });
});
