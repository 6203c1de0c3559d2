/** However often things go wrong, and whatever the relay does: what is asked, begun and shown is counted. */
import { describe, expect, it } from "vitest";
import { flipBit } from "../protocol/testing/refusal.ts";
import { sendText } from "./conversations.ts";
import { receiveEnvelopes } from "./inbox.ts";
import { ANSWER_PATIENCE_MS, MAX_REQUESTS_PER_ENVELOPE, REQUEST_AGAIN_MS } from "./recovery.ts";
import { MAX_RECOVERY_SESSIONS_PER_DAY } from "./recovery-records.ts";
import { texts } from "./testing/person.ts";
import { type SteppedPerson, steppedPair } from "./testing/stepped-person.ts";
import { DAY_MS } from "./testing/stored.ts";
import { missingCards } from "./testing/watched-person.ts";

/** Bob cannot open what Alice sent. */
async function withUnopened() {
  const world = await steppedPair();
  await sendText(world.alice.state, "bob", "third");
  await world.alice.post();
  await world.bob.loseSessions("alice");
  await world.bob.turn();
  return world;
}

/** Alters everything that comes in. */
function corrupt({ network }: SteppedPerson): void {
  network.follow({ mail: (envelope) => [{ ...envelope, body: flipBit(envelope.body, envelope.body.length - 1) }] });
}

describe("an envelope nobody answers for", () => {
  it("is asked for three times, an hour apart, and then lost", async () => {
    const { time, bob } = await withUnopened();
    const before = bob.countSent("alice") - 1;
    expect(missingCards(await bob.view("alice"))).toEqual([{ count: 1, state: "asked", cause: "keys-gone" }]);
    time.advance(REQUEST_AGAIN_MS - 1);
    await bob.turn();
    expect(bob.countSent("alice") - before).toBe(1);
    for (const wanted of [2, 3, 3, 3]) {
      time.advance(REQUEST_AGAIN_MS);
      await bob.turn();
      expect(bob.countSent("alice") - before).toBe(wanted);
    }
    expect(bob.countFetches("alice")).toBe(MAX_REQUESTS_PER_ENVELOPE);
    time.advance(ANSWER_PATIENCE_MS - 2 * REQUEST_AGAIN_MS - 1);
    await bob.turn();
    expect(missingCards(await bob.view("alice"))).toEqual([{ count: 1, state: "asked", cause: "keys-gone" }]);
    time.advance(1);
    await bob.turn();
    expect(missingCards(await bob.view("alice"))).toEqual([{ count: 1, state: "lost", cause: "keys-gone" }]);
    time.advance(DAY_MS);
    await bob.turn();
    expect(bob.countSent("alice") - before).toBe(3);
    expect(await bob.state.store.list("recoveries")).toEqual([]);
  });

  it("is lost in the end also when no session can be begun after the first request", async () => {
    const { time, bob } = await withUnopened();
    await bob.loseSessions("alice");
    bob.network.follow({ bundle: () => ({ devices: [], identityChange: null }) });
    const sent = bob.countSent("alice");
    for (let days = 0; days < 40; days++) {
      time.advance(DAY_MS);
      await bob.turn();
    }
    expect(bob.countSent("alice")).toBe(sent);
    expect(missingCards(await bob.view("alice"))).toEqual([{ count: 1, state: "lost", cause: "keys-gone" }]);
  });

  it("is asked for in no session that was begun before it failed, also when a fresh one could not be begun", async () => {
    const { time, bob } = await steppedPair();
    const [some] = bob.network.envelopes;
    if (some === undefined) throw new Error("nothing came in");
    await receiveEnvelopes(bob.state, [{ ...some, body: flipBit(some.body, some.body.length - 1) }]);
    bob.network.follow({ bundle: () => ({ devices: [], identityChange: null }) });
    const sent = bob.countSent("alice");
    for (let round = 0; round < 3; round++) {
      time.advance(1);
      await bob.turn();
    }
    expect(bob.countSent("alice")).toBe(sent);
    bob.network.follow();
    await bob.turn();
    expect(bob.countSent("alice")).toBe(sent + 1);
  });

  it("arrives when the answer comes to the third request", async () => {
    const { time, alice, bob } = await withUnopened();
    for (let hours = 0; hours < 5; hours++) {
      time.advance(REQUEST_AGAIN_MS);
      await bob.turn();
    }
    await alice.turn();
    await bob.turn();
    expect(texts(await bob.view("alice"))).toEqual(["first", "second", "third"]);
    expect(missingCards(await bob.view("alice"))).toEqual([]);
  });
});

describe("a relay that alters everything", () => {
  it("gets five handshakes a day from each, and as many requests", async () => {
    const { time, alice, bob } = await steppedPair();
    corrupt(alice);
    corrupt(bob);
    const before = { alice: alice.countSent("bob"), bob: bob.countSent("alice") };
    await sendText(alice.state, "bob", "third");
    await alice.post();
    const fetches = { alice: alice.countFetches("bob"), bob: bob.countFetches("alice") };
    for (let round = 0; round < 30; round++) {
      await bob.turn();
      await alice.turn();
    }
    expect(bob.countFetches("alice") - fetches.bob).toBe(MAX_RECOVERY_SESSIONS_PER_DAY);
    expect(alice.countFetches("bob") - fetches.alice).toBe(MAX_RECOVERY_SESSIONS_PER_DAY);
    expect(bob.countSent("alice") - before.bob).toBe(MAX_RECOVERY_SESSIONS_PER_DAY);
    expect(alice.countSent("bob") - before.alice).toBe(MAX_RECOVERY_SESSIONS_PER_DAY + 1);
    time.advance(DAY_MS);
    for (let round = 0; round < 30; round++) {
      await bob.turn();
      await alice.turn();
    }
    expect(bob.countFetches("alice") - fetches.bob).toBe(2 * MAX_RECOVERY_SESSIONS_PER_DAY);
  });

  it("and mends its ways meets two who go on", async () => {
    const { time, alice, bob } = await steppedPair();
    corrupt(alice);
    corrupt(bob);
    await sendText(alice.state, "bob", "third");
    await alice.post();
    for (let round = 0; round < 20; round++) {
      await bob.turn();
      await alice.turn();
    }
    alice.network.follow();
    bob.network.follow();
    time.advance(2 * DAY_MS);
    for (let round = 0; round < 4; round++) {
      await bob.turn();
      await alice.turn();
    }
    await sendText(alice.state, "bob", "fourth");
    await sendText(bob.state, "alice", "fifth");
    for (let round = 0; round < 2; round++) {
      await bob.turn();
      await alice.turn();
    }
    expect(texts(await bob.view("alice"))).toContain("fourth");
    expect(texts(await alice.view("bob"))).toContain("fifth");
    expect(missingCards(await bob.view("alice")).filter(({ state }) => state === "asked")).toEqual([]);
  });
});

describe("unopened mail of many made-up senders", () => {
  it("is remembered for twenty of them and asked for twenty times a day in all", async () => {
    const { bob } = await steppedPair();
    const [some] = bob.network.envelopes;
    if (some === undefined) throw new Error("nothing came in");
    const invented = Array.from({ length: 30 }, (_, number) => `nobody-${number}`);
    const fetched = () => invented.reduce((sum, name) => sum + bob.countFetches(name), 0);
    for (const from of invented) await receiveEnvelopes(bob.state, [{ ...some, from }]);
    expect((await bob.state.store.list("recoveries")).length).toBe(20);
    for (let round = 0; round < 3; round++) await bob.turn();
    expect(fetched()).toBe(20);
    expect(bob.state.conversations.size).toBe(1);
  });
});
