import { describe, expect, it } from "vitest";
import type { ConversationView } from "./api.ts";
import { Watchers } from "./views.ts";

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
      conversations: [],
    }),
    conversationView: () => new Promise((resolve) => making.push(resolve)),
    onError: (error) => errors.push(error),
  });
  const finishView = async () => {
    making.shift()?.({ peer: "bob", identity: { kind: "unknown" }, messages: [], hasEarlier: false, hasLater: false });
    await new Promise<void>((resolve) => setImmediate(resolve));
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
    await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return { errors, watch, touch, finishView };
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

  it("that goes on gets it", async () => {
    const { watch, touch, finishView } = watched();
    const going = await watch();
    await touch();
    await finishView();
    expect(going.calls).toHaveLength(2);
  });
});
