/** Messages that disappear: on both devices, from reading on, also while the app is closed. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { openBackup } from "../protocol/backup-file.ts";
import { makeBackup } from "./backup.ts";
import { markRead, sendText } from "./conversations.ts";
import { DAY_MS } from "./days.ts";
import { deleteDisappeared, setTimer } from "./disappearing.ts";
import { changeMessage } from "./message-changes.ts";
import { type SteppedPerson, steppedPair } from "./testing/stepped-person.ts";
import { expectTexts, joinWatched } from "./testing/watched-person.ts";
import { accountView } from "./views.ts";

const MINUTE_MS = 60_000;

async function textsOf(person: SteppedPerson, peer: string): Promise<readonly string[]> {
  return (await person.view(peer)).messages.flatMap((message) => (message.kind === "text" ? [message.text] : []));
}

/** Alice has set that messages disappear a minute after they were read, has sent one, and Bob has it. */
async function oneSent() {
  const pair = await steppedPair();
  const { alice, bob, time } = pair;
  time.advance(1_000);
  expect(await setTimer(alice.state, "bob", 60)).toEqual({ kind: "done" });
  await sendText(alice.state, "bob", "for a minute");
  await alice.post();
  await bob.turn();
  await alice.turn();
  return pair;
}

async function stored(person: SteppedPerson, peer: string): Promise<string> {
  const { store } = person.state;
  const found = [
    await store.list("messages", { prefix: [peer] }),
    await store.list("conversations"),
    await store.list("searchBlocks"),
  ];
  return JSON.stringify(found);
}

describe("a message that disappears", () => {
  it("does so on both devices a minute after it was read, and not before", async () => {
    const { alice, bob, time } = await oneSent();
    time.advance(DAY_MS);
    for (const person of [alice, bob]) await deleteDisappeared(person.state);
    expect(await textsOf(bob, "alice")).toContain("for a minute");
    await markRead(bob.state, "alice");
    await bob.post();
    await alice.turn();
    time.advance(MINUTE_MS - 1);
    for (const person of [alice, bob]) expect(await deleteDisappeared(person.state)).toBe(time.now() + 1);
    expect(await textsOf(bob, "alice")).toContain("for a minute");
    expect(await textsOf(alice, "bob")).toContain("for a minute");
    time.advance(1);
    for (const [person, peer] of [
      [alice, "bob"],
      [bob, "alice"],
    ] as const) {
      // Not shown any more, whether or not it was deleted yet.
      expect(await textsOf(person, peer)).toEqual(["first", "second"]);
      expect(await deleteDisappeared(person.state)).toBeNull();
      expect(await textsOf(person, peer)).toEqual(["first", "second"]);
      expect(await stored(person, peer)).not.toContain("for a minute");
      expect(person.state.conversations.get(peer)?.lastText).toBe("second");
    }
  });

  it("is not shown in the list either once its time is over, before anything is deleted", async () => {
    const { bob, time } = await oneSent();
    await markRead(bob.state, "alice");
    time.advance(MINUTE_MS);
    const status = {
      phase: "ready",
      problem: null,
      connection: "offline",
      catchingUp: null,
      lock: null,
      working: null,
    } as const;
    const [summary] = accountView("bob", status, bob.state).conversations;
    expect(summary).toMatchObject({ lastText: "", lastDirection: null });
  });

  it("goes from the writer's device after its delivery where nothing is said of the reading", async () => {
    const { alice, bob, time } = await steppedPair();
    const settings = { readReceipts: false, typing: true };
    await bob.state.commit([{ store: "account", id: [], value: { ...bob.state.account, settings } }]);
    time.advance(1_000);
    await setTimer(alice.state, "bob", 60);
    await sendText(alice.state, "bob", "for a minute");
    await alice.post();
    await bob.turn();
    await alice.turn();
    time.advance(MINUTE_MS);
    await deleteDisappeared(alice.state);
    await deleteDisappeared(bob.state);
    expect(await textsOf(alice, "bob")).not.toContain("for a minute");
    // Who reads late must be able to read it.
    expect(await textsOf(bob, "alice")).toContain("for a minute");
    await markRead(bob.state, "alice");
    await bob.turn();
    await alice.turn();
    const status = (await alice.view("bob")).messages.flatMap((each) => (each.kind === "text" ? [each.status] : []));
    expect(status).not.toContain("read");
  });

  it("goes from the writer's device in the end when nothing is ever heard of it", async () => {
    const { alice, time } = await steppedPair();
    time.advance(1_000);
    await setTimer(alice.state, "bob", 60);
    await sendText(alice.state, "bob", "into the void");
    time.advance(37 * DAY_MS);
    await deleteDisappeared(alice.state);
    expect(await textsOf(alice, "bob")).toContain("into the void");
    time.advance(MINUTE_MS);
    await deleteDisappeared(alice.state);
    expect(await textsOf(alice, "bob")).not.toContain("into the void");
  });

  it("leaves nothing of it in what answers it, in an edit or in a backup", async () => {
    const { alice, bob, time } = await oneSent();
    const { messages } = await bob.view("alice");
    const sequence =
      messages.find((message) => message.kind === "text" && message.text === "for a minute")?.sequence ?? -1;
    await sendText(bob.state, "alice", "an answer", { answers: sequence });
    await bob.post();
    await alice.turn();
    const own = (await alice.view("bob")).messages.find((each) => each.kind === "text" && each.text === "for a minute");
    time.advance(1_000);
    await changeMessage(alice.state, "bob", own?.sequence ?? -1, { kind: "edit", text: "for a minute, edited" });
    await alice.post();
    await bob.turn();
    await markRead(bob.state, "alice");
    await markRead(alice.state, "bob");
    await bob.post();
    await alice.turn();
    const backup = await makeBackup(bob.state, "lighthouse umbrella", { cost: { memory: 8, passes: 1 } });
    if (backup.kind !== "made") throw new Error(`making a backup ended as ${backup.kind}`);
    const { content } = await openBackup(backup.file, "lighthouse umbrella");
    expect(new TextDecoder().decode(content)).toContain("first");
    expect(new TextDecoder().decode(content)).not.toContain("for a minute");
    time.advance(MINUTE_MS);
    for (const person of [alice, bob]) await deleteDisappeared(person.state);
    expect(await stored(alice, "bob")).not.toContain("for a minute");
    expect(await stored(bob, "alice")).not.toContain("for a minute");
  });
});

