/** Replies, reactions, edits and deletions between two people, on both devices, in every order. */
import { describe, expect, it } from "vitest";
import type { MessageView, OwnChange } from "./api.ts";
import { CONTENT_VERSION, conversationId } from "./content.ts";
import { sendText } from "./conversations.ts";
import { DAY_MS } from "./days.ts";
import { changeMessage } from "./message-changes.ts";
import { messageDetails } from "./message-details.ts";
import { appendMessage, NEW_MESSAGE } from "./messages.ts";
import { rereadContents } from "./rereading.ts";
import { makeSearchBlocks } from "./search-blocks.ts";
import { type SteppedPerson, steppedPair } from "./testing/stepped-person.ts";

type TextView = Extract<MessageView, { readonly kind: "text" }>;

async function textsOf(person: SteppedPerson, peer: string): Promise<readonly TextView[]> {
  return (await person.view(peer)).messages.filter((message) => message.kind === "text");
}

/** The message of this text; one of them must be there. */
async function find(person: SteppedPerson, peer: string, text: string): Promise<TextView> {
  const message = (await textsOf(person, peer)).find((candidate) => candidate.text === text);
  if (message === undefined) throw new Error(`there is no message "${text}"`);
  return message;
}

async function change(person: SteppedPerson, peer: string, text: string, own: OwnChange) {
  return await changeMessage(person.state, peer, (await find(person, peer, text)).sequence, own);
}

describe("a reply", () => {
  it("quotes what it answers, as it is on the reader's own device", async () => {
    const { alice, bob } = await steppedPair();
    const { sequence } = await find(bob, "alice", "first");
    await sendText(bob.state, "alice", "an answer", { answers: sequence });
    await bob.post();
    await alice.turn();
    const there = await find(alice, "bob", "an answer");
    expect(there.quote).toEqual({
      direction: "outgoing",
      sequence: (await find(alice, "bob", "first")).sequence,
      excerpt: "first",
    });
    expect((await find(bob, "alice", "an answer")).quote).toEqual({
      direction: "incoming",
      sequence,
      excerpt: "first",
    });
  });

  it("to what is here no more is a message like any other", async () => {
    const { bob } = await steppedPair();
    const { sequence } = await find(bob, "alice", "first");
    await changeMessage(bob.state, "alice", sequence, { kind: "remove-here" });
    await sendText(bob.state, "alice", "an answer", { answers: sequence });
    expect((await find(bob, "alice", "an answer")).quote).toBeNull();
  });

  it("that waits for a session is one all the same once it leaves", async () => {
    const { alice, bob } = await steppedPair();
    await bob.loseSessions("alice");
    await sendText(bob.state, "alice", "later", { answers: (await find(bob, "alice", "first")).sequence });
    await bob.post();
    await alice.turn();
    expect((await find(alice, "bob", "later")).quote).toMatchObject({ excerpt: "first" });
  });
});

