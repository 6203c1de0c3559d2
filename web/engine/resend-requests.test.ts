/** What a peer gets that asks for envelopes again: its own messages, a few times, as long as they are known. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { beginSessionWith } from "./begin-session.ts";
import { sendText } from "./conversations.ts";
import { deleteExpired, SENT_ENVELOPE_LIFETIME_MS } from "./expiry.ts";
import { decideIdentity } from "./identity.ts";
import { peerIdentity } from "./peer-identity.ts";
import { MAX_RECOVERY_SESSIONS_PER_DAY } from "./recovery-records.ts";
import { MAX_RESENDS_PER_CONTENT } from "./resend.ts";
import { PeerClient } from "./testing/peer-client.ts";
import { SteppedPerson, testTime } from "./testing/stepped-person.ts";
import { DAY_MS } from "./testing/stored.ts";

/** Alice has written "one" to Bob, who talks with her from a program of his own. */
async function aliceAndPeer() {
  const relay = await startTestRelay();
  const time = testTime(relay);
  const alice = await SteppedPerson.join(relay, time, "alice");
  const join = (username: string) => PeerClient.join({ origin: relay.origin, username, clock: relay.now });
  const bob = await join("bob");
  await bob.write("alice", "hello");
  await alice.turn();
  await bob.hearKind("receipt");
  await sendText(alice.state, "bob", "one");
  await alice.post();
  const heard = await bob.hearKind("text");
  return { relay, time, join, alice, bob, digest: heard.digest, id: heard.content.id };
}

/** Asks Alice for these envelopes and returns what she answers, and the texts that come before the answer. */
async function ask(peer: PeerClient, alice: SteppedPerson, envelopes: readonly string[]) {
  await peer.say("alice", { kind: "resend-request", envelopes });
  await alice.turn();
  const texts: { readonly id: string; readonly text: string; readonly digest: string }[] = [];
  for (;;) {
    const { content, digest } = await peer.hear();
    if (content.kind === "text") texts.push({ id: content.id, text: content.text, digest });
    if (content.kind === "resend-answer") return { resent: content.resent, refused: content.refused, texts };
  }
}

describe("a request for a message of ours", () => {
  it("is answered with the same content in a new envelope, three times and no more", async () => {
    const { alice, bob, digest, id } = await aliceAndPeer();
    const asked = [digest];
    for (let time = 0; time < MAX_RESENDS_PER_CONTENT; time++) {
      const { resent, refused, texts } = await ask(bob, alice, asked.slice(-1));
      expect({ resent, refused }).toEqual({ resent: asked.slice(-1), refused: [] });
      expect(texts).toMatchObject([{ id, text: "one" }]);
      asked.push(texts[0]?.digest ?? "");
    }
    expect(new Set(asked).size).toBe(MAX_RESENDS_PER_CONTENT + 1);
    // Also under its first name it is the same content.
    for (const again of [digest, asked.at(-1) ?? ""]) {
      expect(await ask(bob, alice, [again])).toEqual({ resent: [], refused: [again], texts: [] });
    }
    expect(alice.countFetches("bob")).toBe(0);
  });

  it("that names it twice, and a repeat of it, gets it once", async () => {
    const { alice, bob, digest } = await aliceAndPeer();
    const first = await ask(bob, alice, [digest, digest]);
    expect(first.resent).toEqual([digest]);
    expect(first.texts.length).toBe(1);
    const second = await ask(bob, alice, [digest, first.texts[0]?.digest ?? ""]);
    expect(second.resent.length).toBe(2);
    expect(second.texts.length).toBe(1);
  });

  it("that was deleted is refused", async () => {
    const { alice, bob, digest } = await aliceAndPeer();
    const messages = await alice.state.store.list("messages", { prefix: ["bob"] });
    const sequence = messages.find(({ value }) => value.kind === "text" && value.text === "one")?.number ?? -1;
    await alice.state.commit([{ store: "messages", id: ["bob", sequence], value: null }]);
    expect(await ask(bob, alice, [digest])).toEqual({ resent: [], refused: [digest], texts: [] });
  });

  it("is answered up to 37 days after it was sealed", async () => {
    const { time, alice, bob, digest } = await aliceAndPeer();
    time.advance(SENT_ENVELOPE_LIFETIME_MS);
    await deleteExpired(alice.state);
    expect((await ask(bob, alice, [digest])).texts.length).toBe(1);
    time.advance(1);
    await deleteExpired(alice.state);
    expect(await ask(bob, alice, [digest])).toEqual({ resent: [], refused: [digest], texts: [] });
  });
});

