/** What a person does with a conversation as a whole. Loaded with the conversation. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { ConversationChange, ConversationOutcome, EngineApi } from "../engine/api.ts";
import { ask } from "./account.ts";

export type SettingProblem = Exclude<ConversationOutcome["kind"], "done"> | "engine-gone";

export interface ConversationSettings {
  /** Why the last change was not made, and with whom; null when it was. */
  readonly problem: { readonly peer: string; readonly kind: SettingProblem } | null;
  /** Resolves to whether it was made. */
  readonly change: (peer: string, change: ConversationChange) => Promise<boolean>;
  /** Deletes it from this device. */
  readonly remove: (peer: string) => Promise<boolean>;
}

/** `engine` resolves to null when there is none. */
export function createConversationSettings(engine: Promise<EngineApi | null>): StoreApi<ConversationSettings> {
  return createStore<ConversationSettings>()((set) => {
    async function settle(peer: string, question: (api: EngineApi) => Promise<ConversationOutcome>): Promise<boolean> {
      set({ problem: null });
      const outcome = await ask(engine, question);
      const kind = outcome?.kind ?? "engine-gone";
      if (kind !== "done") set({ problem: { peer, kind } });
      return kind === "done";
    }
    return {
      problem: null,
      change: (peer, change) => settle(peer, (api) => api.changeConversation(peer, change)),
      remove: (peer) => settle(peer, (api) => api.deleteConversation(peer)),
    };
  });
}
