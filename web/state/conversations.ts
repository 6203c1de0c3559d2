/** The open conversation, what is being written in each one, and the marking as read of what a person has seen. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { ConversationView, Direction, EngineApi, HistoryWindow, SendOutcome } from "../engine/api.ts";
import { ask } from "./account.ts";
import { createDraftKeeper } from "./drafts.ts";

/** How many messages are shown at first, and how many more each time earlier or later ones are asked for. */
export const PAGE_OF_MESSAGES = 50;

/** At most so many are shown, however long the conversation is. */
export const MOST_MESSAGES = 150;

const NEWEST: HistoryWindow = { from: null, count: PAGE_OF_MESSAGES };

export type SendProblem = Exclude<SendOutcome["kind"], "queued" | "empty"> | "engine-gone";

/** A place of the open conversation that is to be shown: each is another one, so that it is shown once. */
export type Place = { readonly kind: "message"; readonly sequence: number } | { readonly kind: "newest" };

/** A message that is being answered. */
export interface Answered {
  readonly sequence: number;
  readonly direction: Direction;
  readonly text: string;
}

export interface Conversations {
  readonly openPeer: string | null;
  /** The open conversation; null until the engine has answered. */
  readonly view: ConversationView | null;
  /** By the other's username; a name without an entry has an empty draft. */
  readonly drafts: ReadonlyMap<string, string>;
  readonly sendProblems: ReadonlyMap<string, SendProblem>;
  /** What the draft answers, by the other's username. */
  readonly answers: ReadonlyMap<string, Answered>;
  readonly open: (peer: string | null) => void;
  readonly showEarlier: () => void;
  readonly showLater: () => void;
  readonly showNewest: () => void;
  /** Opens the conversation at a message. */
  readonly showMessage: (peer: string, sequence: number) => void;
  /** What was last asked to be shown of the open conversation; null when it was opened without a place. */
  readonly sought: Place | null;
  readonly write: (peer: string, draft: string) => void;
  /** The draft answers this message; null for none. */
  readonly answer: (peer: string, answered: Answered | null) => void;
  /** Sends the draft. The box empties at once; the draft comes back, before anything written since, when it fails. */
  readonly send: (peer: string) => Promise<void>;
  /** Keeps at once what is being written, which is else kept when the writing rests. */
  readonly keepDrafts: () => void;
}

export interface ConversationsHandle {
  readonly store: StoreApi<Conversations>;
  readonly close: () => void;
}

