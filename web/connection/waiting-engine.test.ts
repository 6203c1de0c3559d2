import { describe, expect, it, vi } from "vitest";
import type { AccountView, EngineApi } from "../engine/api.ts";
import { accountView, conversationView, createFakeEngine } from "./testing/fake-engine.ts";
import { createWaitingEngine, EngineGoneError } from "./waiting-engine.ts";

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
      timer: null,
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

  it("goes on with another engine: watches are taken along, and what was not answered fails", async () => {
    const waiting = createWaitingEngine("alice");
    const [first, second] = [createFakeEngine(), createFakeEngine()];
    waiting.begin({ ...first, startConversation: () => new Promise(() => undefined) });
    const views: AccountView[] = [];
    await waiting.watchAccount((view) => views.push(view));
    const unwatch = await waiting.watchConversation("bob", NEWEST, vi.fn());
    await vi.waitFor(() => expect(first.watchers).toBe(2), patiently);
    const unanswered = expect(waiting.startConversation("bob")).rejects.toBeInstanceOf(EngineGoneError);
    await new Promise<void>((resolve) => setImmediate(resolve));
    waiting.pause();
    await unanswered;
    expect(first.watchers).toBe(0);
    const later = waiting.startConversation("bob");
    waiting.begin(second);
    expect(await later).toEqual({ kind: "refused", code: "mailbox-full" });
    await vi.waitFor(() => expect(second.watchers).toBe(2), patiently);
    first.show(accountView("failed"));
    // It starts, too; whoever was in use is not bothered with that.
    second.show(accountView("starting"));
    second.show(accountView("ready"));
    expect(views.map(({ phase }) => phase)).toEqual(["ready", "ready", "ready"]);
    unwatch();
    expect(second.watchers).toBe(1);
  });

  it("asks the next engine for what may be done twice, a message under the id that it had", async () => {
    const waiting = createWaitingEngine("alice");
    const unanswered = vi.fn<EngineApi["send"]>(() => new Promise(() => undefined));
    const answered = vi.fn<EngineApi["send"]>(async () => ({ kind: "queued" }));
    waiting.begin({ ...createFakeEngine(), send: unanswered });
    const sent = waiting.send("bob", "one");
    await vi.waitFor(() => expect(unanswered).toHaveBeenCalledTimes(1), patiently);
    waiting.pause();
    waiting.begin({ ...createFakeEngine(), send: answered });
    expect(await sent).toEqual({ kind: "queued" });
    expect(unanswered.mock.calls[0]?.[2]?.id).toHaveLength(16);
    expect(answered.mock.calls).toEqual(unanswered.mock.calls);
  });

  it("gives up on what no engine answers", async () => {
    const waiting = createWaitingEngine("alice");
    const send = vi.fn<EngineApi["send"]>(() => new Promise(() => undefined));
    const failed = expect(waiting.send("bob", "one")).rejects.toBeInstanceOf(EngineGoneError);
    for (let engines = 1; engines <= 5; engines += 1) {
      waiting.begin({ ...createFakeEngine(), send });
      await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(engines), patiently);
      waiting.pause();
    }
    await failed;
  });

  it("asks for the account only while it has none", async () => {
    const waiting = createWaitingEngine("alice");
    const wanted = vi.fn();
    waiting.onTakeOver(wanted);
    await waiting.takeOver();
    waiting.begin(createFakeEngine());
    await waiting.takeOver();
    expect(wanted).toHaveBeenCalledTimes(1);
  });
});
