import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { EngineApi, MessageView } from "../engine/api.ts";
import { PAGE_OF_MESSAGES } from "./conversations.ts";
import { createSession } from "./session.ts";
import { attachFake, createFakeAttention, createFakeEngine, PLAIN } from "./testing/fake-engine.ts";
import { createFakeKeeping } from "./testing/fake-keeping.ts";

async function setUp({ attentive = true } = {}) {
  const engine = createFakeEngine("alice");
  const attention = createFakeAttention(attentive);
  const attachment = attachFake(engine);
  const session = createSession({
    keeping: createFakeKeeping(),
    username: "alice",
    attached: Promise.resolve(attachment.attached),
    attention,
    onObstacle: () => undefined,
    onLocked: () => undefined,
  });
  await vi.waitFor(() => expect(session.account.getState().view).not.toBeNull());
  const conversations = () => session.conversations.getState();
  const open = async (peer: string) => {
    conversations().open(peer);
    await vi.waitFor(() => expect(conversations().view?.peer).toBe(peer));
  };
  return { engine, attention, attachment, session, conversations, open };
}

function textMessages(count: number): readonly MessageView[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: "text",
    sequence: index + 1,
    direction: "incoming",
    text: `message ${index + 1}`,
    unsupported: false,
    at: index,
    status: null,
    ...PLAIN,
  }));
}

describe("a session", () => {
  it("shows the engine's view after every change, and none once it is closed", async () => {
    const { engine, session, attachment } = await setUp();
    engine.change({ connection: "offline" });
    expect(session.account.getState().view?.connection).toBe("offline");
    session.close();
    engine.change({ connection: "online" });
    expect(session.account.getState().view?.connection).toBe("offline");
    expect(attachment.isDetached()).toBe(true);
  });

  it("leaves a note of an account in use, until it is removed", async () => {
    const keeping = createFakeKeeping();
    const engine = createFakeEngine("alice");
    const { attached } = attachFake(engine);
    const attention = createFakeAttention(true);
    const session = createSession({
      username: "alice",
      attached: Promise.resolve(attached),
      attention,
      keeping,
      onObstacle: () => undefined,
      onLocked: () => undefined,
    });
    expect(session.account.getState().wasHere).toBe(false);
    await vi.waitFor(() => expect(keeping.notes).toEqual(new Set(["alice"])));
    await session.account.getState().remove();
    expect(keeping.notes).toEqual(new Set());
  });

  it("knows how the storage is kept, and asks for more", async () => {
    const { session } = await setUp();
    await session.account.getState().lookAtHealth();
    expect(session.account.getState().health).toEqual({ keys: null, isPersistent: false });
    await session.account.getState().askToPersist();
    expect(session.account.getState().health).toEqual({ keys: null, isPersistent: true });
  });

  it("says so when the engine cannot be reached", async () => {
    const session = createSession({
      keeping: createFakeKeeping(),
      username: "alice",
      attached: Promise.reject(new Error("no worker")),
      attention: createFakeAttention(true),
      onObstacle: () => undefined,
      onLocked: () => undefined,
    });
    await vi.waitFor(() => expect(session.account.getState().engineGone).toBe(true));
    await expect(session.account.getState().start("bob")).resolves.toBeNull();
    expect(session.account.getState().startRefusal?.outcome.kind).toBe("engine-gone");
  });

  it("tells what came of registering, until it succeeds", async () => {
    const { engine, session } = await setUp();
    engine.answers.register = { kind: "offline" };
    await session.account.getState().register();
    expect(session.account.getState().registration).toEqual({ kind: "offline" });
    engine.answers.register = { kind: "registered" };
    await session.account.getState().register();
    expect(session.account.getState().registration).toBeNull();
  });

  it("is removed when the engine has removed the account", async () => {
    const { session } = await setUp();
    await session.account.getState().remove();
    expect(session.account.getState().view?.phase).toBe("removed");
  });
});