describe("a reaction", () => {
  it("is shown on both devices, is replaced by the next one, and goes when it is taken back", async () => {
    const { alice, bob, time } = await steppedPair();
    for (const emoji of ["👍", "❤️", null]) {
      time.advance(1_000);
      expect(await change(bob, "alice", "first", { kind: "reaction", emoji })).toEqual({ kind: "done" });
      await bob.post();
      await alice.turn();
      expect((await find(bob, "alice", "first")).reactions).toEqual({ ours: emoji, theirs: null });
      expect((await find(alice, "bob", "first")).reactions).toEqual({ ours: null, theirs: emoji });
    }
  });

  it("counts by the time it was given, whatever comes first", async () => {
    const { alice, bob, time } = await steppedPair();
    await change(bob, "alice", "first", { kind: "reaction", emoji: "👍" });
    const held = await bob.state.store.list("outbox");
    for (const { number } of held) await bob.state.commit([{ store: "outbox", id: [number ?? -1], value: null }]);
    time.advance(1_000);
    await change(bob, "alice", "first", { kind: "reaction", emoji: "🎉" });
    await bob.post();
    await alice.turn();
    for (const { number, value } of held) await bob.state.commit([{ store: "outbox", id: [number ?? -1], value }]);
    await bob.post();
    await alice.turn();
    expect((await find(alice, "bob", "first")).reactions.theirs).toBe("🎉");
  });

  it("is one emoji or nothing", async () => {
    const { bob } = await steppedPair();
    for (const emoji of ["", "a", "👍👍", "👍 ", "<b>", "\u202e", "1", "👍".padEnd(70, "\u200d")]) {
      expect(await change(bob, "alice", "first", { kind: "reaction", emoji }), emoji).toEqual({ kind: "refused" });
    }
    for (const emoji of ["👍🏽", "👩‍👩‍👧‍👦", "🇫🇷", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☺"]) {
      expect(await change(bob, "alice", "first", { kind: "reaction", emoji }), emoji).toEqual({ kind: "done" });
    }
  });
});

describe("an edit", () => {
  it("shows the new text on both devices, in the list and to a search, and keeps what was said before", async () => {
    const { alice, bob, time } = await steppedPair();
    time.advance(1_000);
    expect(await change(bob, "alice", "second", { kind: "edit", text: "second thoughts" })).toEqual({ kind: "done" });
    await bob.post();
    await alice.turn();
    for (const [person, peer] of [
      [bob, "alice"],
      [alice, "bob"],
    ] as const) {
      const message = await find(person, peer, "second thoughts");
      expect(message.isEdited).toBe(true);
      expect(person.state.conversations.get(peer)?.lastText).toBe("second thoughts");
      const details = await messageDetails(person.state, peer, message.sequence);
      expect(details?.earlierTexts.map(({ text }) => text)).toEqual(["second"]);
      expect(details?.editedAt).toBe(time.now());
    }
  });

  it("of a message that is in a block of texts changes the block", async () => {
    const { alice } = await steppedPair();
    for (let count = 0; count < 200; count += 1) await sendText(alice.state, "bob", `message ${count}`);
    await makeSearchBlocks(alice.state, () => false);
    await change(alice, "bob", "message 7", { kind: "edit", text: "a needle" });
    const block = await alice.state.store.read("searchBlocks", ["bob", 0]);
    expect(block?.texts.map(({ text }) => text)).toContain("a needle");
    expect(block?.texts.map(({ text }) => text)).not.toContain("message 7");
    await change(alice, "bob", "a needle", { kind: "delete" });
    expect((await alice.state.store.read("searchBlocks", ["bob", 0]))?.texts.map(({ text }) => text)).not.toContain(
      "a needle",
    );
  });

  it("can be made for a day, and not for longer; nobody edits what the other wrote", async () => {
    const { bob, time } = await steppedPair();
    const writtenAt = (await find(bob, "alice", "second")).at;
    time.advance(writtenAt + DAY_MS - time.now());
    expect(await change(bob, "alice", "second", { kind: "edit", text: "on time" })).toEqual({ kind: "done" });
    time.advance(1);
    expect(await change(bob, "alice", "on time", { kind: "edit", text: "late" })).toEqual({ kind: "too-late" });
    expect(await change(bob, "alice", "on time", { kind: "delete" })).toEqual({ kind: "too-late" });
    expect(await change(bob, "alice", "first", { kind: "edit", text: "theirs" })).toEqual({ kind: "refused" });
    expect(await change(bob, "alice", "first", { kind: "delete" })).toEqual({ kind: "refused" });
  });

  it("to nothing, or to more than fits, is none", async () => {
    const { bob } = await steppedPair();
    expect(await change(bob, "alice", "second", { kind: "edit", text: " \n" })).toEqual({ kind: "refused" });
    const edit = (length: number) => change(bob, "alice", "second", { kind: "edit", text: "x".repeat(length) });
    expect(await edit(16_001)).toEqual({ kind: "too-long" });
    expect(await edit(16_000)).toEqual({ kind: "done" });
  });
});

describe("a deletion", () => {
  it("takes the text from both devices, and leaves word that a message is missing", async () => {
    const { alice, bob, time } = await steppedPair();
    await change(bob, "alice", "second", { kind: "edit", text: "a secret" });
    await bob.post();
    await alice.turn();
    await change(alice, "bob", "a secret", { kind: "reaction", emoji: "👍" });
    time.advance(1_000);
    expect(await change(bob, "alice", "a secret", { kind: "delete" })).toEqual({ kind: "done" });
    await bob.post();
    await alice.turn();
    for (const [person, peer] of [
      [bob, "alice"],
      [alice, "bob"],
    ] as const) {
      const deleted = (await textsOf(person, peer)).at(-1);
      expect(deleted).toMatchObject({
        text: "",
        isDeleted: true,
        isEdited: false,
        reactions: { ours: null, theirs: null },
      });
      expect(person.state.conversations.get(peer)).toMatchObject({ lastText: "", lastKind: "deleted" });
      const stored = JSON.stringify(await person.state.store.list("messages", { prefix: [peer] }));
      expect(stored).not.toContain("second");
      expect(stored).not.toContain("a secret");
    }
  });

  it("of a message that was never sent lets nothing of it out", async () => {
    const { alice, bob } = await steppedPair();
    await bob.loseSessions("alice");
    await sendText(bob.state, "alice", "regretted");
    expect(await change(bob, "alice", "regretted", { kind: "delete" })).toEqual({ kind: "done" });
    await bob.post();
    await alice.turn();
    const texts = (await textsOf(alice, "bob")).map(({ text }) => text);
    expect(texts).not.toContain("regretted");
  });

  it("of a quoted message empties the quote", async () => {
    const { alice, bob } = await steppedPair();
    await sendText(alice.state, "bob", "an answer", { answers: (await find(alice, "bob", "second")).sequence });
    await alice.post();
    await bob.turn();
    await change(bob, "alice", "second", { kind: "delete" });
    await bob.post();
    await alice.turn();
    expect((await find(alice, "bob", "an answer")).quote?.excerpt).toBe("");
    expect((await find(bob, "alice", "an answer")).quote?.excerpt).toBe("");
  });
});

describe("a removal from this device", () => {
  it("leaves the message with the other, shows the one before in the list, and lets it come back by nothing", async () => {
    const { alice, bob } = await steppedPair();
    expect(await change(alice, "bob", "second", { kind: "remove-here" })).toEqual({ kind: "done" });
    expect((await textsOf(alice, "bob")).map(({ text }) => text)).toEqual(["first"]);
    expect(alice.state.conversations.get("bob")?.lastText).toBe("first");
    expect((await textsOf(bob, "alice")).map(({ text }) => text)).toEqual(["first", "second"]);
    await change(bob, "alice", "second", { kind: "edit", text: "second again" });
    await bob.post();
    await alice.turn();
    expect((await textsOf(alice, "bob")).map(({ text }) => text)).toEqual(["first"]);
  });
});

describe("what an earlier version could not read", () => {
  /** Alice's records as the version before reactions left them: what it did not know stands among the messages. */
  async function asEarlierVersion(alice: SteppedPerson, sources: readonly object[]): Promise<void> {
    const known = await alice.state.store.read("peers", ["bob"]);
    for (const [index, fields] of sources.entries()) {
      const conversation = alice.state.conversations.get("bob");
      if (conversation === undefined || known === null) throw new Error("Alice and Bob talk already");
      const id = String(index).padStart(22, "A");
      const head = { v: 1, conversation: await conversationId("alice", "bob"), id, fallback: `instead ${index}` };
      const { changes } = appendMessage(conversation, {
        ...NEW_MESSAGE,
        kind: "text",
        contentId: id,
        direction: "incoming",
        text: head.fallback,
        at: alice.state.ports.clock.now(),
        writtenAt: alice.state.ports.clock.now(),
        status: null,
        unsupported: true,
        source: JSON.stringify({ ...head, ...fields }),
        identityKey: known.identityKey,
      });
      await alice.state.commit(changes);
    }
    const account = { ...alice.state.account, contentVersion: 1 };
    await alice.state.commit([{ store: "account", id: [], value: account }]);
  }

  it("is read after the update, each in its place, and once", async () => {
    const { alice, time } = await steppedPair();
    const theirs = await alice.state.store.read("messages", ["bob", (await find(alice, "bob", "second")).sequence]);
    if (theirs?.kind !== "text") throw new Error("it is a text");
    const at = time.now();
    await asEarlierVersion(alice, [
      { kind: "reaction", target: theirs.contentId, emoji: "👍", at },
      { kind: "edit", target: theirs.contentId, text: "second thoughts", at },
      { kind: "text", text: "an answer", sentAt: at, reply: { to: theirs.contentId, own: true, excerpt: "second" } },
      { kind: "of-a-later-version" },
    ]);
    time.advance(40 * DAY_MS);
    await rereadContents(alice.state);
    await rereadContents(alice.state);
    expect((await textsOf(alice, "bob")).map(({ text, unsupported }) => [text, unsupported])).toEqual([
      ["first", false],
      ["second thoughts", false],
      ["an answer", false],
      ["instead 3", true],
    ]);
    expect(await find(alice, "bob", "second thoughts")).toMatchObject({ isEdited: true, reactions: { theirs: "👍" } });
    expect((await find(alice, "bob", "an answer")).quote).toMatchObject({ excerpt: "second thoughts" });
    expect(alice.state.account.contentVersion).toBe(CONTENT_VERSION);
  });
});

describe("a change", () => {
  it("that comes before its message waits for it", async () => {
    const { alice, bob, time } = await steppedPair();
    await sendText(bob.state, "alice", "slow");
    const held = await bob.state.store.list("outbox");
    for (const { number } of held) await bob.state.commit([{ store: "outbox", id: [number ?? -1], value: null }]);
    time.advance(1_000);
    await change(bob, "alice", "slow", { kind: "reaction", emoji: "🐌" });
    await change(bob, "alice", "slow", { kind: "edit", text: "slow but sure" });
    await bob.post();
    await alice.turn();
    expect((await textsOf(alice, "bob")).map(({ text }) => text)).toEqual(["first", "second"]);
    for (const { number, value } of held) await bob.state.commit([{ store: "outbox", id: [number ?? -1], value }]);
    await bob.post();
    await alice.turn();
    expect(await find(alice, "bob", "slow but sure")).toMatchObject({ isEdited: true, reactions: { theirs: "🐌" } });
  });

  it("that did not open is sent again, and counts then", async () => {
    const { alice, bob, time } = await steppedPair();
    await alice.loseSessions("bob");
    await change(bob, "alice", "second", { kind: "edit", text: "second thoughts" });
    await bob.post();
    for (let round = 0; round < 4; round += 1) {
      time.advance(60 * 60 * 1000);
      for (const person of [alice, bob]) await person.turn();
    }
    expect(await find(alice, "bob", "second thoughts")).toMatchObject({ isEdited: true });
    const view = await alice.view("bob");
    expect(view.messages.some(({ kind }) => kind === "missing")).toBe(false);
  });

  it("is asked for twice and made once", async () => {
    const { bob } = await steppedPair();
    const sent = bob.countSent("alice");
    for (const own of [
      { kind: "reaction", emoji: "👍" },
      { kind: "edit", text: "second thoughts" },
      { kind: "delete" },
    ] as const) {
      const { sequence } = (await textsOf(bob, "alice")).at(-1) ?? { sequence: -1 };
      for (let times = 0; times < 2; times += 1) {
        expect(await changeMessage(bob.state, "alice", sequence, own)).toEqual({ kind: "done" });
      }
    }
    await bob.post();
    expect(bob.countSent("alice") - sent).toBe(3);
  });
});

describe("the details of a message", () => {
  it("tell when it was written, sent, delivered and read, and name the session alike on both devices", async () => {
    const { alice, bob } = await steppedPair();
    const own = await messageDetails(bob.state, "alice", (await find(bob, "alice", "second")).sequence);
    const theirs = await messageDetails(alice.state, "bob", (await find(alice, "bob", "second")).sequence);
    expect(own?.sentAt).toBeTypeOf("number");
    expect(own?.deliveredAt).toBeTypeOf("number");
    expect(own?.readAt).toBeNull();
    expect(own?.arrivedAt).toBeNull();
    expect(theirs?.arrivedAt).toBeTypeOf("number");
    expect(theirs?.writtenAt).toBe(own?.writtenAt);
    expect(own?.session).toEqual(theirs?.session);
    expect(own?.session).toMatchObject({ isPostQuantum: true });
    expect(await messageDetails(bob.state, "alice", 999)).toBeNull();
  });
});