/** `engine` resolves to null when there is none. */
export function createConversations(engine: Promise<EngineApi | null>): ConversationsHandle {
  const watch = createWatch(engine, (view, window) => {
    store.setState({ view });
    // It has reached the end: from now on it follows what comes.
    if (window.from !== null && !view.hasLater && view.messages.length > 0) {
      const span = (view.messages.at(-1)?.sequence ?? 0) - firstOf(view.messages) + 1;
      watch.change(view.peer, { from: null, count: Math.max(span, PAGE_OF_MESSAGES) });
    }
  });
  const keeper = createDraftKeeper(engine);
  /** Shows what was kept of a draft, before anything written since. */
  async function bringDraft(peer: string): Promise<void> {
    const kept = await keeper.bring(peer);
    if (kept !== null) store.getState().write(peer, joinDrafts(kept, store.getState().drafts.get(peer)));
  }
  const store = createStore<Conversations>()((set, get) => ({
    openPeer: null,
    view: null,
    drafts: new Map(),
    sendProblems: new Map(),
    answers: new Map(),
    sought: null,
    open(peer) {
      if (get().openPeer === peer) return;
      set({ openPeer: peer, view: null, sought: null });
      watch.change(peer, NEWEST);
      if (peer !== null) void bringDraft(peer);
    },
    showEarlier() {
      const { openPeer, view, sought } = get();
      if (openPeer === null || view?.hasEarlier !== true || isOnTheWay(sought, view)) return;
      set({ sought: withoutNewest(sought) });
      watch.change(openPeer, earlierWindow(view));
    },
    showLater() {
      const { openPeer, view, sought } = get();
      if (openPeer === null || view?.hasLater !== true || isOnTheWay(sought, view)) return;
      watch.change(openPeer, laterWindow(view));
    },
    showNewest() {
      const { openPeer } = get();
      set({ sought: { kind: "newest" } });
      if (openPeer !== null) watch.change(openPeer, NEWEST);
    },
    showMessage(peer, sequence) {
      set({ openPeer: peer, view: null, sought: { kind: "message", sequence } });
      watch.change(peer, { from: Math.max(0, sequence - PAGE_OF_MESSAGES), count: 2 * PAGE_OF_MESSAGES });
      void bringDraft(peer);
    },
    write(peer, draft) {
      set(({ drafts, sendProblems }) => ({
        drafts: withEntry(drafts, peer, draft === "" ? null : draft),
        sendProblems: withEntry(sendProblems, peer, null),
      }));
      keeper.keep(peer, draft);
    },
    answer: (peer, answered) => set(({ answers }) => ({ answers: withEntry(answers, peer, answered) })),
    async send(peer) {
      const text = get().drafts.get(peer) ?? "";
      if (text.trim() === "") return;
      const answered = get().answers.get(peer) ?? null;
      get().write(peer, "");
      get().answer(peer, null);
      keeper.sent(peer);
      // What one has written is to be seen.
      if (get().view?.hasLater === true) get().showNewest();
      const outcome = await ask(engine, (api) => api.send(peer, text, { answers: answered?.sequence ?? null }));
      const kind = outcome?.kind ?? "engine-gone";
      if (kind === "queued" || kind === "empty") return;
      set(({ drafts, sendProblems }) => ({
        drafts: withEntry(drafts, peer, joinDrafts(text, drafts.get(peer))),
        sendProblems: withEntry(sendProblems, peer, kind),
      }));
      if (!get().answers.has(peer)) get().answer(peer, answered);
      keeper.keep(peer, get().drafts.get(peer) ?? "");
    },
    keepDrafts: () => keeper.flush(),
  }));
  function close() {
    keeper.end();
    watch.change(null, NEWEST);
  }
  return { store, close };
}

/** Asked for, and not there yet: what scrolls by meanwhile must not lead elsewhere. */
function isOnTheWay(sought: Place | null, view: ConversationView): boolean {
  return sought?.kind === "newest" && view.hasLater;
}

/** Whoever looks at earlier messages has left the newest. */
function withoutNewest(sought: Place | null): Place | null {
  return sought?.kind === "newest" ? null : sought;
}

/** A page more at the beginning; beyond what is shown at most, later messages go. */
function earlierWindow({ messages, hasLater }: ConversationView): HistoryWindow {
  const count = messages.length + PAGE_OF_MESSAGES;
  if (!hasLater && count <= MOST_MESSAGES) return { from: null, count };
  return { from: Math.max(0, firstOf(messages) - PAGE_OF_MESSAGES), count: Math.min(count, MOST_MESSAGES) };
}

/** A page more at the end; beyond what is shown at most, earlier messages go. */
function laterWindow({ messages }: ConversationView): HistoryWindow {
  const count = Math.min(messages.length + PAGE_OF_MESSAGES, MOST_MESSAGES);
  return { from: firstOf(messages.slice(messages.length + PAGE_OF_MESSAGES - count)), count };
}

function firstOf(messages: ConversationView["messages"]): number {
  return messages[0]?.sequence ?? 0;
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
function createWatch(
  engine: Promise<EngineApi | null>,
  onView: (view: ConversationView, window: HistoryWindow) => void,
) {
  let current = 0;
  let endCurrent: (() => void) | null = null;
  async function begin(peer: string, window: HistoryWindow, endEarlier: (() => void) | null) {
    const own = current;
    const unwatch = await ask(engine, (api) =>
      api.watchConversation(peer, window, (view) => {
        if (own === current) onView(view, window);
      }),
    );
    endEarlier?.();
    if (own === current) endCurrent = unwatch;
    else unwatch?.();
  }
  return {
    change(peer: string | null, window: HistoryWindow) {
      current += 1;
      const endEarlier = endCurrent;
      endCurrent = null;
      if (peer === null) endEarlier?.();
      else void begin(peer, window, endEarlier);
    },
  };
}