describe("the open conversation", () => {
  it("shows the newest messages and fetches earlier ones a page at a time", async () => {
    const { engine, conversations, open } = await setUp();
    engine.setMessages("bob", textMessages(2 * PAGE_OF_MESSAGES + 1));
    await open("bob");
    expect(conversations().view?.messages).toHaveLength(PAGE_OF_MESSAGES);
    conversations().showEarlier();
    await vi.waitFor(() => expect(conversations().view?.messages).toHaveLength(2 * PAGE_OF_MESSAGES));
    conversations().showEarlier();
    await vi.waitFor(() => expect(conversations().view?.hasEarlier).toBe(false));
    const callsBefore = engine.calls.length;
    conversations().showEarlier();
    expect(engine.calls).toHaveLength(callsBefore);
  });

  it("shows a window of a long conversation, and moves it back and forth", async () => {
    const { engine, conversations, open } = await setUp();
    engine.setMessages("bob", textMessages(1_000));
    await open("bob");
    const shown = () => {
      const { messages = [] } = conversations().view ?? {};
      return [messages[0]?.sequence, messages.at(-1)?.sequence];
    };
    for (const first of [901, 851, 801, 751]) {
      conversations().showEarlier();
      await vi.waitFor(() => expect(shown()[0]).toBe(first));
    }
    expect(shown()).toEqual([751, 900]);
    expect(conversations().view?.hasLater).toBe(true);
    for (const last of [950, 1_000]) {
      conversations().showLater();
      await vi.waitFor(() => expect(shown()[1]).toBe(last));
    }
    // From here on it follows what comes.
    engine.receive("bob", "the newest");
    await vi.waitFor(() => expect(shown()).toEqual([852, 1_001]));
  });

  it("opens a conversation at a message that was looked for, and leads back to the newest", async () => {
    const { engine, conversations } = await setUp();
    engine.setMessages("bob", textMessages(1_000));
    conversations().showMessage("bob", 300);
    await vi.waitFor(() => expect(conversations().view?.messages).toHaveLength(2 * PAGE_OF_MESSAGES));
    expect(conversations()).toMatchObject({ openPeer: "bob", sought: { kind: "message", sequence: 300 } });
    expect(conversations().view?.messages[PAGE_OF_MESSAGES]?.sequence).toBe(300);
    conversations().showNewest();
    await vi.waitFor(() => expect(conversations().view?.hasLater).toBe(false));
    expect(conversations().sought).toEqual({ kind: "newest" });
  });

  it("goes to the newest messages whatever scrolls by on the way, and from there back again", async () => {
    const { engine, conversations } = await setUp();
    engine.setMessages("bob", textMessages(1_000));
    conversations().showMessage("bob", 300);
    await vi.waitFor(() => expect(conversations().view?.hasLater).toBe(true));
    conversations().showNewest();
    conversations().showLater();
    conversations().showEarlier();
    await vi.waitFor(() => expect(conversations().view?.messages[0]?.sequence).toBe(951));
    for (const first of [901, 851, 801]) {
      conversations().showEarlier();
      await vi.waitFor(() => expect(conversations().view?.messages[0]?.sequence).toBe(first));
    }
    expect(conversations().view?.hasLater).toBe(true);
    conversations().showLater();
    await vi.waitFor(() => expect(conversations().view?.hasLater).toBe(false));
  });

  it("shows what one writes while it looks at what was long ago", async () => {
    const { engine, conversations } = await setUp();
    engine.setMessages("bob", textMessages(1_000));
    conversations().showMessage("bob", 300);
    await vi.waitFor(() => expect(conversations().view?.hasLater).toBe(true));
    conversations().write("bob", "here");
    await conversations().send("bob");
    await vi.waitFor(() => expect(conversations().view?.hasLater).toBe(false));
  });

  it("watches one conversation at a time and shows no other's messages", async () => {
    const { engine, conversations, open } = await setUp();
    await open("bob");
    await open("carol");
    await vi.waitFor(() => expect(engine.watches()).toBe(1));
    engine.receive("bob", "are you there?");
    expect(conversations().view).toMatchObject({ peer: "carol", messages: [] });
    conversations().open(null);
    expect(engine.watches()).toBe(0);
  });

  it("ends a watch that was answered after the conversation was closed", async () => {
    const { engine, conversations } = await setUp();
    conversations().open("bob");
    conversations().open(null);
    await vi.waitFor(() => expect(engine.calls).toContain("watchConversation bob newest 50"));
    await vi.waitFor(() => expect(engine.watches()).toBe(0));
    expect(conversations().view).toBeNull();
  });
});

