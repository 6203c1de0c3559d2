/** Searching the account's messages: what was typed, and what has been found of it so far. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { EngineApi, SearchView } from "../engine/api.ts";
import { ask } from "./account.ts";

export interface Search {
  readonly typed: string;
  /** null until the engine has answered, and where nothing was typed. */
  readonly view: SearchView | null;
  /** Searches for what was typed; the search before ends. */
  readonly search: (typed: string) => void;
}

/** `engine` resolves to null when there is none. */
export function createSearch(engine: Promise<EngineApi | null>): StoreApi<Search> {
  let current = 0;
  let end: (() => void) | null = null;
  const store = createStore<Search>()((set) => ({
    typed: "",
    view: null,
    search(typed) {
      current += 1;
      const own = current;
      end?.();
      end = null;
      // What was found for the words before stays until there is something else to show.
      set(typed.trim() === "" ? { typed, view: null } : { typed });
      if (typed.trim() === "") return;
      const show = (view: SearchView) => {
        if (own === current) set({ view });
      };
      void ask(engine, (api) => api.watchSearch(typed, show)).then((unwatch) => {
        if (own === current) end = unwatch;
        else unwatch?.();
      });
    },
  }));
  return store;
}
