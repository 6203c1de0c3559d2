/** Requests, muting, pinning, archiving, blocking, renaming and deleting, and what a hostile other can do about it. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import type { ConversationChange, ConversationSummary } from "./api.ts";
import { changeConversation, deleteConversation } from "./conversation-settings.ts";
import { markRead, sendText, startConversation } from "./conversations.ts";
import { keepDraft } from "./drafts.ts";
import { makeSearchBlocks } from "./search-blocks.ts";
import { SteppedPerson, steppedPair, testTime } from "./testing/stepped-person.ts";
import { accountView } from "./views.ts";

const STATUS = {
  phase: "ready",
  problem: null,
  connection: "online",
  catchingUp: null,
  lock: null,
  working: null,
} as const;

const list = ({ username, state }: SteppedPerson) => accountView(username, STATUS, state).conversations;

function summary(person: SteppedPerson, peer: string): ConversationSummary | undefined {
  return list(person).find((one) => one.peer === peer);
}

async function textsOf(person: SteppedPerson, peer: string): Promise<readonly string[]> {
  return (await person.view(peer)).messages.flatMap((message) => (message.kind === "text" ? [message.text] : []));
}

/** Bob has got a first message of Alice's, and has done nothing about it. */
async function request() {
  const relay = await startTestRelay();
  const time = testTime(relay);
  const alice = await SteppedPerson.join(relay, time, "alice");
  const bob = await SteppedPerson.join(relay, time, "bob");
  await startConversation(alice.state, "bob");
  await sendText(alice.state, "bob", "hello");
  await alice.post();
  await bob.turn();
  return { relay, time, alice, bob };
}

async function statusOfFirst(person: SteppedPerson, peer: string) {
  const [first] = (await person.view(peer)).messages;
  return first?.kind === "text" ? first.status : null;
}

const change = (person: SteppedPerson, peer: string, asked: ConversationChange) =>
  changeConversation(person.state, peer, asked);

describe("a request", () => {
  it("is one until it is accepted, and until then its writer does not learn that it was read", async () => {
    const { alice, bob } = await request();
    expect(summary(bob, "alice")).toMatchObject({ isRequest: true, unread: 1 });
    expect(summary(alice, "bob")).toMatchObject({ isRequest: false });
    await markRead(bob.state, "alice");
    await bob.turn();
    await alice.turn();
    expect(await statusOfFirst(alice, "bob")).toBe("delivered");
    expect(await change(bob, "alice", { kind: "accept" })).toEqual({ kind: "done" });
    expect(summary(bob, "alice")).toMatchObject({ isRequest: false });
    await bob.turn();
    await alice.turn();
    expect(await statusOfFirst(alice, "bob")).toBe("read");
  });

  it("is accepted by an answer", async () => {
    const { bob } = await request();
    await sendText(bob.state, "alice", "hello to you");
    expect(summary(bob, "alice")).toMatchObject({ isRequest: false });
  });

  it("that was deleted is one again when more comes", async () => {
    const { alice, bob } = await request();
    await deleteConversation(bob.state, "alice");
    expect(list(bob)).toEqual([]);
    await sendText(alice.state, "bob", "hello?");
    await alice.post();
    await bob.turn();
    expect(summary(bob, "alice")).toMatchObject({ isRequest: true, lastText: "hello?" });
    expect(await textsOf(bob, "alice")).toEqual(["hello?"]);
  });
});

