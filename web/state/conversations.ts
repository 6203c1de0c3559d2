/** The open conversation, what is being written in each one, and the marking as read of what a person has seen. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { ConversationView, EngineApi, SendOutcome } from "../engine/api.ts";
import { ask } from "./account.ts";

/** How many messages are shown at first, and how many more each time earlier ones are asked for. */
export const PAGE_OF_MESSAGES = 50;

export type SendProblem = Exclude<SendOutcome["kind"], "queued" | "empty"> | "engine-gone";

export interface Conversations {
  readonly openPeer: string | null;
  /** The open conversation; null until the engine has answered. */
  readonly view: ConversationView | null;
  /** By the other's username; a name without an entry has an empty draft. */
  readonly drafts: ReadonlyMap<string, string>;
  readonly sendProblems: ReadonlyMap<string, SendProblem>;
  readonly open: (peer: string | null) => void;
  readonly showEarlier: () => void;
  readonly write: (peer: string, draft: string) => void;
  /** Sends the draft. The box empties at once; the draft comes back, before anything written since, when it fails. */
  readonly send: (peer: string) => Promise<void>;
}

export interface ConversationsHandle {
  readonly store: StoreApi<Conversations>;
  readonly close: () => void;
}

/** `engine` resolves to null when there is none. */
export function createConversations(engine: Promise<EngineApi | null>): ConversationsHandle {
  const watch = createWatch(engine, (view) => store.setState({ view }));
  const store = createStore<Conversations>()((set, get) => ({
    openPeer: null,
    view: null,
    drafts: new Map(),
    sendProblems: new Map(),
    open(peer) {
      if (get().openPeer === peer) return;
      set({ openPeer: peer, view: null });
      watch.change(peer, PAGE_OF_MESSAGES);
    },
    showEarlier() {
      const { openPeer, view } = get();
      if (openPeer === null || view === null || !view.hasEarlier) return;
      watch.change(openPeer, view.messages.length + PAGE_OF_MESSAGES);
    },
    write: (peer, draft) =>
      set(({ drafts, sendProblems }) => ({
        drafts: withEntry(drafts, peer, draft === "" ? null : draft),
        sendProblems: withEntry(sendProblems, peer, null),
      })),
    async send(peer) {
      const text = get().drafts.get(peer) ?? "";
      if (text.trim() === "") return;
      get().write(peer, "");
      const outcome = await ask(engine, (api) => api.send(peer, text));
      const kind = outcome?.kind ?? "engine-gone";
      if (kind === "queued" || kind === "empty") return;
      set(({ drafts, sendProblems }) => ({
        drafts: withEntry(drafts, peer, joinDrafts(text, drafts.get(peer))),
        sendProblems: withEntry(sendProblems, peer, kind),
      }));
    },
  }));
  return { store, close: () => watch.change(null, 0) };
}

function joinDrafts(failed: string, since: string | undefined): string {
  return since === undefined ? failed : `${failed}\n${since}`;
}

function withEntry<Value>(map: ReadonlyMap<string, Value>, key: string, value: Value | null) {
  const next = new Map(map);
  if (value === null) next.delete(key);
  else next.set(key, value);
  return next;
}

/** Watches one conversation at a time; a late answer of an earlier watch is never shown. */
function createWatch(engine: Promise<EngineApi | null>, onView: (view: ConversationView) => void) {
  let current = 0;
  let endCurrent: (() => void) | null = null;
  async function begin(peer: string, count: number, endEarlier: (() => void) | null) {
    const own = current;
    const unwatch = await ask(engine, (api) =>
      api.watchConversation(peer, count, (view) => {
        if (own === current) onView(view);
      }),
    );
    endEarlier?.();
    if (own === current) endCurrent = unwatch;
    else unwatch?.();
  }
  return {
    change(peer: string | null, count: number) {
      current += 1;
      const endEarlier = endCurrent;
      endCurrent = null;
      if (peer === null) endEarlier?.();
      else void begin(peer, count, endEarlier);
    },
  };
}
