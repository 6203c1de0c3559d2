import { describe, expect, it, vi } from "vitest";
import type { AccountView } from "../engine/api.ts";
import { becomeEngine, holdLock } from "./locks.ts";
import { accountView, conversationView, createFakeEngine } from "./testing/fake-engine.ts";
import { createMemoryLocks } from "./testing/memory-locks.ts";
import { createWaitingEngine } from "./waiting-engine.ts";

const NEWEST = { from: null, count: 50 };

/** So long a loaded machine may take; what is waited for decides the test, not the time. */
const patiently = { timeout: 10_000 };

describe("a waiting engine", () => {
  it("shows that it starts, or that another has the account, and then what the engine shows", async () => {
    const waiting = createWaitingEngine("alice");
    const views: AccountView[] = [];
    await waiting.watchAccount((view) => views.push(view));
    waiting.showHeldElsewhere();
    const late = vi.fn();
    await waiting.watchAccount(late);
    expect(views).toEqual([accountView("starting"), accountView("held-elsewhere")]);
    expect(late).toHaveBeenCalledExactlyOnceWith(accountView("held-elsewhere"));
    const engine = createFakeEngine();
    waiting.begin(engine);
    await vi.waitFor(() => expect(engine.watchers).toBe(2), patiently);
    engine.show(accountView("removed"));
    expect(views.slice(2)).toEqual([accountView("ready"), accountView("removed")]);
  });

  it("shows an empty conversation, and then the engine's", async () => {
    const waiting = createWaitingEngine("alice");
    const listener = vi.fn();
    await waiting.watchConversation("bob", NEWEST, listener);
    expect(listener).toHaveBeenLastCalledWith({
      peer: "bob",
      identity: { kind: "unknown" },
      messages: [],
      hasEarlier: false,
      hasLater: false,
    });
    const engine = createFakeEngine();
    waiting.begin(engine);
    await vi.waitFor(() => expect(listener).toHaveBeenLastCalledWith(conversationView("bob")), patiently);
    expect(engine.calls).toEqual([["watchConversation", "bob", NEWEST]]);
  });

  it("shows no empty conversation once the engine is here", async () => {
    const waiting = createWaitingEngine("alice");
    waiting.begin(createFakeEngine());
    const listener = vi.fn();
    await waiting.watchConversation("bob", NEWEST, listener);
    await vi.waitFor(() => expect(listener).toHaveBeenCalledExactlyOnceWith(conversationView("bob")), patiently);
  });

  it("keeps calls for the engine, in order", async () => {
    const waiting = createWaitingEngine("alice");
    const register = waiting.register();
    const sends = ["one", "two"].map((text) => waiting.send("bob", text));
    const engine = createFakeEngine();
    waiting.begin(engine);
    expect(await register).toEqual({ kind: "registered" });
    expect(await Promise.all(sends)).toEqual([{ kind: "queued" }, { kind: "queued" }]);
    expect(engine.calls).toEqual([["register"], ["send", "bob", "one"], ["send", "bob", "two"]]);
  });

  it("keeps the questions about identities for the engine", async () => {
    const waiting = createWaitingEngine("alice");
    const answers = Promise.all([
      waiting.safetyNumber("bob"),
      waiting.setVerified("bob", "12345", true),
      waiting.compareCode("bob", "a code"),
      waiting.decideIdentity("bob", "a change", "keep"),
    ]);
    const engine = createFakeEngine();
    waiting.begin(engine);
    expect(await answers).toEqual([null, { kind: "outdated" }, { kind: "mismatch" }, { kind: "done" }]);
    expect(engine.calls).toEqual([
      ["safetyNumber", "bob"],
      ["setVerified", "bob", "12345", true],
      ["compareCode", "bob", "a code"],
      ["decideIdentity", "bob", "a change", "keep"],
    ]);
  });

  it("hands no watch over that ended before, and ends one at the engine that ends after", async () => {
    const waiting = createWaitingEngine("alice");
    const [early, late] = [vi.fn(), vi.fn()];
    const unwatchEarly = await waiting.watchAccount(early);
    const unwatchLate = await waiting.watchAccount(late);
    unwatchEarly();
    waiting.showHeldElsewhere();
    const engine = createFakeEngine();
    waiting.begin(engine);
    await vi.waitFor(() => expect(engine.watchers).toBe(1), patiently);
    unwatchLate();
    unwatchLate();
    expect(engine.watchers).toBe(0);
    expect(early).toHaveBeenCalledTimes(1);
    expect(late).toHaveBeenCalledTimes(3);
  });
});

describe("the engine's lock", () => {
  it("goes to the first at once, and to nobody else while that one lives", async () => {
    const locks = createMemoryLocks();
    const [firstWaits, secondWaits] = [vi.fn(), vi.fn()];
    await becomeEngine(locks, "alice", firstWaits);
    let second = false;
    void becomeEngine(locks, "alice", secondWaits).then(() => {
      second = true;
    });
    await becomeEngine(locks, "bob", firstWaits);
    expect(firstWaits).not.toHaveBeenCalled();
    expect(secondWaits).toHaveBeenCalledOnce();
    expect(second).toBe(false);
  });

  it("goes to the one that waits when the first is gone", async () => {
    const locks = createMemoryLocks();
    const end = await holdLock(locks, "sotto/engine/alice");
    const heldElsewhere = vi.fn(() => end());
    await becomeEngine(locks, "alice", heldElsewhere);
    expect(heldElsewhere).toHaveBeenCalledOnce();
  });

  it("is refused aloud when the browser refuses it", async () => {
    const request = () => Promise.reject(new DOMException("", "SecurityError"));
    await expect(becomeEngine({ request }, "alice", () => undefined)).rejects.toMatchObject({ name: "SecurityError" });
  });
});
