/** An account in use on this page: its engine, its stores, and the rule by which messages count as seen. */

import type { StoreApi } from "zustand/vanilla";
import type { EngineApi } from "../engine/api.ts";
import { type Account, ask, createAccount } from "./account.ts";
import { type Conversations, createConversations } from "./conversations.ts";
import type { Attached, AttachFailure, Attention, Keeping } from "./ports.ts";

export interface Session {
  readonly username: string;
  readonly account: StoreApi<Account>;
  readonly conversations: StoreApi<Conversations>;
  /** A store of what is loaded later, made when it is first asked for (verification.ts, search.ts). */
  readonly part: <State>(create: CreatePart<State>) => StoreApi<State>;
  /** Leaves the account; its engine may end when no other page uses it. */
  readonly close: () => void;
}

export type CreatePart<State> = (
  engine: Promise<EngineApi | null>,
  conversations: StoreApi<Conversations>,
) => StoreApi<State>;

interface SessionOptions {
  readonly username: string;
  readonly attached: Promise<Attached<EngineApi>>;
  readonly attention: Attention;
  readonly keeping: Keeping;
  readonly onObstacle: (reason: AttachFailure) => void;
  /** The account was locked while it was in use here: nothing of it may stay. */
  readonly onLocked: () => void;
}

export function createSession(options: SessionOptions): Session {
  const { username, attached, attention, keeping, onObstacle, onLocked } = options;
  const engine = attached.then((outcome) => (outcome.kind === "attached" ? outcome.api : null)).catch(() => null);
  const account = createAccount(username, engine, keeping);
  const conversations = createConversations(engine);
  const endings = [
    conversations.close,
    noteWhatIsHere(account, username, keeping),
    followLock(engine, { account, attention, onLocked }),
    markSeen(engine, { account, conversations: conversations.store, attention }),
  ];
  let closed = false;
  attached.then(
    (outcome) => {
      if (outcome.kind === "failed") onObstacle(outcome.reason);
      else if (closed) outcome.detach();
      else endings.push(outcome.detach);
    },
    () => account.setState({ engineGone: true }),
  );
  void ask(engine, (api) => api.watchAccount((view) => closed || account.setState({ view }))).then((unwatch) => {
    // Before the detaching, after which nothing is answered any more.
    if (unwatch !== null && !closed) endings.unshift(unwatch);
  });
  return {
    username,
    account,
    conversations: conversations.store,
    part: createParts(engine, conversations.store),
    close() {
      closed = true;
      for (const end of endings) end();
    },
  };
}

function createParts(engine: Promise<EngineApi | null>, conversations: StoreApi<Conversations>): Session["part"] {
  const parts = new Map<unknown, unknown>();
  return <State>(create: CreatePart<State>) => {
    if (!parts.has(create)) parts.set(create, create(engine, conversations));
    // Made by this very function, whose states are of this type.
    return parts.get(create) as StoreApi<State>;
  };
}

/** Leaves a note of an account in use, by which its absence is later known for a loss. */
function noteWhatIsHere(account: StoreApi<Account>, username: string, keeping: Keeping): () => void {
  return account.subscribe(({ view }, { view: before }) => {
    if (view === null || view.phase === before?.phase) return;
    if (view.phase === "ready") keeping.note(username, true);
    if (view.phase === "removed") keeping.note(username, false);
  });
}

interface LockOptions {
  readonly account: StoreApi<Account>;
  readonly attention: Attention;
  readonly onLocked: () => void;
}

/** Tells an engine with a lock that its page is in use, and leaves when it locks. */
function followLock(engine: Promise<EngineApi | null>, { account, attention, onLocked }: LockOptions): () => void {
  let end: (() => void) | null = null;
  let wasInUse = false;
  const unsubscribe = account.subscribe(({ view }) => {
    wasInUse ||= view?.phase === "ready";
    // Also by another tab's engine, which this one's then follows through its start.
    if (view?.phase === "locked" && wasInUse) onLocked();
    if (end !== null || view?.phase !== "ready" || view.lock === null) return;
    const ended = () => {
      end = null;
    };
    end = ended;
    // Should it not come, the next view tries again.
    import("./presence.ts").then(({ beginPresence }) => {
      if (end !== ended) return;
      end = beginPresence({
        attention,
        attend: () => ask(engine, (api) => api.attend()),
        noteUse: () => void ask(engine, (api) => api.noteUse()),
      });
    }, ended);
  });
  return () => {
    unsubscribe();
    end?.();
    end = () => undefined;
  };
}

interface SeenOptions {
  readonly account: StoreApi<Account>;
  readonly conversations: StoreApi<Conversations>;
  readonly attention: Attention;
}

/** Marks the open conversation as read once its newest messages are on the screen and a person looks at them. */
function markSeen(engine: Promise<EngineApi | null>, { account, conversations, attention }: SeenOptions): () => void {
  let marked = "";
  function check() {
    const { openPeer, view } = conversations.getState();
    if (openPeer === null || view?.peer !== openPeer || view.hasLater || !attention.isAttentive()) return;
    const summary = account.getState().view?.conversations.find(({ peer }) => peer === openPeer);
    if (summary === undefined || summary.unread === 0) {
      marked = "";
      return;
    }
    // The same state is marked once, so that an engine which cannot store the mark is not asked forever.
    const state = `${openPeer} ${summary.unread} ${summary.lastAt}`;
    if (state === marked) return;
    marked = state;
    void ask(engine, (api) => api.markRead(openPeer));
  }
  const endings = [account.subscribe(check), conversations.subscribe(check), attention.subscribe(check)];
  return () => {
    for (const end of endings) end();
  };
}
