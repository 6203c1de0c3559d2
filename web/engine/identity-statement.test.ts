/** An identity change that comes with a bundle, and whether the earlier key is said to have signed it. */
import { describe, expect, it } from "vitest";
import { TestClient } from "../../relay/testing/test-client.ts";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { type Bundle, formatBundle, type IdentityChange } from "../../relay/wire/keys.ts";
import { beginSessionWith } from "./begin-session.ts";
import { sendText, startConversation } from "./conversations.ts";
import { decideIdentity } from "./identity.ts";
import { receiveEnvelopes } from "./inbox.ts";
import { peerIdentity } from "./peer-identity.ts";
import { runRecovery } from "./recovery.ts";
import { Impostor } from "./testing/impostor.ts";
import { PeerClient } from "./testing/peer-client.ts";
import { SteppedPerson, testTime } from "./testing/stepped-person.ts";

/** Alice knows Bob by the key of his program, and the relay will show her another one. */
async function aliceAndTwoBobs() {
  const relay = await startTestRelay();
  const time = testTime(relay);
  const alice = await SteppedPerson.join(relay, time, "alice");
  const join = (username: string) => PeerClient.join({ origin: relay.origin, username, clock: relay.now });
  const [bob, mallory] = [await join("bob"), await join("mallory")];
  await startConversation(alice.state, "bob");
  const other = new Impostor("bob", mallory);
  const handOut = (bundle: Bundle) => alice.network.follow({ bundle: () => formatBundle(bundle) });
  const identity = () => peerIdentity(alice.state, "bob");
  return { relay, time, alice, bob, mallory, other, handOut, identity };
}

type World = Awaited<ReturnType<typeof aliceAndTwoBobs>>;

const signed = ({ bob, other }: World): IdentityChange => bob.relay.signIdentityChange(other.keys);

const STATEMENTS: readonly (readonly [string, boolean, (world: World) => IdentityChange | null])[] = [
  ["the earlier key's signature", true, signed],
  ["no statement", false, () => null],
  [
    "a signature of the new key itself",
    false,
    ({ bob, other }) => ({
      previousIdentityKey: bob.relay.identityKey,
      signature: other.keys.signIdentityChange(other.keys).signature,
    }),
  ],
  [
    "a statement of some other earlier key",
    false,
    ({ mallory, other }) => mallory.relay.signIdentityChange(other.keys, "bob"),
  ],
  ["a statement about another name", false, ({ bob, other }) => bob.relay.signIdentityChange(other.keys, "bobby")],
  [
    "a statement about another new key",
    false,
    ({ bob, relay }) => bob.relay.signIdentityChange(new TestClient({ origin: relay.origin, username: "bob" })),
  ],
  [
    "a signature with one bit changed",
    false,
    (world) => {
      const { previousIdentityKey, signature } = signed(world);
      return { previousIdentityKey, signature: signature.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) };
    },
  ],
];

describe("another identity with", () => {
  it.each(STATEMENTS)("%s is called signed by the earlier one: %s", async (_what, isSigned, statement) => {
    const world = await aliceAndTwoBobs();
    const { alice, other, handOut, identity } = world;
    handOut(other.bundle(statement(world)));
    expect(await beginSessionWith(alice.state, "bob")).toEqual({ kind: "identity-changed" });
    expect(await identity()).toMatchObject({ kind: "changed", signedByEarlier: isSigned });
    const { messages } = await alice.view("bob");
    const notice = isSigned ? "identity-changed-signed" : "identity-changed";
    expect(messages).toMatchObject([{ kind: "notice", notice }]);
    expect(await sendText(alice.state, "bob", "not now")).toEqual({ kind: "identity-changed" });
  });

  it.each(STATEMENTS.slice(0, 2))(
    "%s, first seen in a message, is asked about: %s",
    async (_what, isSigned, statement) => {
      const world = await aliceAndTwoBobs();
      const { alice, other, handOut, identity } = world;
      await receiveEnvelopes(alice.state, [await other.write("alice", "new")]);
      expect(await identity()).toMatchObject({ kind: "changed", signedByEarlier: false });
      handOut(other.bundle(statement(world)));
      const before = alice.countFetches("bob");
      for (let round = 0; round < 3; round++) await runRecovery(alice.state);
      expect(alice.countFetches("bob") - before).toBe(1);
      expect(await identity()).toMatchObject({ kind: "changed", signedByEarlier: isSigned });
    },
  );

  it("a statement that is not about the key in the message says nothing of that one", async () => {
    const world = await aliceAndTwoBobs();
    const { alice, bob, mallory, other, handOut, identity } = world;
    await receiveEnvelopes(alice.state, [await other.write("alice", "new")]);
    const third = new Impostor("bob", mallory);
    handOut(third.bundle(bob.relay.signIdentityChange(third.keys)));
    await runRecovery(alice.state);
    expect(await identity()).toMatchObject({ kind: "changed", signedByEarlier: false });
  });
});

