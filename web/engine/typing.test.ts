/** Word that somebody is writing: who gets it, how long it counts, and who switched it off. */
import { describe, expect, it } from "vitest";
import { sendText } from "./conversations.ts";
import { type SteppedPerson, steppedPair } from "./testing/stepped-person.ts";
import { sayTyping } from "./typing.ts";
import { accountView } from "./views.ts";

const STATUS = {
  phase: "ready",
  problem: null,
  connection: "online",
  catchingUp: null,
  lock: null,
  working: null,
} as const;

function isTyping(person: SteppedPerson, peer: string): boolean | undefined {
  const { conversations } = accountView(person.username, STATUS, person.state);
  return conversations.find((summary) => summary.peer === peer)?.isTyping;
}

describe("word that Bob is writing", () => {
  it("is shown to Alice for some seconds, and ends with his message", async () => {
    const { alice, bob, time } = await steppedPair();
    expect(await sayTyping(bob.state, "alice")).toBe(true);
    await bob.post();
    await alice.turn();
    expect(isTyping(alice, "bob")).toBe(true);
    time.advance(6_000);
    expect(isTyping(alice, "bob")).toBe(false);
    await sayTyping(bob.state, "alice");
    await bob.post();
    await alice.turn();
    expect(isTyping(alice, "bob")).toBe(true);
    await sendText(bob.state, "alice", "written");
    await bob.post();
    await alice.turn();
    expect(isTyping(alice, "bob")).toBe(false);
    expect((await alice.view("bob")).messages).toHaveLength(3);
  });

  it("that waited on the relay says nothing any more, and is no message", async () => {
    const { alice, bob, time } = await steppedPair();
    await sayTyping(bob.state, "alice");
    await bob.post();
    time.advance(6_000);
    await alice.turn();
    expect(isTyping(alice, "bob")).toBe(false);
    expect((await alice.view("bob")).messages).toHaveLength(2);
  });

  it("does not leave for someone who was not heard of for long, while anything waits, or where he switched it off", async () => {
    const { alice, bob, time } = await steppedPair();
    await sendText(bob.state, "alice", "waits");
    expect(await sayTyping(bob.state, "alice")).toBe(false);
    await bob.post();
    // It has left, and nobody has said that it arrived.
    expect(await sayTyping(bob.state, "alice")).toBe(false);
    for (const person of [alice, bob]) await person.turn();
    expect(await sayTyping(bob.state, "alice")).toBe(true);
    await bob.post();
    const settings = { readReceipts: true, typing: false };
    await bob.state.commit([{ store: "account", id: [], value: { ...bob.state.account, settings } }]);
    expect(await sayTyping(bob.state, "alice")).toBe(false);
    const { readReceipts } = settings;
    await bob.state.commit([
      { store: "account", id: [], value: { ...bob.state.account, settings: { readReceipts, typing: true } } },
    ]);
    time.advance(5 * 60_000 + 1);
    expect(await sayTyping(bob.state, "alice")).toBe(false);
    await sendText(alice.state, "bob", "here I am");
    await alice.post();
    await bob.turn();
    expect(await sayTyping(bob.state, "alice")).toBe(true);
  });
});