describe("a request for something else", () => {
  it("unknown is refused", async () => {
    const { alice, bob } = await aliceAndPeer();
    const unknown = "A".repeat(43);
    expect(await ask(bob, alice, [unknown])).toEqual({ resent: [], refused: [unknown], texts: [] });
  });

  it("for what went to another person is refused, and that person still gets it", async () => {
    const { alice, bob, digest, join } = await aliceAndPeer();
    const mallory = await join("mallory");
    expect(await ask(mallory, alice, [digest])).toEqual({ resent: [], refused: [digest], texts: [] });
    expect((await ask(bob, alice, [digest])).texts.length).toBe(1);
  });

  it("for a receipt gets its ids in a new receipt", async () => {
    const { alice, bob } = await aliceAndPeer();
    const { id } = await bob.write("alice", "again");
    await alice.turn();
    const { digest } = await bob.hearKind("receipt");
    expect(await ask(bob, alice, [digest])).toEqual({ resent: [digest], refused: [], texts: [] });
    expect((await bob.hearKind("receipt")).content.delivered).toEqual([id]);
  });

  it("for an answer or a request sends nothing again", async () => {
    const { alice, bob, digest } = await aliceAndPeer();
    await bob.say("alice", { kind: "resend-request", envelopes: [digest] });
    await alice.turn();
    const answer = await bob.hearKind("resend-answer");
    const before = alice.countSent("bob");
    expect(await ask(bob, alice, [answer.digest])).toEqual({ resent: [answer.digest], refused: [], texts: [] });
    expect(alice.countSent("bob") - before).toBe(1);
  });
});

describe("a request in another session than the one that sends", () => {
  it("is answered in a fresh one, five times a day", async () => {
    const { time, alice, bob, digest } = await aliceAndPeer();
    const rounds = MAX_RECOVERY_SESSIONS_PER_DAY + 2;
    const askInTheOldOne = async () => {
      // Bob has heard nothing in this one yet.
      await beginSessionWith(alice.state, "bob");
      await bob.say("alice", { kind: "resend-request", envelopes: [digest] });
      await alice.turn();
    };
    for (let round = 0; round < rounds; round++) await askInTheOldOne();
    expect(alice.countFetches("bob") - rounds).toBe(MAX_RECOVERY_SESSIONS_PER_DAY);
    time.advance(DAY_MS);
    await askInTheOldOne();
    expect(alice.countFetches("bob") - rounds - 1).toBe(MAX_RECOVERY_SESSIONS_PER_DAY + 1);
    await bob.hearKind("resend-answer");
  });
});

describe("a request under another identity", () => {
  async function withAnotherIdentity() {
    const world = await aliceAndPeer();
    const { relay, alice, join } = world;
    await relay.store.resetName({ username: "bob", now: relay.now() });
    const other = await join("bob");
    const asks = async () => {
      await other.say("alice", { kind: "resend-request", envelopes: [world.digest] });
      await alice.turn();
    };
    await asks();
    const identity = await peerIdentity(alice.state, "bob");
    if (identity.kind !== "changed") throw new Error("the identity must have changed");
    return { ...world, other, asks, change: identity.change };
  }

  it("is ignored while the person has not decided, and after", async () => {
    const { alice, asks, change } = await withAnotherIdentity();
    await asks();
    expect(await alice.state.store.list("recoveries")).toEqual([]);
    const before = alice.countSent("bob");
    await decideIdentity(alice.state, "bob", { change, decision: "accept" });
    await alice.turn();
    expect(alice.countSent("bob")).toBe(before);
  });

  it("gets nothing that was sent to the one before, once accepted", async () => {
    const { alice, other, digest, change } = await withAnotherIdentity();
    await decideIdentity(alice.state, "bob", { change, decision: "accept" });
    expect(await ask(other, alice, [digest])).toEqual({ resent: [], refused: [digest], texts: [] });
    await sendText(alice.state, "bob", "two");
    await alice.post();
    const two = await other.hearKind("text");
    expect(two.content.text).toBe("two");
    expect((await ask(other, alice, [two.digest])).texts).toMatchObject([{ id: two.content.id, text: "two" }]);
  });
});
