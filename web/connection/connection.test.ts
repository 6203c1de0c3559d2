import { proxy, wrap } from "comlink";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type AccountView, ENGINE_API_VERSION, type EngineApi } from "../engine/api.ts";
import { type AttachOptions, attachToWorker, type StartedWorker } from "./attachment.ts";
import { type EngineHost, serveEngine } from "./engine-service.ts";
import type { Hello } from "./greeting.ts";
import { createHost } from "./host.ts";
import { remoteEngine } from "./remote-engine.ts";
import { accountView, conversationView, createFakeEngine } from "./testing/fake-engine.ts";
import { createMemoryLocks } from "./testing/memory-locks.ts";
import { createWaitingEngine } from "./waiting-engine.ts";

const NEWEST = { from: null, count: 50 };

/** So long a loaded machine may take; what is waited for decides the test, not the time. */
const patiently = { timeout: 10_000 };

/** A worker that serves one engine to any number of tabs, each over a real channel. */
function worker() {
  const locks = createMemoryLocks();
  const engine = createFakeEngine();
  const host = createHost({ locks, open: () => serveEngine(engine) });
  let tabs = 0;

  function start(receive: (message: unknown) => void): StartedWorker {
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = ({ data }) => receive(data);
    onTestFinished(() => port1.close());
    return {
      post: (message, transfer) => port1.postMessage(message, transfer),
      onFailure: () => undefined,
      stop: () => port1.close(),
    };
  }

  async function attach(overrides: Partial<AttachOptions<EngineApi>> = {}) {
    return await attachToWorker({
      locks,
      tabLock: `tab ${++tabs}`,
      start: () => start((message) => host.receive(message)),
      connect: (port) => remoteEngine(wrap<EngineHost>(port)),
      ...overrides,
    });
  }

  async function attached(overrides: Partial<AttachOptions<EngineApi>> = {}) {
    const outcome = await attach(overrides);
    if (outcome.kind !== "attached") throw new Error(`not attached: ${outcome.kind}`);
    onTestFinished(outcome.detach);
    return outcome;
  }

  return { locks, engine, host, start, attach, attached };
}

