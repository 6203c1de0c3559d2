/** A relay that alters mail, repeats it or leads it astray: nothing wrong is shown, nothing is shown twice, and what it
 * provokes is bounded. */
import { describe, expect, it } from "vitest";
import { alteredEnvelopes, withBody, withOtherId } from "../../e2e/hostile/altered-envelopes.ts";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { MAX_RECOVERY_SESSIONS_PER_DAY, MAX_STRANGER_SESSIONS_PER_DAY } from "./recovery-records.ts";
import { statuses, texts } from "./testing/person.ts";
import { expectTexts, expectTheyGoOn, joinWatched, missingCards } from "./testing/watched-person.ts";

/** Alice has written Bob a first message, which he has; it is kept as the relay saw it. */
async function firstMessage() {
  const relay = await startTestRelay();
  const alice = await joinWatched(relay, "alice");
  const bob = await joinWatched(relay, "bob");
  await alice.engine.startConversation("bob");
  await alice.engine.send("bob", "The first.");
  await expectTexts(bob, alice, ["The first."]);
  const [first] = bob.network.envelopes;
  if (first === undefined) throw new Error("the relay has seen no mail");
  return { relay, alice, bob, first };
}

describe("mail that is altered on its way, every time", () => {
  it("is never shown; the sender does not learn more than it was sent, and the next honest one arrives", async () => {
    const { alice, bob } = await firstMessage();
    bob.network.follow({ mail: (envelope) => alteredEnvelopes(envelope).slice(-1) });
    for (let count = 0; count < 8; count++) await alice.engine.send("bob", `destroyed ${count}`);
    const view = await bob.untilConversation("alice", (seen) => {
      const cards = missingCards(seen);
      return cards.reduce((sum, card) => sum + card.count, 0) === 8;
    });
    expect(texts(view)).toEqual(["The first."]);
    bob.network.follow();
    await alice.engine.send("bob", "Let through.");
    const after = await bob.untilConversation("alice", (seen) =>
      missingCards(seen).every(({ state }) => state === "lost"),
    );
    expect(texts(after)).toEqual(["The first.", "Let through."]);
    expect(missingCards(after).reduce((sum, card) => sum + card.count, 0)).toBe(8);
    expect(missingCards(after).every(({ cause }) => cause === "altered")).toBe(true);
    const sent = await alice.untilConversation("bob", (seen) => statuses(seen).at(-1) === "delivered");
    expect(statuses(sent)).toEqual(["delivered", ...Array<string>(8).fill("sent"), "delivered"]);
    expect(bob.network.countFetches("alice")).toBeLessThanOrEqual(MAX_RECOVERY_SESSIONS_PER_DAY);
  });

  it("makes Bob begin no more sessions in a day than he may, however long it goes on", async () => {
    const { alice, bob, first } = await firstMessage();
    for (let round = 1; round <= MAX_RECOVERY_SESSIONS_PER_DAY + 3; round++) {
      bob.network.push(withBody(first, Uint8Array.of(2, 1, round)));
      const state = round <= MAX_RECOVERY_SESSIONS_PER_DAY ? "lost" : "asked";
      await bob.untilConversation("alice", (seen) => missingCards(seen).at(-1)?.state === state);
      await expectTheyGoOn(alice, bob, `Round ${round}`);
    }
    expect(bob.network.countFetches("alice")).toBe(MAX_RECOVERY_SESSIONS_PER_DAY);
  });
});

describe("mail of made-up senders", () => {
  it("makes Bob ask for few of their keys, and shows nothing; a friend's mail is still asked for", async () => {
    const { alice, bob, first } = await firstMessage();
    const strangers = Array.from({ length: MAX_STRANGER_SESSIONS_PER_DAY + 5 }, (_, number) => `stranger${number}`);
    const fetches = () =>
      bob.network.requests.filter(({ target }) => target.startsWith("/api/get_keys/stranger")).length;
    bob.network.push(...strangers.map((from) => withBody({ ...first, from }, Uint8Array.of(2, 1))));
    await bob.network.until(() => fetches() >= MAX_STRANGER_SESSIONS_PER_DAY);
    bob.network.push(...strangers.map((from) => withBody({ ...first, from }, Uint8Array.of(2, 2))));
    for (const name of ["Once", "Twice", "Three times"]) await expectTheyGoOn(alice, bob, name);
    expect(fetches()).toBe(MAX_STRANGER_SESSIONS_PER_DAY);
    expect((await bob.until(() => true)).conversations.map(({ peer }) => peer)).toEqual(["alice"]);

    bob.network.push(withBody(first, Uint8Array.of(2, 1, 0)));
    await bob.untilConversation("alice", (seen) => missingCards(seen)[0]?.state === "lost");
    expect(bob.network.countFetches("alice")).toBe(1);
  });
});

describe("a message for Bob that the relay leads astray", () => {
  it("is shown neither to Carol nor as Bob's to Alice, and both conversations go on", async () => {
    const { relay, alice, bob, first } = await firstMessage();
    const carol = await joinWatched(relay, "carol");
    await alice.engine.startConversation("carol");
    await expectTheyGoOn(alice, carol, "Before");
    carol.network.push(first);
    alice.network.push(first, { ...first, from: "bob" }, { ...withOtherId(first, 1), from: "carol" });
    for (const [person, peer] of [
      [carol, "alice"],
      [alice, "bob"],
      [alice, "carol"],
    ] as const) {
      const view = await person.untilConversation(peer, (seen) => missingCards(seen)[0]?.state === "lost");
      expect(missingCards(view)).toHaveLength(1);
      expect(texts(view).filter((text) => text === "The first.")).toHaveLength(
        person === alice && peer === "bob" ? 1 : 0,
      );
    }
    expect((await alice.until(() => true)).conversations.map(({ peer }) => peer).sort()).toEqual(["bob", "carol"]);
    await expectTheyGoOn(alice, bob, "Afterwards");
    await expectTheyGoOn(alice, carol, "Afterwards");
  });
});
