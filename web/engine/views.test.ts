import { describe, expect, it } from "vitest";
import type { ConversationView } from "./api.ts";
import { Watchers } from "./views.ts";

const EMPTY: ConversationView = {
  peer: "bob",
  identity: { kind: "unknown" },
  messages: [],
  timer: null,
  hasEarlier: false,
  hasLater: false,
};

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Watchers whose views of conversations are made when the test says so, and how often each listener was called. */
function watched() {
  const errors: unknown[] = [];
  const making: ((view: ConversationView) => void)[] = [];
  const watchers = new Watchers({
    accountView: () => ({
      username: "alice",
      phase: "ready",
      problem: null,
      connection: "online",
      catchingUp: null,
      lock: null,
      working: null,
      settings: null,
      blocked: [],
      conversations: [],
    }),
    conversationView: () => new Promise((resolve) => making.push(resolve)),
    onError: (error) => errors.push(error),
  });
  const finishView = async () => {
    making.shift()?.(EMPTY);
    await settled();
  };
  const watch = async () => {
    const calls: ConversationView[] = [];
    const begun = watchers.watchConversation({
      peer: "bob",
      window: { from: null, count: 1 },
      listener: (view) => calls.push(view),
    });
    await finishView();
    return { calls, unwatch: await begun };
  };
  const touch = async () => {
    watchers.touch(["bob"]);
    await settled();
  };
  return { errors, making, watchers, watch, touch, finishView };
}

describe("a watch of a conversation", () => {
  it("that ends while its view is being made gets that view no more, and the next watch gets its own", async () => {
    const { errors, watch, touch, finishView } = watched();
    const ended = await watch();
    const other = await watch();
    await touch();
    ended.unwatch();
    await finishView();
    await finishView();
    expect(ended.calls).toHaveLength(1);
    expect(other.calls).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  it("shows no view after one that was begun later", async () => {
    const { watch, touch, making } = watched();
    const going = await watch();
    await touch();
    await touch();
    const [earlier, later] = making.splice(0);
    later?.({ ...EMPTY, hasLater: true });
    await settled();
    earlier?.(EMPTY);
    await settled();
    expect(going.calls.map(({ hasLater }) => hasLater)).toEqual([false, true]);
  });

  it("whose listener fails is reported, and the others get their views", async () => {
    const { errors, watchers, watch, touch, finishView } = watched();
    const fault = new Error("a listener's");
    let fails = false;
    const failing = watchers.watchConversation({
      peer: "bob",
      window: { from: null, count: 1 },
      listener: () => {
        if (fails) throw fault;
      },
    });
    await finishView();
    await failing;
    const other = await watch();
    fails = true;
    await touch();
    await finishView();
    await finishView();
    expect(errors).toEqual([fault]);
    expect(other.calls).toHaveLength(2);
  });

  it("that fails at once is not kept", async () => {
    const { errors, making, watchers, touch, finishView } = watched();
    const failing = watchers.watchConversation({
      peer: "bob",
      window: { from: null, count: 1 },
      listener: () => {
        throw new Error("a listener's");
      },
    });
    const refused = expect(failing).rejects.toThrow("a listener's");
    await finishView();
    await refused;
    await touch();
    expect(making).toEqual([]);
    expect(errors).toEqual([]);
  });

  it("that goes on gets it", async () => {
    const { watch, touch, finishView } = watched();
    const going = await watch();
    await touch();
    await finishView();
    expect(going.calls).toHaveLength(2);
  });
});
