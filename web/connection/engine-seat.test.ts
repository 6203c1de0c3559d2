/** Several workers of one account: one runs the engine, the others use it, and another takes its place. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ENGINE_API_VERSION, type EngineApi } from "../engine/api.ts";
import { keepSeat } from "./engine-seat.ts";
import { type LockOptions, type Locks, takeSeat } from "./locks.ts";
import { accountView, createFakeEngine } from "./testing/fake-engine.ts";
import { createMemoryLocks } from "./testing/memory-locks.ts";
import { createWaitingEngine, type WaitingEngine } from "./waiting-engine.ts";

/** So long a loaded machine may take; what is waited for decides the test, not the time. */
const patiently = { timeout: 20_000 };

let channels = 0;

/** One browser, in which workers of an account start. */
function browser() {
  const shared = createMemoryLocks();
  const name = `sotto/engine/test-${++channels}`;

  function startWorker(answerWithin = 1_000) {
    const channel = new BroadcastChannel(name);
    const post = channel.postMessage.bind(channel);
    let isAlive = true;
    channel.postMessage = (message) => isAlive && post(message);
    const silence = () => {
      isAlive = false;
      channel.close();
    };
    onTestFinished(silence);
    const held: (() => void)[] = [];
    /** Locks of this worker, which go when it does. */
    const locks: Locks = {
      request(lock: string, ...rest: readonly unknown[]) {
        const callback = rest.at(-1) as (lock: object | null) => Promise<void>;
        const options = (rest.length === 2 ? rest[0] : {}) as LockOptions;
        const died = new Promise<void>((resolve) => held.push(resolve));
        return shared.request(lock, options, (given) => Promise.race([callback(given), died]));
      },
    };
    const waiting = createWaitingEngine("alice");
    const engines: (ReturnType<typeof createFakeEngine> & { readonly stopped: () => number })[] = [];
    const createEngine = () => {
      let stopped = 0;
      const engine = Object.assign(createFakeEngine(), { stopped: () => stopped });
      engines.push(engine);
      return {
        ...engine,
        async stop() {
          stopped += 1;
        },
      };
    };
    void keepSeat({ username: "alice", locks, channel, waiting, createEngine, answerWithin });
    return {
      waiting,
      engines,
      channel,
      /** The worker is gone: its locks are free, and it says nothing more. */
      die() {
        silence();
        for (const end of held) end();
      },
    };
  }
  return { shared, startWorker, name };
}

async function phases(engine: WaitingEngine): Promise<readonly string[]> {
  const seen: string[] = [];
  await engine.watchAccount(({ phase }) => seen.push(phase));
  return seen;
}

describe("the workers of an account", () => {
  it("run one engine, and all use it", async () => {
    const { startWorker } = browser();
    const first = startWorker();
    await vi.waitFor(() => expect(first.engines).toHaveLength(1), patiently);
    const second = startWorker();
    const third = startWorker();
    const seen = [await phases(second.waiting), await phases(third.waiting)];
    expect(await second.waiting.send("bob", "one")).toEqual({ kind: "queued" });
    expect(await third.waiting.send("bob", "two")).toEqual({ kind: "queued" });
    expect(first.engines[0]?.calls).toEqual([
      ["send", "bob", "one"],
      ["send", "bob", "two"],
    ]);
    first.engines[0]?.show(accountView("failed"));
    await vi.waitFor(() => {
      for (const each of seen) expect(each).toEqual(["starting", "ready", "failed"]);
    }, patiently);
    expect([second.engines, third.engines]).toEqual([[], []]);
  });

  it("end what they had in the one that runs the engine when they are gone", async () => {
    const { startWorker } = browser();
    const first = startWorker();
    await vi.waitFor(() => expect(first.engines).toHaveLength(1), patiently);
    const second = startWorker();
    await phases(second.waiting);
    await vi.waitFor(() => expect(first.engines[0]?.watchers).toBe(1), patiently);
    second.die();
    await vi.waitFor(() => expect(first.engines[0]?.watchers).toBe(0), patiently);
  });

  it("take its place when it is gone, one of them, and the others follow that one", async () => {
    const { startWorker } = browser();
    const first = startWorker();
    await vi.waitFor(() => expect(first.engines).toHaveLength(1), patiently);
    const [second, third] = [startWorker(), startWorker()];
    const seen = await phases(third.waiting);
    await second.waiting.send("bob", "one");
    await vi.waitFor(() => expect(seen).toContain("ready"), patiently);
    first.die();
    await vi.waitFor(() => expect(second.engines.length + third.engines.length).toBe(1), patiently);
    await vi.waitFor(async () => {
      expect(await third.waiting.send("bob", "two")).toEqual({ kind: "queued" });
    }, patiently);
    const calls = [...second.engines, ...third.engines].flatMap(({ calls: made }) => made);
    expect(calls).toEqual([["send", "bob", "two"]]);
    expect(seen.at(-1)).toBe("ready");
  });

  it("take its place when it does not answer, and it follows once it wakes", async () => {
    const { startWorker } = browser();
    const first = startWorker();
    await vi.waitFor(() => expect(first.engines).toHaveLength(1), patiently);
    const seen = await phases(first.waiting);
    // Frozen: it holds its lock, and hears nothing.
    const hear = first.channel.onmessage;
    first.channel.onmessage = null;
    const second = startWorker(50);
    expect(await second.waiting.send("bob", "from the second")).toEqual({ kind: "queued" });
    expect(second.engines[0]?.calls).toEqual([["send", "bob", "from the second"]]);
    await vi.waitFor(() => expect(first.engines[0]?.stopped()).toBe(1), patiently);
    expect(first.channel.onmessage).not.toBe(hear);
    expect(await first.waiting.send("bob", "from the first")).toEqual({ kind: "queued" });
    expect(second.engines[0]?.calls).toHaveLength(2);
    expect(seen).not.toContain("held-elsewhere");
    expect(first.engines).toHaveLength(1);
  });

  it("say so when the one with the engine is of another version, and take its place when the person says so", async () => {
    const { shared, name, startWorker } = browser();
    const other = new BroadcastChannel(name);
    onTestFinished(() => other.close());
    const seat = await takeSeat(shared, "alice", { ifAvailable: true });
    other.onmessage = ({ data }) => {
      // Whatever is asked, over whichever port: another version.
      const welcome = { kind: "sotto/welcome", version: ENGINE_API_VERSION + 1 };
      for (const port of data?.ports ?? []) {
        other.postMessage({ kind: "sotto/parcel", to: port, body: welcome, ports: [] });
      }
    };
    const { waiting, engines } = startWorker();
    const seen = await phases(waiting);
    await vi.waitFor(() => expect(seen).toEqual(["starting", "held-elsewhere"]), patiently);
    expect(engines).toEqual([]);
    await waiting.takeOver();
    await vi.waitFor(() => expect(seen).toEqual(["starting", "held-elsewhere", "ready"]), patiently);
    await seat?.lost;
  });

  it("are told when the browser refuses locks", async () => {
    const request = () => Promise.reject(new DOMException("", "SecurityError"));
    const channel = new BroadcastChannel("sotto/engine/refused");
    onTestFinished(() => channel.close());
    const waiting = createWaitingEngine("alice");
    const createEngine = (): EngineApi & { stop(): Promise<void> } => {
      throw new Error("no engine without the lock");
    };
    const kept = keepSeat({ username: "alice", locks: { request }, channel, waiting, createEngine });
    await expect(kept).rejects.toMatchObject({ name: "SecurityError" });
  });
});