describe("the time after which messages disappear", () => {
  it("is the same for both, the one that was set last, and each setting is said in the conversation", async () => {
    const { alice, bob, time } = await steppedPair();
    time.advance(1_000);
    await setTimer(alice.state, "bob", 60);
    time.advance(1_000);
    await setTimer(bob.state, "alice", 3_600);
    for (const person of [alice, bob, alice, bob]) await person.turn();
    for (const [person, peer] of [
      [alice, "bob"],
      [bob, "alice"],
    ] as const) {
      const view = await person.view(peer);
      expect(view.timer).toBe(3_600);
      expect(view.messages.at(-1)).toMatchObject({ kind: "timer", seconds: person === bob ? 3_600 : 3_600 });
    }
    time.advance(1_000);
    await setTimer(bob.state, "alice", null);
    await bob.post();
    await alice.turn();
    expect((await alice.view("bob")).timer).toBeNull();
    await sendText(alice.state, "bob", "to stay");
    expect((await alice.view("bob")).messages.at(-1)).toMatchObject({ text: "to stay", disappears: null });
  });

  it.each([0, 1, 4, 2_419_201, 60.5, Number.NaN])("cannot be %d seconds", async (seconds) => {
    const { alice } = await steppedPair();
    expect(await setTimer(alice.state, "bob", seconds)).toEqual({ kind: "refused" });
  });

  it("of a message that Mallory makes up is no time at all, and the text stays", async () => {
    const { alice, bob, time } = await steppedPair();
    for (const seconds of [-1, 0, 3, 1e12]) {
      time.advance(1_000);
      const conversation = alice.state.conversations.get("bob");
      if (conversation === undefined) throw new Error("they talk already");
      await alice.state.commit([
        { store: "conversations", id: ["bob"], value: { ...conversation, timer: { seconds, setAt: 0 } } },
      ]);
      await sendText(alice.state, "bob", `after ${seconds}`);
      await alice.post();
      await bob.turn();
      expect((await bob.view("alice")).messages.at(-1)).toMatchObject({ text: `after ${seconds}`, disappears: null });
    }
  });
});

describe("an engine that was closed while a message's time went on", () => {
  it("does not show it again, and deletes it", async () => {
    const relay = await startTestRelay();
    const alice = await joinWatched(relay, "alice");
    const bob = await joinWatched(relay, "bob");
    await alice.engine.startConversation("bob");
    await alice.engine.setTimer("bob", 3_600);
    await alice.engine.send("bob", "for an hour");
    await expectTexts(bob, alice, ["for an hour"]);
    await bob.engine.markRead("alice");
    bob.advance(3_600_000);
    const back = await bob.restart();
    const view = await back.untilConversation("alice", ({ messages }) => messages.length > 0);
    expect(view.messages.map(({ kind }) => kind)).toEqual(["timer"]);
    await back.until(({ conversations }) => conversations[0]?.lastText === "");
    await back.engine.stop();
    const store = await back.openStore();
    expect(JSON.stringify(await store.list("messages"))).not.toContain("for an hour");
    await store.close();
  });
});
