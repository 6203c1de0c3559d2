/** Changing a conversation from the page: what the engine is asked, and what is said when it refuses. */
import { describe, expect, it } from "vitest";
import { createConversationSettings } from "./conversation-settings.ts";
import { createFakeEngine } from "./testing/fake-engine.ts";

describe("a conversation's settings", () => {
  it("are changed by the engine, which is asked to delete it, too", async () => {
    const engine = createFakeEngine("alice");
    const store = createConversationSettings(Promise.resolve(engine));
    expect(await store.getState().change("bob", { kind: "pin", on: true })).toBe(true);
    expect(await store.getState().remove("bob")).toBe(true);
    expect(engine.calls).toEqual(['changeConversation bob {"kind":"pin","on":true}', "deleteConversation bob"]);
  });

  it("that cannot be changed say why, until the next try", async () => {
    const engine = createFakeEngine("alice");
    const store = createConversationSettings(Promise.resolve(engine));
    engine.answers.conversation = { kind: "storage-unavailable" };
    expect(await store.getState().change("bob", { kind: "block", on: true })).toBe(false);
    expect(store.getState().problem).toEqual({ peer: "bob", kind: "storage-unavailable" });
    engine.answers.conversation = { kind: "done" };
    await store.getState().remove("bob");
    expect(store.getState().problem).toBeNull();
  });

  it("of which nobody answers say so", async () => {
    const store = createConversationSettings(Promise.resolve(null));
    expect(await store.getState().remove("bob")).toBe(false);
    expect(store.getState().problem).toEqual({ peer: "bob", kind: "engine-gone" });
  });
});
