/** The view models of an account and of its conversations, and the watchers they are pushed to. */
import type { AccountState, IdentityState } from "./account-state.ts";
import type {
  AccountPhase,
  AccountProblem,
  AccountView,
  Connection,
  ConversationSummary,
  ConversationView,
  HistoryWindow,
  MessageView,
  PeerIdentity,
  QuoteView,
  Unwatch,
} from "./api.ts";
import { excerptOf, expiresAt } from "./messages.ts";
import { peerIdentity } from "./peer-identity.ts";
import type { ConversationRecord, MessageRecord } from "./records.ts";

export interface AccountStatus {
  readonly phase: AccountPhase;
  readonly problem: AccountProblem | null;
  readonly connection: Connection;
  readonly catchingUp: AccountView["catchingUp"];
  readonly lock: AccountView["lock"];
  readonly working: AccountView["working"];
}

interface ConversationWatch {
  readonly peer: string;
  readonly window: HistoryWindow;
  readonly listener: (view: ConversationView) => void;
}

/** Makes the views of one watch and shows them; one that was begun before another is not shown after it. */
class OpenWatch {
  readonly peer: string;
  readonly #watch: ConversationWatch;
  readonly #make: (peer: string, window: HistoryWindow) => Promise<ConversationView>;
  #begun = 0;
  #shown = 0;
  #ended = false;

  constructor(watch: ConversationWatch, make: (peer: string, window: HistoryWindow) => Promise<ConversationView>) {
    this.peer = watch.peer;
    this.#watch = watch;
    this.#make = make;
  }

