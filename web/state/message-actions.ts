/** What a person does to messages that are there: editing, reacting, deleting, forwarding. Loaded with the conversation. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { ChangeOutcome, EngineApi, MessageDetails, OwnChange, SendOutcome } from "../engine/api.ts";
import { ask } from "./account.ts";

export type ChangeProblem = Exclude<ChangeOutcome["kind"], "done"> | "engine-gone";

export type ForwardProblem = Exclude<SendOutcome["kind"], "queued"> | "engine-gone";

/** One of our own messages, whose text is being written anew. */
export interface Editing {
  readonly peer: string;
  readonly sequence: number;
  readonly text: string;
}

export interface MessageActions {
  readonly editing: Editing | null;
  /** Why the last change was not made, and with whom; null when it was. */
  readonly problem: { readonly peer: string; readonly kind: ChangeProblem } | null;
  readonly edit: (editing: Editing | null) => void;
  /** Sends the text that is being edited; it stays to be edited when that is not taken. */
  readonly saveEdit: () => Promise<void>;
  readonly change: (peer: string, sequence: number, change: OwnChange) => Promise<void>;
  /** null when the message is here no more, or nobody answered. */
  readonly details: (peer: string, sequence: number) => Promise<MessageDetails | null>;
  /** Sets after how many seconds what both write disappears once it was read; null for never. */
  readonly setTimer: (peer: string, seconds: number | null) => Promise<void>;
  /** Something is being written to them; said every few seconds at most. */
  readonly noteTyping: (peer: string) => void;
  /** What was written was sent: writing more is word of its own. */
  readonly endTyping: () => void;
  /** Sends a text to someone else; resolves to why it was not, or to null. */
  readonly forward: (peer: string, text: string) => Promise<ForwardProblem | null>;
}

/** Word that one is writing is repeated after so long at the earliest. */
const TYPING_PAUSE_MS = 4_000;

const NOBODY = { peer: "", at: 0 };

/** `engine` resolves to null when there is none. */
export function createMessageActions(engine: Promise<EngineApi | null>): StoreApi<MessageActions> {
  async function change(peer: string, sequence: number, own: OwnChange): Promise<ChangeProblem | null> {
    const outcome = await ask(engine, (api) => api.changeMessage(peer, sequence, own));
    const kind = outcome?.kind ?? "engine-gone";
    return kind === "done" ? null : kind;
  }
  let typing = NOBODY;
  return createStore<MessageActions>()((set, get) => ({
    editing: null,
    problem: null,
    edit: (editing) => set({ editing, problem: null }),
    async saveEdit() {
      const { editing } = get();
      if (editing === null || editing.text.trim() === "") return;
      const { peer, sequence, text } = editing;
      set({ editing: null, problem: null });
      const kind = await change(peer, sequence, { kind: "edit", text });
      if (kind !== null) set({ editing: get().editing ?? editing, problem: { peer, kind } });
    },
    async change(peer, sequence, own) {
      set({ problem: null });
      const kind = await change(peer, sequence, own);
      if (kind !== null) set({ problem: { peer, kind } });
    },
    async setTimer(peer, seconds) {
      set({ problem: null });
      const outcome = await ask(engine, (api) => api.setTimer(peer, seconds));
      const kind = outcome?.kind ?? "engine-gone";
      if (kind !== "done") set({ problem: { peer, kind } });
    },
    endTyping() {
      typing = NOBODY;
    },
    noteTyping(peer) {
      const now = Date.now();
      if (typing.peer === peer && now - typing.at < TYPING_PAUSE_MS) return;
      typing = { peer, at: now };
      void ask(engine, (api) => api.noteTyping(peer));
    },
    details: (peer, sequence) => ask(engine, (api) => api.messageDetails(peer, sequence)),
    async forward(peer, text) {
      const outcome = await ask(engine, (api) => api.send(peer, text));
      const kind = outcome?.kind ?? "engine-gone";
      return kind === "queued" ? null : kind;
    },
  }));
}
