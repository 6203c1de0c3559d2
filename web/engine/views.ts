/** The view models of an account and of its conversations, and the watchers they are pushed to. */
import type { AccountState } from "./account-state.ts";
import type {
  AccountPhase,
  AccountProblem,
  AccountView,
  Connection,
  ConversationSummary,
  ConversationView,
  HistoryWindow,
  MessageView,
  Unwatch,
} from "./api.ts";
import { peerIdentity } from "./peer-identity.ts";
import type { ConversationRecord, MessageRecord } from "./records.ts";

export interface AccountStatus {
  readonly phase: AccountPhase;
  readonly problem: AccountProblem | null;
  readonly connection: Connection;
  readonly catchingUp: AccountView["catchingUp"];
  readonly lock: AccountView["lock"];
}

interface ConversationWatch {
  readonly peer: string;
  readonly window: HistoryWindow;
  readonly listener: (view: ConversationView) => void;
}

/** Composes the account's view, field by field: nothing of a record leaves that is not named here. */
export function accountView(username: string, status: AccountStatus, state: AccountState | null): AccountView {
  const conversations = [...(state?.conversations.values() ?? [])].map((conversation) =>
    summarize(conversation, state?.identities.get(conversation.peer)?.kind ?? "unknown"),
  );
  conversations.sort((left, right) => right.lastAt - left.lastAt || left.peer.localeCompare(right.peer));
  return { username, ...status, conversations };
}

function summarize(conversation: ConversationRecord, identity: ConversationSummary["identity"]): ConversationSummary {
  const { peer, lastText, lastAt, lastDirection, unread } = conversation;
  return { peer, lastText, lastAt, lastDirection, unread, identity };
}

/** A conversation as far as the window shows it: no more than that is read. */
export async function conversationView(
  state: AccountState | null,
  peer: string,
  window: HistoryWindow,
): Promise<ConversationView> {
  const conversation = state?.conversations.get(peer);
  if (state === null || conversation === undefined) {
    return { peer, identity: { kind: "unknown" }, messages: [], hasEarlier: false, hasLater: false };
  }
  const { nextSequence } = conversation;
  const { count } = window;
  const from = window.from ?? Math.max(0, nextSequence - count);
  const records = await state.store.list("messages", { prefix: [peer], from, limit: count });
  const messages = records.flatMap(({ value, number }) => (number === null ? [] : [messageView(value, number)]));
  // Sequences have gaps: what stands for missing messages goes when they arrive.
  const hasLater = messages.length === count && (messages.at(-1)?.sequence ?? nextSequence) < nextSequence - 1;
  return { peer, identity: await peerIdentity(state, peer), messages, hasEarlier: from > 0, hasLater };
}

function messageView(message: MessageRecord, sequence: number): MessageView {
  if (message.kind === "notice") return { kind: "notice", sequence, at: message.at, notice: message.notice };
  if (message.kind === "missing") {
    return {
      kind: "missing",
      sequence,
      at: message.at,
      count: message.count,
      state: message.state,
      cause: message.cause,
    };
  }
  const { direction, text, unsupported, at, status } = message;
  return { kind: "text", sequence, direction, text, unsupported, at, status };
}

/** Pushes views to watchers, several changes at once becoming one push. */
export class Watchers {
  readonly #account = new Set<(view: AccountView) => void>();
  readonly #conversations = new Set<ConversationWatch>();
  readonly #touched = new Set<string>();
  readonly #makeAccountView: () => AccountView;
  readonly #makeConversationView: (peer: string, window: HistoryWindow) => Promise<ConversationView>;
  readonly #onError: (error: unknown) => void;
  #pending = false;

  constructor(options: {
    readonly accountView: () => AccountView;
    readonly conversationView: (peer: string, window: HistoryWindow) => Promise<ConversationView>;
    readonly onError: (error: unknown) => void;
  }) {
    this.#makeAccountView = options.accountView;
    this.#makeConversationView = options.conversationView;
    this.#onError = options.onError;
  }

  watchAccount(listener: (view: AccountView) => void): Unwatch {
    this.#account.add(listener);
    listener(this.#makeAccountView());
    return () => this.#account.delete(listener);
  }

  /** Shows the account at once, for when nothing runs afterwards. */
  showAccount(): void {
    const view = this.#makeAccountView();
    for (const listener of this.#account) listener(view);
  }

  async watchConversation(watch: ConversationWatch): Promise<Unwatch> {
    this.#conversations.add(watch);
    watch.listener(await this.#makeConversationView(watch.peer, watch.window));
    return () => this.#conversations.delete(watch);
  }

  /** Something changed: the account's view, and the conversations with these peers. */
  touch(peers: Iterable<string>): void {
    for (const peer of peers) this.#touched.add(peer);
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#push().catch(this.#onError);
    });
  }

  async #push(): Promise<void> {
    this.#pending = false;
    const touched = new Set(this.#touched);
    this.#touched.clear();
    this.showAccount();
    for (const watch of this.#conversations) {
      if (!touched.has(watch.peer)) continue;
      const made = await this.#makeConversationView(watch.peer, watch.window);
      // The watch may have ended meanwhile, and its listener must not be called any more.
      if (this.#conversations.has(watch)) watch.listener(made);
    }
  }
}
