/** Notifications: of what, when, how much is told, and when they go. */
import { describe, expect, it, vi } from "vitest";
import { createStore } from "zustand/vanilla";
import type { ConversationSummary } from "../engine/api.ts";
import { beginAlerts } from "./alerts.ts";
import { createSession, type Session } from "./session.ts";
import { createFakeAlerts } from "./testing/fake-alerts.ts";
import { attachFake, createFakeAttention, createFakeEngine, PLAIN_CONVERSATION } from "./testing/fake-engine.ts";
import { createFakeKeeping } from "./testing/fake-keeping.ts";

function summary(peer: string, unread: number, lastText = "hello"): ConversationSummary {
  return {
    peer,
    lastText,
    lastKind: "text",
    ...PLAIN_CONVERSATION,
    lastAt: 0,
    lastDirection: "incoming",
    unread,
    identity: "unverified",
  };
}

async function setUp() {
  const engine = createFakeEngine("alice");
  const attention = createFakeAttention(false);
  const surroundings = createFakeAlerts();
  const openConversation = vi.fn();
  const openSession = () =>
    createSession({
      username: "alice",
      attached: Promise.resolve(attachFake(engine).attached),
      attention,
      keeping: createFakeKeeping(),
      onObstacle: () => undefined,
      onLocked: () => undefined,
    });
  const session = createStore<{ readonly current: Session | null }>()(() => ({ current: openSession() }));
  await vi.waitFor(() => expect(session.getState().current?.account.getState().view).not.toBeNull());
  const alerts = beginAlerts({ session, attention, surroundings, openConversation });
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  /** The account's view changes to these conversations. */
  const show = async (...conversations: readonly ConversationSummary[]) => {
    engine.change({ conversations });
    await settled();
  };
  return { engine, attention, surroundings, session, alerts, openConversation, openSession, show, settled };
}

describe("a notification", () => {
  it("is shown of what comes while nobody looks, with as much as was chosen", async () => {
    const { alerts, surroundings, show } = await setUp();
    await show(summary("bob", 1));
    expect(surroundings.shown()).toEqual([]);
    await alerts.getState().choose("discreet");
    await show(summary("bob", 2));
    expect(surroundings.shown()).toEqual(["bob"]);
    await alerts.getState().choose("full");
    await show(summary("bob", 2), summary("carol", 1, "good day"));
    expect(surroundings.shown()).toEqual(["bob", "carol: good day"]);
    expect(surroundings.unread()).toBe(3);
    await alerts.getState().choose("off");
    await show(summary("bob", 3), summary("carol", 1));
    expect(surroundings.shown()).toEqual(["bob", "carol: good day"]);
  });

  it("is shown of nothing that was unread before, that the person writes, or that is part of a backlog", async () => {
    const { engine, alerts, surroundings, session, show, openSession } = await setUp();
    await alerts.getState().choose("full");
    await show(summary("bob", 5));
    surroundings.takeBack("alice", null);
    session.setState({ current: openSession() });
    await vi.waitFor(() => expect(session.getState().current?.account.getState().view).not.toBeNull());
    await show(summary("bob", 5, "my own"));
    expect(surroundings.shown()).toEqual([]);
    engine.change({ catchingUp: { opened: 1, total: 2 } });
    await show(summary("bob", 6), summary("carol", 1));
    expect(surroundings.shown()).toEqual([]);
    engine.change({ catchingUp: null });
    await show(summary("bob", 7), summary("carol", 1));
    expect(surroundings.shown()).toEqual(["bob: hello", "carol: hello"]);
  });

  it("is not shown while this tab or another of the account is on the screen", async () => {
    const { alerts, attention, surroundings, show } = await setUp();
    await alerts.getState().choose("full");
    surroundings.lookedAtElsewhere = true;
    await show(summary("bob", 1));
    surroundings.lookedAtElsewhere = false;
    attention.set(true);
    await show(summary("bob", 2));
    expect(surroundings.shown()).toEqual([]);
    attention.set(false);
    await show(summary("bob", 3));
    expect(surroundings.shown()).toEqual(["bob: hello"]);
  });

  it("goes when its conversation was read, and all go when the account is left or locked", async () => {
    const { alerts, surroundings, session, show } = await setUp();
    await alerts.getState().choose("full");
    await show(summary("bob", 1), summary("carol", 1));
    await show(summary("bob", 0), summary("carol", 1));
    expect(surroundings.shown()).toEqual(["carol: hello"]);
    session.setState({ current: null });
    expect(surroundings.shown()).toEqual([]);
    expect(surroundings.unread()).toBe(0);
    await alerts.getState().choose("discreet");
    expect(surroundings.level("alice")).toBe("full");
  });

  it("goes when the account locks itself while the page stays, also what a page before had shown", async () => {
    const { engine, alerts, surroundings, show } = await setUp();
    await alerts.getState().choose("full");
    await show(summary("bob", 1));
    expect(surroundings.shown()).toEqual(["bob: hello"]);
    engine.change({ phase: "locked", conversations: [] });
    expect(surroundings.shown()).toEqual([]);
    expect(surroundings.unread()).toBe(0);
  });

  it("leads to its conversation, if the account is the one in use", async () => {
    const { surroundings, openConversation } = await setUp();
    surroundings.chooseNotification("bob", "carol");
    expect(openConversation).not.toHaveBeenCalled();
    surroundings.chooseNotification("alice", "bob");
    expect(openConversation).toHaveBeenCalledWith("bob");
  });
});

describe("the choice", () => {
  it("is kept for the account, and only once the browser allows it", async () => {
    const { alerts, surroundings } = await setUp();
    expect(alerts.getState()).toMatchObject({ level: "off", permission: "default" });
    surroundings.answer = "denied";
    await alerts.getState().choose("full");
    expect(alerts.getState()).toMatchObject({ level: "off", permission: "denied" });
    expect(surroundings.level("alice")).toBe("off");
  });

  it("is forgotten with the account", async () => {
    const { engine, alerts, surroundings } = await setUp();
    await alerts.getState().choose("full");
    expect(surroundings.level("alice")).toBe("full");
    engine.change({ phase: "removed" });
    expect(surroundings.level("alice")).toBe("off");
  });
});
