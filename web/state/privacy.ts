/** What others learn of the person, and setting it. Loaded with the dialog. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { AccountSettings, EngineApi } from "../engine/api.ts";
import { ask } from "./account.ts";

export interface Privacy {
  /** What was chosen last and may not be stored yet; null for what is. */
  readonly chosen: AccountSettings | null;
  /** The last change was not stored. */
  readonly hasFailed: boolean;
  readonly change: (settings: AccountSettings) => Promise<void>;
}

/** `engine` resolves to null when there is none. */
export function createPrivacy(engine: Promise<EngineApi | null>): StoreApi<Privacy> {
  return createStore<Privacy>()((set) => ({
    chosen: null,
    hasFailed: false,
    async change(settings) {
      set({ chosen: settings, hasFailed: false });
      const isStored = (await ask(engine, (api) => api.changeSettings(settings))) === true;
      set({ hasFailed: !isStored, ...(isStored ? {} : { chosen: null }) });
    },
  }));
}
