/** Messages that could not be opened arrive after all, once, and nobody has to do anything for it. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { flipBit } from "../protocol/testing/refusal.ts";
import type { ConversationView } from "./api.ts";
import { sendText, startConversation } from "./conversations.ts";
import { deleteExpired } from "./expiry.ts";
import { maintainPrekeys } from "./prekey-upkeep.ts";
import { statuses, texts } from "./testing/person.ts";
import { SteppedPerson, testTime } from "./testing/stepped-person.ts";
import { alterPeer, copyProfile, DAY_MS, loseSessions, readStopped, twoWhoTalked } from "./testing/stored.ts";
import { expectTexts, missing, missingCards, type WatchedPerson } from "./testing/watched-person.ts";

/** The next envelope that comes in has one bit changed, wherever it is seen. */
function alterNext({ network }: WatchedPerson): void {
  const known = new Set(network.envelopes.map(({ id }) => id.join()));
  let altered: string | null = null;
  network.follow({
    mail(envelope) {
      const id = envelope.id.join();
      if (!known.has(id)) altered ??= id;
      return [id === altered ? { ...envelope, body: flipBit(envelope.body, envelope.body.length - 1) } : envelope];
    },
  });
}

async function expectNothingMissing(person: WatchedPerson, peer: string): Promise<void> {
  await person.untilConversation(peer, (view) => missing(view).length === 0);
}

describe("an envelope in which one bit was changed on the way", () => {
  it("is never shown as it came, and the next one opens", async () => {
    const { alice, bob } = await twoWhoTalked();
    alterNext(bob);
    await alice.engine.send("bob", "third");
    const view = await bob.untilConversation("alice", (seen) => missing(seen).length === 1);
    expect(texts(view)).toEqual(["first", "second"]);
    expect(missingCards(view)).toMatchObject([{ count: 1, cause: "altered" }]);
    await alice.engine.send("bob", "fourth");
    await bob.untilConversation("alice", (seen) => texts(seen).includes("fourth"));
  });

  it("is sent again, shown once, and its card goes", async () => {
    const { alice, bob } = await twoWhoTalked();
    alterNext(bob);
    await alice.engine.send("bob", "third");
    const isSettled = (seen: ConversationView) =>
      texts(seen).includes("third") || missing(seen).some(({ state }) => state === "lost");
    expect(texts(await bob.untilConversation("alice", isSettled))).toEqual(["first", "second", "third"]);
    await expectNothingMissing(bob, "alice");
  });
});

describe("a receipt that could not be opened", () => {
  it("is owed again", async () => {
    const { alice, bob } = await twoWhoTalked();
    await bob.engine.stop();
    await alice.engine.send("bob", "third");
    await alice.untilConversation("bob", (view) => statuses(view).at(-1) === "sent");
    await loseSessions(alice, "bob");
    const bobBack = await bob.restart();
    await expectTexts(bobBack, alice, ["first", "second", "third"]);
    const aliceBack = await alice.restart();
    await aliceBack.untilConversation("bob", (view) => statuses(view).at(-1) === "delivered");
    await expectNothingMissing(aliceBack, "bob");
    expect(aliceBack.network.countFetches("bob")).toBeGreaterThan(0);
  });
});

describe("sessions that are lost", () => {
  it("on both sides at once, with mail under way, are replaced and the mail arrives", async () => {
    const { alice, bob } = await twoWhoTalked();
    await bob.engine.stop();
    await alice.engine.send("bob", "third");
    await alice.untilConversation("bob", (view) => statuses(view).at(-1) === "sent");
    await loseSessions(alice, "bob");
    await loseSessions(bob, "alice");
    const [aliceBack, bobBack] = await Promise.all([alice.restart(), bob.restart()]);
    await expectTexts(bobBack, alice, ["first", "second", "third"]);
    await expectNothingMissing(bobBack, "alice");
    await bobBack.engine.send("alice", "fourth");
    await expectTexts(aliceBack, bob, ["first", "second", "third", "fourth"]);
  });

  it("with mail under way both ways end in the same session on both sides", async () => {
    const { alice, bob } = await twoWhoTalked();
    await bob.engine.stop();
    await alice.engine.send("bob", "from Alice");
    await alice.untilConversation("bob", (view) => statuses(view).at(-1) === "sent");
    await alice.engine.stop();
    const bobOnce = await bob.restart();
    await bobOnce.engine.send("alice", "from Bob");
    await bobOnce.untilConversation("alice", (view) => statuses(view).at(-1) === "sent");
    await bobOnce.engine.stop();
    await Promise.all([loseSessions(alice, "bob"), loseSessions(bobOnce, "alice")]);
    const [aliceBack, bobBack] = await Promise.all([alice.restart(), bobOnce.restart()]);
    await aliceBack.untilConversation("bob", (view) => texts(view).includes("from Bob"));
    for (const number of [1, 2]) {
      await aliceBack.engine.send("bob", `more from Alice ${number}`);
      await bobBack.engine.send("alice", `more from Bob ${number}`);
    }
    const hasAll = (mine: string) => (view: Parameters<typeof texts>[0]) =>
      texts(view).length === 8 && missing(view).length === 0 && texts(view).includes(mine);
    await aliceBack.untilConversation("bob", hasAll("more from Bob 2"));
    await bobBack.untilConversation("alice", hasAll("more from Alice 2"));
    const sendsWith = (person: WatchedPerson, peer: string) =>
      readStopped(person, async (store) => (await store.read("peers", [peer]))?.sessions[0]?.session.transcriptHash);
    const ofAlice = await sendsWith(aliceBack, "bob");
    expect(ofAlice).toBeDefined();
    expect(ofAlice).toEqual(await sendsWith(bobBack, "alice"));
  });
});

