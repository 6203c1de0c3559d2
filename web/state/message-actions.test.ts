/** Changing messages from the page: what the engine is asked, and what stays when it refuses. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createMessageActions } from "./message-actions.ts";
import { createFakeEngine } from "./testing/fake-engine.ts";

function setUp() {
  const engine = createFakeEngine("alice");
  return { engine, store: createMessageActions(Promise.resolve(engine)) };
}

describe("an edit", () => {
  it("is sent with the text as it is by then, and ends", async () => {
    const { engine, store } = setUp();
    store.getState().edit({ peer: "bob", sequence: 3, text: "first" });
    store.getState().edit({ peer: "bob", sequence: 3, text: "second" });
    await store.getState().saveEdit();
    expect(engine.calls).toEqual(['changeMessage bob 3 {"kind":"edit","text":"second"}']);
    expect(store.getState()).toMatchObject({ editing: null, problem: null });
  });

  it("that is refused stays to be edited, and says why", async () => {
    const { engine, store } = setUp();
    engine.answers.change = { kind: "too-late" };
    const editing = { peer: "bob", sequence: 3, text: "late" };
    store.getState().edit(editing);
    await store.getState().saveEdit();
    expect(store.getState()).toMatchObject({ editing, problem: { peer: "bob", kind: "too-late" } });
    store.getState().edit(null);
    expect(store.getState()).toMatchObject({ editing: null, problem: null });
  });

  it("to nothing is not sent", async () => {
    const { engine, store } = setUp();
    store.getState().edit({ peer: "bob", sequence: 3, text: " \n" });
    await store.getState().saveEdit();
    expect(engine.calls).toEqual([]);
    expect(store.getState().editing).not.toBeNull();
  });
});

describe("a change", () => {
  it("that is refused is said, until the next one", async () => {
    const { engine, store } = setUp();
    engine.answers.change = { kind: "gone" };
    await store.getState().change("bob", 1, { kind: "reaction", emoji: "👍" });
    expect(store.getState().problem).toEqual({ peer: "bob", kind: "gone" });
    engine.answers.change = { kind: "done" };
    await store.getState().change("bob", 2, { kind: "delete" });
    expect(store.getState().problem).toBeNull();
  });

  it("of which nobody answers is said", async () => {
    const store = createMessageActions(Promise.resolve(null));
    await store.getState().change("bob", 1, { kind: "remove-here" });
    expect(store.getState().problem).toEqual({ peer: "bob", kind: "engine-gone" });
  });
});

describe("forwarding", () => {
  it("sends the text, and says why when it does not", async () => {
    const { engine, store } = setUp();
    expect(await store.getState().forward("carol", "hello")).toBeNull();
    engine.answers.send = { kind: "identity-changed" };
    expect(await store.getState().forward("carol", "hello")).toBe("identity-changed");
  });
});

describe("word that one is writing", () => {
  it("is said once every few seconds, and at once to someone else", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { engine, store } = setUp();
    const { noteTyping } = store.getState();
    for (let key = 0; key < 5; key += 1) noteTyping("bob");
    noteTyping("carol");
    await vi.advanceTimersByTimeAsync(4_000);
    noteTyping("carol");
    await vi.advanceTimersByTimeAsync(0);
    expect(engine.calls).toEqual(["noteTyping bob", "noteTyping carol", "noteTyping carol"]);
    store.getState().endTyping();
    noteTyping("carol");
    await vi.advanceTimersByTimeAsync(0);
    expect(engine.calls).toHaveLength(4);
  });
});

describe("the time after which messages disappear", () => {
  it("is set, and a refusal is said", async () => {
    const { engine, store } = setUp();
    await store.getState().setTimer("bob", 3600);
    expect(engine.calls).toEqual(["setTimer bob 3600"]);
    engine.answers.change = { kind: "identity-changed" };
    await store.getState().setTimer("bob", null);
    expect(store.getState().problem).toEqual({ peer: "bob", kind: "identity-changed" });
  });
});
