/** A relay that hands a name on to somebody new, and claims that the earlier key says so. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { type Bundle, formatBundle, type IdentityChange } from "../../relay/wire/keys.ts";
import { UNANSWERED_SESSION_LIFETIME_MS } from "./sessions.ts";
import { PeerClient } from "./testing/peer-client.ts";
import { statuses, texts } from "./testing/person.ts";
import { joinWatched, type WatchedPerson } from "./testing/watched-person.ts";

/** Alice has written to Bob, whose key is pinned by that; then his name is another's. */
async function nameTaken() {
  const relay = await startTestRelay();
  const alice = await joinWatched(relay, "alice");
  const common = { origin: relay.origin, clock: relay.now, username: "bob" };
  const bob = await PeerClient.join(common);
  await alice.engine.startConversation("bob");
  await alice.engine.send("bob", "Is this you?");
  const letter = await bob.hearKind("text");
  await alice.untilConversation("bob", (view) => statuses(view)[0] === "sent");
  await relay.store.resetName({ username: "bob", now: relay.now() });
  const impostor = await PeerClient.join(common);
  return { alice, bob, impostor, letter };
}

type Claim = (parties: { readonly bob: PeerClient; readonly impostor: PeerClient }) => IdentityChange | null;

const claiming = (identityChange: IdentityChange | null) => (bundle: Bundle) =>
  formatBundle({ ...bundle, identityChange });

function sends({ network }: WatchedPerson): number {
  return network.requests.filter(({ target }) => target === "/api/send").length;
}

const FALSE_CLAIMS: readonly [string, Claim][] = [
  ["nobody's word", () => null],
  ["the new key's own word", ({ impostor }) => impostor.relay.signIdentityChange(impostor.relay)],
  [
    "the new key's word in the earlier one's name",
    ({ bob, impostor }) => ({
      ...impostor.relay.signIdentityChange(impostor.relay),
      previousIdentityKey: bob.relay.identityKey,
    }),
  ],
  [
    "the earlier key's word for another name",
    ({ bob, impostor }) => bob.relay.signIdentityChange(impostor.relay, "bobby"),
  ],
  ["the earlier key's word for another key", ({ bob }) => bob.relay.signIdentityChange(bob.relay)],
  [
    "the earlier key's word with a flipped bit",
    ({ bob, impostor }) => {
      const change = bob.relay.signIdentityChange(impostor.relay);
      return { ...change, signature: change.signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) };
    },
  ],
];

describe("another identity key in a bundle", () => {
  it.each(FALSE_CLAIMS)(
    "with %s is a change that the earlier key does not confirm, and nothing leaves",
    async (_what, claim) => {
      const { alice, bob, impostor } = await nameTaken();
      alice.network.follow({ bundle: claiming(claim({ bob, impostor })) });
      const before = sends(alice);
      alice.advance(UNANSWERED_SESSION_LIFETIME_MS + 1);
      expect(await alice.engine.send("bob", "Only for the Bob I know.")).toEqual({ kind: "identity-changed" });
      const view = await alice.untilConversation("bob", ({ identity }) => identity.kind === "changed");
      expect(view.identity).toMatchObject({ kind: "changed", signedByEarlier: false });
      expect(view.messages.at(-1)).toMatchObject({ kind: "notice", notice: "identity-changed" });
      expect(sends(alice)).toBe(before);
    },
  );

  it("with the earlier key's word for it is a change that this one confirms, and nothing leaves either", async () => {
    const { alice, bob, impostor } = await nameTaken();
    alice.network.follow({ bundle: claiming(bob.relay.signIdentityChange(impostor.relay)) });
    const before = sends(alice);
    alice.advance(UNANSWERED_SESSION_LIFETIME_MS + 1);
    expect(await alice.engine.send("bob", "Only for the Bob I know.")).toEqual({ kind: "identity-changed" });
    const view = await alice.untilConversation("bob", ({ identity }) => identity.kind === "changed");
    expect(view.identity).toMatchObject({ kind: "changed", signedByEarlier: true });
    expect(view.messages.at(-1)).toMatchObject({ kind: "notice", notice: "identity-changed-signed" });
    expect(sends(alice)).toBe(before);
  });
});

describe("a message from another identity", () => {
  it("is confirmed by the earlier key's word in the bundle", async () => {
    const { alice, bob, impostor } = await nameTaken();
    alice.network.follow({ bundle: claiming(bob.relay.signIdentityChange(impostor.relay)) });
    await impostor.write("alice", "It is me.");
    const view = await alice.untilConversation(
      "bob",
      ({ identity }) => identity.kind === "changed" && identity.signedByEarlier,
    );
    expect(texts(view)).toEqual(["Is this you?", "It is me."]);
  });

  it.each(FALSE_CLAIMS.slice(0, 3))("is not confirmed by %s", async (_what, claim) => {
    const { alice, bob, impostor } = await nameTaken();
    alice.network.follow({ bundle: claiming(claim({ bob, impostor })) });
    await impostor.write("alice", "It is me.");
    await alice.network.until(() => alice.network.countFetches("bob") === 2);
    // Mail is taken in only after what was found out of it has been stored.
    await impostor.write("alice", "It really is.");
    const view = await alice.untilConversation("bob", (seen) => texts(seen).includes("It really is."));
    expect(view.identity).toMatchObject({ kind: "changed", signedByEarlier: false });
    await alice.engine.stop();
    const store = await alice.openStore();
    expect((await store.read("peers", ["bob"]))?.change?.signedByEarlier).toBe(false);
    await store.close();
  });

  it("gets nothing of what was written to the earlier one: neither before nor after it is accepted", async () => {
    const { alice, impostor, letter } = await nameTaken();
    await impostor.write("alice", "It is me.");
    const request = { kind: "resend-request", envelopes: [letter.digest] } as const;
    await impostor.say("alice", request);
    await impostor.write("alice", "Well?");
    const view = await alice.untilConversation("bob", (seen) => texts(seen).includes("Well?"));
    const before = sends(alice);
    if (view.identity.kind !== "changed") throw new Error("Alice must have seen the change");
    await alice.engine.decideIdentity("bob", view.identity.change, "accept");
    await impostor.say("alice", request);
    expect((await impostor.hearKind("resend-answer")).content).toMatchObject({ resent: [], refused: [letter.digest] });
    expect(sends(alice)).toBeGreaterThan(before);
    await alice.engine.send("bob", "Welcome back.");
    await impostor.hearKind("text");
    const heard = impostor.heard.flatMap(({ content }) => (content.kind === "text" ? [content.text] : []));
    expect(heard).toEqual(["Welcome back."]);
  });
});