  async show(): Promise<void> {
    this.#begun += 1;
    const own = this.#begun;
    const view = await this.#make(this.peer, this.#watch.window);
    if (this.#ended || own < this.#shown) return;
    this.#shown = own;
    this.#watch.listener(view);
  }

  /** Its listener is not called any more. */
  end(): void {
    this.#ended = true;
  }
}

/** Composes the account's view, field by field: nothing of a record leaves that is not named here. */
export function accountView(username: string, status: AccountStatus, state: AccountState | null): AccountView {
  const now = state?.ports.clock.now() ?? 0;
  const conversations = [...(state?.conversations.values() ?? [])].map((conversation) =>
    summarize(conversation, {
      identity: state?.identities.get(conversation.peer) ?? UNKNOWN,
      isTyping: (state?.signs.get(conversation.peer)?.typingUntil ?? 0) > now,
      now,
    }),
  );
  const pinnedAt = ({ peer }: ConversationSummary) => state?.conversations.get(peer)?.pinnedAt ?? Number.MAX_VALUE;
  conversations.sort(
    (left, right) =>
      pinnedAt(left) - pinnedAt(right) || right.lastAt - left.lastAt || left.peer.localeCompare(right.peer),
  );
  const blocked = [...(state?.identities ?? [])].flatMap(([peer, { isBlocked }]) => (isBlocked ? [peer] : [])).sort();
  const isDamaged = state !== null && state.store.damaged.size > 0;
  const problem = status.problem ?? (isDamaged ? "records-damaged" : null);
  return { username, ...status, problem, settings: state?.account.settings ?? null, blocked, conversations };
}

/** Of somebody of whom no record is kept. */
const UNKNOWN = { kind: "unknown", isBlocked: false, givenName: null } as const;

function summarize(
  conversation: ConversationRecord,
  {
    identity,
    isTyping,
    now,
  }: {
    readonly identity: Pick<IdentityState, "isBlocked" | "givenName"> & { readonly kind: PeerIdentity["kind"] };
    readonly isTyping: boolean;
    readonly now: number;
  },
): ConversationSummary {
  const { peer, lastKind, lastAt, unread, lastExpiresAt, muted, pinnedAt, archived, draft, accepted } = conversation;
  const { kind, isBlocked, givenName } = identity;
  // Over, and not deleted yet, as nothing ran meanwhile.
  const isOver = lastExpiresAt !== null && lastExpiresAt <= now;
  const lastText = isOver ? "" : conversation.lastText;
  const lastDirection = isOver ? null : conversation.lastDirection;
  return {
    peer,
    lastText,
    lastKind,
    lastAt,
    lastDirection,
    unread,
    identity: kind,
    isTyping,
    isRequest: !accepted && !isBlocked,
    isMuted: muted,
    isPinned: pinnedAt !== null,
    isArchived: archived,
    isBlocked,
    givenName,
    draft,
  };
}

/** A conversation as far as the window shows it: no more than that is read. */
export async function conversationView(
  state: AccountState | null,
  peer: string,
  window: HistoryWindow,
): Promise<ConversationView> {
  const conversation = state?.conversations.get(peer);
  if (state === null || conversation === undefined) {
    return { peer, identity: { kind: "unknown" }, messages: [], timer: null, hasEarlier: false, hasLater: false };
  }
  const now = state.ports.clock.now();
  const { nextSequence, timer } = conversation;
  const { count } = window;
  const from = window.from ?? Math.max(0, nextSequence - count);
  const records = await state.store.list("messages", { prefix: [peer], from, limit: count });
  const messages: MessageView[] = [];
  for (const { value, number } of records) {
    const isOver = value.kind === "text" && (expiresAt(value.expiry) ?? now + 1) <= now;
    if (number !== null && !isOver) messages.push(messageView(value, number, await quoteView(state, peer, value)));
  }
  // Sequences have gaps: what stands for missing messages goes when they arrive.
  const hasLater = records.length === count && (records.at(-1)?.number ?? nextSequence) < nextSequence - 1;
  const identity = await peerIdentity(state, peer);
  return { peer, identity, messages, timer: timer.seconds, hasEarlier: from > 0, hasLater };
}

/** What a message answers: as it is here, and only where it is not, as the one who quotes it says that it is. */
async function quoteView(state: AccountState, peer: string, message: MessageRecord): Promise<QuoteView | null> {
  if (message.kind !== "text" || message.reply === null) return null;
  const { contentId, direction, excerpt } = message.reply;
  const sequence = (await state.store.read("messageIndex", [peer, contentId]))?.sequence ?? null;
  const quoted = sequence === null ? null : await state.store.read("messages", [peer, sequence]);
  if (quoted?.kind !== "text") return { direction, sequence: null, excerpt };
  return { direction: quoted.direction, sequence, excerpt: excerptOf(quoted.text) };
}

function messageView(message: MessageRecord, sequence: number, quote: QuoteView | null): MessageView {
  if (message.kind === "timer") {
    return { kind: "timer", sequence, at: message.at, direction: message.direction, seconds: message.seconds };
  }
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
  const { direction, text, unsupported, at, status, marks, expiry } = message;
  return {
    kind: "text",
    sequence,
    direction,
    text,
    unsupported,
    at,
    status,
    quote,
    reactions: { ours: marks?.reactions.ours?.emoji ?? null, theirs: marks?.reactions.theirs?.emoji ?? null },
    isEdited: marks?.editedAt != null,
    isDeleted: marks?.deletedAt != null,
    disappears: expiry && { seconds: expiry.seconds, at: expiresAt(expiry) },
  };
}

/** Pushes views to watchers, several changes at once becoming one push. */
export class Watchers {
  readonly #account = new Set<(view: AccountView) => void>();
  readonly #conversations = new Set<OpenWatch>();
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
    const open = new OpenWatch(watch, this.#makeConversationView);
    const end = () => {
      open.end();
      this.#conversations.delete(open);
    };
    this.#conversations.add(open);
    try {
      await open.show();
    } catch (error) {
      end();
      throw error;
    }
    return end;
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
      // One that fails takes nothing from the others.
      if (touched.has(watch.peer)) await watch.show().catch(this.#onError);
    }
  }
}