describe("a conversation", () => {
  it("that is pinned is first, in the order of pinning, until it is not any more", async () => {
    const { relay, time, alice } = await request();
    for (const name of ["carol", "dave"]) {
      await SteppedPerson.join(relay, time, name);
      time.advance(1_000);
      await startConversation(alice.state, name);
    }
    expect(list(alice).map(({ peer }) => peer)).toEqual(["dave", "carol", "bob"]);
    for (const peer of ["bob", "carol"]) {
      time.advance(1_000);
      await change(alice, peer, { kind: "pin", on: true });
    }
    expect(list(alice).map(({ peer, isPinned }) => [peer, isPinned])).toEqual([
      ["bob", true],
      ["carol", true],
      ["dave", false],
    ]);
    await change(alice, "bob", { kind: "pin", on: false });
    expect(list(alice).map(({ peer }) => peer)).toEqual(["carol", "dave", "bob"]);
    await change(alice, "carol", { kind: "archive", on: true });
    expect(summary(alice, "carol")).toMatchObject({ isArchived: true, isPinned: false });
  });

  it("that is archived comes back with what comes in, unless it is muted", async () => {
    const { alice, bob } = await steppedPair();
    await change(alice, "bob", { kind: "archive", on: true });
    await sendText(bob.state, "alice", "one");
    await bob.post();
    await alice.turn();
    expect(summary(alice, "bob")).toMatchObject({ isArchived: false });
    await change(alice, "bob", { kind: "archive", on: true });
    await change(alice, "bob", { kind: "mute", on: true });
    await sendText(bob.state, "alice", "two");
    await bob.post();
    await alice.turn();
    expect(summary(alice, "bob")).toMatchObject({ isArchived: true, isMuted: true, unread: 3 });
    await sendText(alice.state, "bob", "three");
    expect(summary(alice, "bob")).toMatchObject({ isArchived: false });
  });

  it("shows the beginning of its draft until it is sent or emptied", async () => {
    const { alice } = await steppedPair();
    await keepDraft(alice.state, "bob", "half a\nthought");
    expect(summary(alice, "bob")).toMatchObject({ draft: "half a thought" });
    await keepDraft(alice.state, "bob", "");
    expect(summary(alice, "bob")).toMatchObject({ draft: "" });
    await keepDraft(alice.state, "bob", "a thought");
    await sendText(alice.state, "bob", "a thought");
    expect(summary(alice, "bob")).toMatchObject({ draft: "" });
  });

  it("has the name that was given, without what could make it look like something else", async () => {
    const { alice, bob } = await steppedPair();
    const rename = async (name: string) => {
      await change(alice, "bob", { kind: "rename", name });
      return summary(alice, "bob")?.givenName;
    };
    expect(await rename("  Bobby ")).toBe("Bobby");
    expect(await rename("\u202eevil\u2066\u200b\nname")).toBe("evil name");
    expect(await rename("x".repeat(70))).toBe("x".repeat(64));
    expect(await rename("<b>Bob</b>")).toBe("<b>Bob</b>");
    expect(await rename(" \u200b ")).toBeNull();
    await alice.post();
    expect(await bob.takeIn()).toEqual([]);
  });

  it("that is not there cannot be changed or deleted", async () => {
    const { alice } = await steppedPair();
    for (const asked of [{ kind: "accept" }, { kind: "mute", on: true }, { kind: "block", on: true }] as const) {
      expect(await change(alice, "carol", asked)).toEqual({ kind: "gone" });
    }
    expect(await deleteConversation(alice.state, "carol")).toEqual({ kind: "gone" });
  });
});

describe("somebody who is blocked", () => {
  it("reaches nobody: nothing is stored, receipted or asked for, and the session goes on", async () => {
    const { alice, bob } = await steppedPair();
    await change(alice, "bob", { kind: "block", on: true });
    await sendText(bob.state, "alice", "can you hear me");
    await bob.post();
    const sent = alice.countSent("bob");
    await alice.turn();
    expect(await textsOf(alice, "bob")).toEqual(["first", "second"]);
    expect(alice.countSent("bob")).toBe(sent);
    expect(summary(alice, "bob")).toMatchObject({ isBlocked: true, unread: 1 });
    expect(await sendText(alice.state, "bob", "no")).toEqual({ kind: "blocked" });
    await change(alice, "bob", { kind: "block", on: false });
    await sendText(bob.state, "alice", "and now");
    await bob.post();
    await alice.turn();
    expect(await textsOf(alice, "bob")).toEqual(["first", "second", "and now"]);
    expect(await sendText(alice.state, "bob", "yes")).toEqual({ kind: "queued" });
  });

  it("whose mail does not open is asked for nothing", async () => {
    const { alice, bob } = await steppedPair();
    await alice.loseSessions("bob");
    await change(alice, "bob", { kind: "block", on: true });
    await sendText(bob.state, "alice", "can you hear me");
    await bob.post();
    const fetched = alice.countFetches("bob");
    await alice.turn();
    expect(alice.countFetches("bob")).toBe(fetched);
    expect((await alice.view("bob")).messages.filter(({ kind }) => kind === "missing")).toEqual([]);
  });

  it("stays so when the conversation is deleted, begins none, and is listed", async () => {
    const { alice, bob } = await steppedPair();
    await change(alice, "bob", { kind: "block", on: true });
    await deleteConversation(alice.state, "bob");
    await sendText(bob.state, "alice", "can you hear me");
    await bob.post();
    await alice.turn();
    const view = accountView("alice", STATUS, alice.state);
    expect(view.conversations).toEqual([]);
    expect(view.blocked).toEqual(["bob"]);
  });
});

describe("a deleted conversation", () => {
  it("leaves nothing of what was said, and whom it was with stays known", async () => {
    const { alice, bob } = await steppedPair();
    for (let count = 0; count < 1_100; count += 1) await sendText(alice.state, "bob", `secret ${count}`);
    await makeSearchBlocks(alice.state, () => false);
    await keepDraft(alice.state, "bob", "secret draft");
    const { identityKey } = (await alice.state.store.read("peers", ["bob"])) ?? {};
    expect(await deleteConversation(alice.state, "bob")).toEqual({ kind: "done" });
    expect(list(alice)).toEqual([]);
    const { store } = alice.state;
    const left = [
      await store.list("messages"),
      await store.list("messageIndex"),
      await store.list("searchBlocks"),
      await store.list("drafts"),
      await store.list("conversations"),
      await store.list("timers"),
      await store.list("outbox"),
    ];
    expect(left.flat()).toEqual([]);
    expect((await store.read("peers", ["bob"]))?.identityKey).toEqual(identityKey);
    // And it begins anew in the session that there is.
    await sendText(bob.state, "alice", "still there?");
    await bob.post();
    await alice.turn();
    expect(await textsOf(alice, "bob")).toEqual(["still there?"]);
  }, 60_000);
});