describe("an attached page", () => {
  it("calls the engine and gets its answers", async () => {
    const { engine, attached } = worker();
    const { api } = await attached();
    expect(await api.register()).toEqual({ kind: "registered" });
    expect(await api.startConversation("bob")).toEqual({ kind: "refused", code: "mailbox-full" });
    expect(await api.send("bob", "hello")).toEqual({ kind: "queued" });
    expect(await api.safetyNumber("bob")).toBeNull();
    expect(await api.setVerified("bob", "12345", true)).toEqual({ kind: "outdated" });
    expect(await api.compareCode("bob", "a code")).toEqual({ kind: "mismatch" });
    expect(await api.decideIdentity("bob", "a change", "keep")).toEqual({ kind: "done" });
    expect(await api.markRead("bob")).toBeUndefined();
    await api.reconnect();
    await api.removeAccount();
    expect(engine.calls).toEqual([
      ["register"],
      ["startConversation", "bob"],
      ["send", "bob", "hello"],
      ["safetyNumber", "bob"],
      ["setVerified", "bob", "12345", true],
      ["compareCode", "bob", "a code"],
      ["decideIdentity", "bob", "a change", "keep"],
      ["markRead", "bob"],
      ["reconnect"],
      ["removeAccount"],
    ]);
  });

  it("sees views at once and after changes, in order", async () => {
    const { engine, attached } = worker();
    const { api } = await attached();
    const views: AccountView[] = [];
    await api.watchAccount((view) => views.push(view));
    for (const phase of ["unregistered", "failed", "removed"] as const) engine.show(accountView(phase));
    const phases = ["ready", "unregistered", "failed", "removed"];
    await vi.waitFor(() => expect(views.map(({ phase }) => phase)).toEqual(phases), patiently);
    expect(views[0]).toEqual(accountView("ready"));
  });

  it("watches a conversation with the count it asked for", async () => {
    const { engine, attached } = worker();
    const { api } = await attached();
    const listener = vi.fn();
    await api.watchConversation("bob", NEWEST, listener);
    await vi.waitFor(() => expect(listener).toHaveBeenCalledExactlyOnceWith(conversationView("bob")), patiently);
    expect(engine.calls).toEqual([["watchConversation", "bob", NEWEST]]);
  });

  it("sees nothing more once it ends a watch, while another watch of its own goes on", async () => {
    const { engine, attached } = worker();
    const { api } = await attached();
    const [ended, going] = [vi.fn(), vi.fn()];
    const unwatch = await api.watchAccount(ended);
    await api.watchAccount(going);
    await vi.waitFor(() => expect(ended).toHaveBeenCalledTimes(1), patiently);
    unwatch();
    unwatch();
    engine.show(accountView("removed"));
    await vi.waitFor(() => expect(going).toHaveBeenCalledTimes(2), patiently);
    await vi.waitFor(() => expect(engine.watchers).toBe(1), patiently);
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it("ends a watch whose first view is still being made, and the engine notices nothing", async () => {
    const { locks, engine, start, attached } = worker();
    let makeView: () => void = () => undefined;
    const made = new Promise<void>((resolve) => {
      makeView = resolve;
    });
    const outcomes: unknown[] = [];
    const waiting = createWaitingEngine("alice");
    waiting.begin({
      ...engine,
      async watchConversation(peer, _window, listener) {
        await made;
        try {
          listener(conversationView(peer));
          outcomes.push("shown");
        } catch (error) {
          outcomes.push(error);
        }
        return () => outcomes.push("ended");
      },
    });
    const host = createHost({ locks, open: () => serveEngine(waiting) });
    const { api } = await attached({ start: () => start((message) => host.receive(message)) });
    const listener = vi.fn();
    const unwatch = await api.watchConversation("bob", NEWEST, listener);
    unwatch();
    // Answered after what came before it.
    await api.reconnect();
    makeView();
    await vi.waitFor(() => expect(outcomes).toEqual(["shown", "ended"]), patiently);
    expect(listener).not.toHaveBeenCalled();
  });

  it("shares the engine with the other tabs", async () => {
    const { engine, attached } = worker();
    const listeners = [vi.fn(), vi.fn()];
    for (const listener of listeners) await (await attached()).api.watchAccount(listener);
    engine.show(accountView("unregistered"));
    for (const listener of listeners) {
      await vi.waitFor(() => expect(listener).toHaveBeenLastCalledWith(accountView("unregistered")), patiently);
    }
  });
});

describe("a tab that goes", () => {
  it("leaves no watches behind when it detaches, and takes none of another tab's", async () => {
    const { engine, attached } = worker();
    const [first, second] = [await attached(), await attached()];
    for (const { api } of [first, first, second]) await api.watchAccount(() => undefined);
    expect(engine.watchers).toBe(3);
    first.detach();
    await vi.waitFor(() => expect(engine.watchers).toBe(1), patiently);
  });

  it("leaves no watches behind when it dies without a word", async () => {
    const { engine, locks, attached } = worker();
    let die: () => void = () => undefined;
    // The lock of a dead tab goes, and nothing else happens.
    const dying: AttachOptions<EngineApi>["locks"] = {
      request: (name: string, ...rest: readonly unknown[]) => {
        const [callback] = rest;
        if (typeof callback !== "function") throw new Error("not in this test");
        return locks.request(name, async () => {
          void callback();
          await new Promise<void>((resolve) => {
            die = resolve;
          });
        });
      },
    };
    const { api } = await attached({ locks: dying });
    await api.watchAccount(() => undefined);
    await api.watchConversation("bob", NEWEST, () => undefined);
    expect(engine.watchers).toBe(2);
    die();
    await vi.waitFor(() => expect(engine.watchers).toBe(0), patiently);
  });

  it("leaves no watch behind that only began as it went", async () => {
    const engine = createFakeEngine();
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const slow: EngineApi = {
      ...engine,
      watchAccount: async (listener) => {
        await begun;
        return engine.watchAccount(listener);
      },
    };
    const service = serveEngine(slow);
    const watching = service.exposed.watchAccount(proxy(() => undefined));
    service.end();
    begin();
    await watching;
    expect(engine.watchers).toBe(0);
  });
});

describe("attaching", () => {
  it("fails with other-version at a worker of a later or earlier version, which serves nothing", async () => {
    const { locks, start, attach, host, engine } = worker();
    for (const version of [ENGINE_API_VERSION + 1, ENGINE_API_VERSION - 1]) {
      const other = (message: unknown) => {
        const { port } = Object(message);
        port.postMessage({ kind: "sotto/welcome", version });
      };
      expect(await attach({ start: () => start(other) })).toEqual({ kind: "failed", reason: "other-version" });
      const { port1, port2 } = new MessageChannel();
      const answers: unknown[] = [];
      port1.onmessage = ({ data }) => answers.push(data);
      onTestFinished(() => port1.close());
      const hello: Hello = { kind: "sotto/hello", version, tabLock: `other ${version}`, port: port2 };
      host.receive(hello);
      await vi.waitFor(
        () => expect(answers).toEqual([{ kind: "sotto/welcome", version: ENGINE_API_VERSION, unfit: false }]),
        patiently,
      );
      // It would wait for this lock if it served the tab, and end at once.
      await locks.request(`other ${version}`, async () => undefined);
    }
    expect(engine.calls).toEqual([]);
  });

  it("is told of a worker that can serve nobody, which begins nothing", async () => {
    const { locks, start, attach } = worker();
    const host = createHost({ locks, open: Promise.resolve(null) });
    expect(await attach({ start: () => start((message) => host.receive(message)) })).toEqual({ kind: "unfit" });
  });

  it("fails with no-worker where none can be started", async () => {
    expect(await worker().attach({ start: () => null })).toEqual({ kind: "failed", reason: "no-worker" });
  });

  it("fails with no-worker when the script cannot be run", async () => {
    const { attach, start } = worker();
    const broken = () => ({ ...start(() => undefined), onFailure: (callback: () => void) => queueMicrotask(callback) });
    expect(await attach({ start: broken })).toEqual({ kind: "failed", reason: "no-worker" });
  });

  it("fails with no-worker when no welcome comes in time, whatever else does", async () => {
    const { attach, start } = worker();
    const confused = (message: unknown) => {
      const { port } = Object(message);
      for (const answer of [null, "hello", {}, { kind: "sotto/welcome" }]) port.postMessage(answer);
    };
    const outcome = await attach({ start: () => start(confused), timeLimit: 50 });
    expect(outcome).toEqual({ kind: "failed", reason: "no-worker" });
  });

  it("lets go of its lock and its worker when it fails", async () => {
    const { locks, start, attach } = worker();
    const stop = vi.fn();
    const silent = () => ({ ...start(() => undefined), stop });
    await attach({ start: silent, tabLock: "mine", timeLimit: 1 });
    expect(stop).toHaveBeenCalledOnce();
    await locks.request("mine", async () => undefined);
  });
});

describe("a host", () => {
  it.each([
    null,
    "sotto/hello",
    {},
    { kind: "sotto/hello" },
    { kind: "sotto/hello", version: 1, tabLock: "x", port: {} },
    { kind: "sotto/hello", version: "1", tabLock: "x", port: new MessageChannel().port1 },
  ])("ignores what is no greeting: %j", (message) => {
    const open = vi.fn();
    createHost({ locks: createMemoryLocks(), open }).receive(message);
    expect(open).not.toHaveBeenCalled();
  });
});