describe("writing", () => {
  it("empties the box at once, before the engine has answered", async () => {
    const { engine, conversations } = await setUp();
    conversations().write("bob", "hello");
    const sending = conversations().send("bob");
    expect(conversations().drafts.has("bob")).toBe(false);
    await sending;
    expect(engine.calls).toContain("send bob");
    expect(conversations().sendProblems.size).toBe(0);
  });

  it.each(["storage-unavailable", "identity-changed", "not-ready"] as const)(
    "brings the draft back with its problem when it was not stored: %s",
    async (kind) => {
      const { engine, conversations } = await setUp();
      engine.answers.send = { kind };
      conversations().write("bob", "hello");
      await conversations().send("bob");
      expect(conversations().drafts.get("bob")).toBe("hello");
      expect(conversations().sendProblems.get("bob")).toBe(kind);
    },
  );

  it("keeps what was written meanwhile, after the draft that came back", async () => {
    const { engine, conversations } = await setUp();
    engine.answers.send = { kind: "too-long" };
    conversations().write("bob", "first");
    const sending = conversations().send("bob");
    conversations().write("bob", "second");
    await sending;
    expect(conversations().drafts.get("bob")).toBe("first\nsecond");
  });

  it("forgets the problem once the person writes on", async () => {
    const { engine, conversations } = await setUp();
    engine.answers.send = { kind: "too-long" };
    conversations().write("bob", "hello");
    await conversations().send("bob");
    conversations().write("bob", "hell");
    expect(conversations().sendProblems.size).toBe(0);
  });

  it("sends nothing when there are only blanks", async () => {
    const { engine, conversations } = await setUp();
    conversations().write("bob", " \n ");
    await conversations().send("bob");
    expect(engine.calls).not.toContain("send bob");
    expect(conversations().drafts.get("bob")).toBe(" \n ");
  });

  it("keeps one draft per conversation, whatever the other is called", async () => {
    const { conversations } = await setUp();
    expect(conversations().drafts.get("constructor")).toBeUndefined();
    conversations().write("constructor", "hello");
    conversations().write("bob", "good day");
    expect([...conversations().drafts]).toEqual([
      ["constructor", "hello"],
      ["bob", "good day"],
    ]);
  });

  it("keeps a draft once the writing rests, or at once when it is left, and not when it was sent", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { engine, session } = await setUp();
    const { write, send, keepDrafts } = session.conversations.getState();
    const kept = () => engine.calls.filter((call) => call.startsWith("keepDraft"));
    write("bob", "he");
    write("bob", "hello");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(kept()).toEqual(["keepDraft bob hello"]);
    write("carol", "good day");
    keepDrafts();
    await vi.advanceTimersByTimeAsync(0);
    expect(kept()).toEqual(["keepDraft bob hello", "keepDraft carol good day"]);
    write("bob", "hello you");
    await send("bob");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(kept()).toHaveLength(2);
    write("bob", "again");
    session.close();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(kept()).toHaveLength(2);
  });

  it("brings back what was kept, once, before what was written since", async () => {
    const { engine, conversations } = await setUp();
    engine.drafts.set("bob", "hello");
    conversations().open("bob");
    conversations().write("bob", "you");
    await vi.waitFor(() => expect(conversations().drafts.get("bob")).toBe("hello\nyou"));
    conversations().write("bob", "");
    conversations().open(null);
    conversations().open("bob");
    await vi.waitFor(() => expect(conversations().view?.peer).toBe("bob"));
    expect(conversations().drafts.get("bob")).toBeUndefined();
  });

  it("brings the draft back when the engine fails", async () => {
    const engine: EngineApi = { ...createFakeEngine("alice"), send: () => Promise.reject(new Error("gone")) };
    const session = createSession({
      keeping: createFakeKeeping(),
      username: "alice",
      attached: Promise.resolve(attachFake(engine).attached),
      attention: createFakeAttention(true),
      onObstacle: () => undefined,
      onLocked: () => undefined,
    });
    session.conversations.getState().write("bob", "hello");
    await session.conversations.getState().send("bob");
    expect(session.conversations.getState().drafts.get("bob")).toBe("hello");
    expect(session.conversations.getState().sendProblems.get("bob")).toBe("engine-gone");
  });
});

describe("marking as read", () => {
  const marks = (calls: readonly string[]) => calls.filter((call) => call.startsWith("markRead"));

  it("marks what arrives while the person looks at it", async () => {
    const { engine, open } = await setUp();
    await open("bob");
    engine.receive("bob", "hello");
    await vi.waitFor(() => expect(marks(engine.calls)).toEqual(["markRead bob"]));
    engine.receive("bob", "again");
    await vi.waitFor(() => expect(marks(engine.calls)).toEqual(["markRead bob", "markRead bob"]));
  });

  it("waits until the person looks", async () => {
    const { engine, attention, open } = await setUp({ attentive: false });
    await open("bob");
    engine.receive("bob", "hello");
    expect(marks(engine.calls)).toEqual([]);
    attention.set(true);
    await vi.waitFor(() => expect(marks(engine.calls)).toEqual(["markRead bob"]));
  });

  it("leaves unread what comes while something long ago is on the screen", async () => {
    const { engine, conversations } = await setUp();
    engine.setMessages("bob", textMessages(1_000));
    conversations().showMessage("bob", 300);
    await vi.waitFor(() => expect(conversations().view?.hasLater).toBe(true));
    engine.receive("bob", "hello");
    await vi.waitFor(() => expect(conversations().view?.messages).toHaveLength(2 * PAGE_OF_MESSAGES));
    expect(marks(engine.calls)).toEqual([]);
    conversations().showNewest();
    await vi.waitFor(() => expect(marks(engine.calls)).toEqual(["markRead bob"]));
  });

  it("leaves other conversations unread", async () => {
    const { engine, open } = await setUp();
    await open("bob");
    engine.receive("carol", "hello");
    await open("bob");
    expect(marks(engine.calls)).toEqual([]);
  });

  it("asks once per state of an engine that cannot store the mark", async () => {
    const { engine, attention, open } = await setUp({ attentive: false });
    await open("bob");
    engine.receive("bob", "hello");
    engine.markRead = async (peer) => void engine.calls.push(`markRead ${peer}`);
    attention.set(true);
    attention.set(true);
    await vi.waitFor(() => expect(marks(engine.calls)).toEqual(["markRead bob"]));
  });
});