describe("a profile that is put back to an earlier state", () => {
  it.each(["alice", "bob"] as const)(
    "sends numbers that were used before, and heals both ways (%s's)",
    async (whose) => {
      const { alice, bob } = await twoWhoTalked();
      const one = whose === "alice" ? alice : bob;
      const other = whose === "alice" ? bob : alice;
      const putBack = await copyProfile(one);
      await one.engine.send(other.username, "forgotten");
      await other.untilConversation(one.username, (view) => texts(view).includes("forgotten"));
      await one.untilConversation(other.username, (view) => statuses(view).at(-1) === "delivered");
      await one.engine.stop();
      await putBack();
      const back = await one.restart();
      await back.engine.send(other.username, "third");
      await expectTexts(other, one, ["first", "second", "forgotten", "third"]);
      await expectNothingMissing(other, one.username);
      await other.engine.send(one.username, "fourth");
      await expectTexts(back, other, ["first", "second", "third", "fourth"]);
      await expectNothingMissing(back, other.username);
      await back.untilConversation(other.username, (view) => statuses(view).at(-1) === "delivered");
    },
  );
});

describe("a handshake below the five sessions that are kept", () => {
  it("opens its first message, and the next ones arrive by way of a fresh session", async () => {
    const { alice, bob } = await twoWhoTalked();
    const ahead = Math.floor(Date.now() / 1000) + 1_000;
    await alterPeer(bob, "alice", (known) => ({
      ...known,
      sessions: [0, 1, 2, 3, 4].flatMap((number) =>
        known.sessions.slice(0, 1).map((record) => ({
          ...record,
          session: { ...record.session, generation: ahead, transcriptHash: new Uint8Array(32).fill(number) },
        })),
      ),
    }));
    await loseSessions(alice, "bob");
    const [aliceBack, bobBack] = await Promise.all([alice.restart(), bob.restart()]);
    await aliceBack.engine.send("bob", "third");
    await expectTexts(bobBack, alice, ["first", "second", "third"]);
    await aliceBack.engine.send("bob", "fourth");
    await expectTexts(bobBack, alice, ["first", "second", "third", "fourth"]);
    await expectNothingMissing(bobBack, "alice");
  });
});

describe("mail that was sealed offline", () => {
  it("arrives also when it outlived the secrets of the prekeys it was sealed to", async () => {
    const relay = await startTestRelay();
    const time = testTime(relay);
    const alice = await SteppedPerson.join(relay, time, "alice");
    const bob = await SteppedPerson.join(relay, time, "bob");
    await startConversation(alice.state, "bob");
    // Bob's device sees that his one-time prekeys were taken.
    await maintainPrekeys(bob.state);
    time.advance(6 * DAY_MS);
    await sendText(alice.state, "bob", "late");
    time.advance(32 * DAY_MS);
    await deleteExpired(bob.state);
    await alice.post();
    await bob.turn();
    expect(texts(await bob.view("alice"))).toEqual([]);
    expect(bob.countFetches("alice")).toBe(1);
    await alice.turn();
    await bob.turn();
    await alice.turn();
    expect(texts(await bob.view("alice"))).toEqual(["late"]);
    expect(statuses(await alice.view("bob"))).toEqual(["delivered"]);
  });
});

describe("a repeat of an envelope that was opened", () => {
  it("is no failure: no card, no request", async () => {
    const { alice, bob } = await twoWhoTalked();
    const [first] = bob.network.envelopes;
    if (first === undefined) throw new Error("nothing came in");
    bob.network.push(first, { ...first, id: new Uint8Array(16) });
    await alice.engine.send("bob", "third");
    const view = await expectTexts(bob, alice, ["first", "second", "third"]);
    expect(missing(view)).toEqual([]);
    expect(bob.network.countFetches("alice")).toBe(0);
  });
});
