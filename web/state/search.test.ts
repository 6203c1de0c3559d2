import { describe, expect, it, vi } from "vitest";
import type { SearchView } from "../engine/api.ts";
import { createSearch } from "./search.ts";
import { createFakeEngine } from "./testing/fake-engine.ts";

function setUp() {
  const engine = createFakeEngine("alice");
  const listeners = new Map<string, (view: SearchView) => void>();
  const ended: string[] = [];
  engine.watchSearch = async (text, listener) => {
    listeners.set(text, listener);
    return () => void ended.push(text);
  };
  const store = createSearch(Promise.resolve(engine));
  return { store, listeners, ended, search: store.getState().search };
}

const found = (count: number): SearchView => ({ results: [], found: count, isComplete: true });

describe("searching", () => {
  it("ends the search before, and shows nothing of it that comes late", async () => {
    const { store, listeners, ended, search } = setUp();
    search("blu");
    await vi.waitFor(() => expect(listeners.has("blu")).toBe(true));
    search("blue");
    await vi.waitFor(() => expect(listeners.has("blue")).toBe(true));
    expect(ended).toEqual(["blu"]);
    listeners.get("blue")?.(found(2));
    listeners.get("blu")?.(found(7));
    expect(store.getState()).toMatchObject({ typed: "blue", view: { found: 2 } });
  });

  it("ends a search that had not begun when the next one did", async () => {
    const { listeners, ended, search } = setUp();
    search("b");
    search("bl");
    await vi.waitFor(() => expect(listeners.has("bl")).toBe(true));
    await vi.waitFor(() => expect(ended).toEqual(["b"]));
  });

  it("asks for nothing where nothing was typed", async () => {
    const { store, listeners, search } = setUp();
    search("blue");
    await vi.waitFor(() => expect(listeners.has("blue")).toBe(true));
    search("  ");
    expect(store.getState()).toMatchObject({ typed: "  ", view: null });
    expect([...listeners.keys()]).toEqual(["blue"]);
  });
});