describe("starting a conversation with someone whose identity changed", () => {
  async function withoutSessions() {
    const world = await aliceAndTwoBobs();
    await world.alice.loseSessions("bob");
    world.handOut(world.other.bundle());
    return world;
  }

  it("shows it with the change, and begins nothing", async () => {
    const { alice, identity } = await withoutSessions();
    expect(await startConversation(alice.state, "bob")).toEqual({ kind: "started" });
    expect(await identity()).toMatchObject({ kind: "changed" });
    const known = await alice.state.store.read("peers", ["bob"]);
    expect([known?.sessions, known?.change?.sessions]).toEqual([[], []]);
    expect(await startConversation(alice.state, "bob")).toEqual({ kind: "started" });
    expect(alice.countFetches("bob")).toBe(2);
  });

  it("begins with the new key once it is accepted; once it is refused, it asks for another decision and begins nothing", async () => {
    const accepting = await withoutSessions();
    const refusing = await withoutSessions();
    for (const [{ alice, identity }, decision] of [
      [accepting, "accept"],
      [refusing, "keep"],
    ] as const) {
      await startConversation(alice.state, "bob");
      const changed = await identity();
      if (changed.kind !== "changed") throw new Error("the identity must have changed");
      await decideIdentity(alice.state, "bob", { change: changed.change, decision });
    }
    expect(await startConversation(accepting.alice.state, "bob")).toEqual({ kind: "started" });
    const known = await accepting.alice.state.store.read("peers", ["bob"]);
    expect(known?.sessions.length).toBe(1);
    expect(known?.identityKey).toEqual(accepting.other.us.identity.publicKey);
    expect(await beginSessionWith(refusing.alice.state, "bob")).toEqual({
      kind: "bundle-refused",
      code: "identity-mismatch",
    });
    await startConversation(refusing.alice.state, "bob");
    expect(await refusing.identity()).toMatchObject({ kind: "changed" });
    const stillKnown = await refusing.alice.state.store.read("peers", ["bob"]);
    expect([stillKnown?.sessions, stillKnown?.change?.sessions]).toEqual([[], []]);
    expect(stillKnown?.identityKey).toEqual(refusing.bob.us.identity.publicKey);
  });

  it("refuses a manifest of the waiting identity that is older than one seen", async () => {
    const { alice, other, handOut, identity } = await withoutSessions();
    await beginSessionWith(alice.state, "bob");
    const known = await alice.state.store.read("peers", ["bob"]);
    if (known?.change == null) throw new Error("the identity must have changed");
    const change = { ...known.change, manifestSequence: 2 };
    await alice.state.commit([{ store: "peers", id: ["bob"], value: { ...known, change } }]);
    handOut(other.bundle());
    expect(await beginSessionWith(alice.state, "bob")).toEqual({ kind: "bundle-refused", code: "manifest-outdated" });
    expect(await identity()).toMatchObject({ kind: "changed" });
  });
});
