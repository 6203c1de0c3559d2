/** An engine in memory whose answers a test chooses. It keeps messages as the real one would show them. */

import type {
  AccountView,
  ChangeOutcome,
  CodeComparison,
  ConversationOutcome,
  ConversationSummary,
  ConversationView,
  EngineApi,
  HistoryWindow,
  MessageView,
  PeerIdentity,
  RegisterOutcome,
  RestoreOutcome,
  SafetyNumberView,
  SendOutcome,
  StartOutcome,
  VerifyOutcome,
} from "../../engine/api.ts";
import type { Attached, Attention } from "../ports.ts";

/** What a message view says of a message that nothing has become of. */
export const PLAIN = {
  quote: null,
  reactions: { ours: null, theirs: null },
  isEdited: false,
  isDeleted: false,
  disappears: null,
} as const;

/** What a summary says of a conversation with which nothing was done. */
export const PLAIN_CONVERSATION = {
  isTyping: false,
  isRequest: false,
  isMuted: false,
  isPinned: false,
  isArchived: false,
  isBlocked: false,
  givenName: null,
  draft: "",
} as const satisfies Partial<ConversationSummary>;

export interface FakeEngine extends EngineApi {
  /** What the next calls answer. */
  readonly answers: {
    register: RegisterOutcome;
    start: StartOutcome;
    send: SendOutcome;
    change: ChangeOutcome;
    conversation: ConversationOutcome;
    safetyNumber: SafetyNumberView | null;
    verify: VerifyOutcome;
    compare: CodeComparison;
    restore: RestoreOutcome;
  };
  /** The calls so far, e.g. `send bob`, oldest first. */
  readonly calls: string[];
  /** Changes the account's view and shows it to whoever watches. */
  readonly change: (change: Partial<AccountView>) => void;
  readonly receive: (peer: string, text: string, at?: number) => void;
  readonly setMessages: (peer: string, messages: readonly MessageView[]) => void;
  readonly setIdentity: (peer: string, identity: PeerIdentity) => void;
  /** What is kept of what is being written. */
  readonly drafts: Map<string, string>;
  /** How many watches of conversations are going on. */
  readonly watches: () => number;
}

export function createFakeEngine(username: string): FakeEngine {
  let account: AccountView = {
    username,
    phase: "ready",
    problem: null,
    connection: "online",
    catchingUp: null,
    lock: null,
    working: null,
    settings: { readReceipts: true, typing: true },
    blocked: [],
    conversations: [],
  };
  const messages = new Map<string, readonly MessageView[]>();
  const identities = new Map<string, PeerIdentity>();
  const accountListeners = new Set<(view: AccountView) => void>();
  const conversationListeners = new Set<{ readonly peer: string; readonly notify: () => void }>();
  const answers: FakeEngine["answers"] = {
    register: { kind: "registered" },
    start: { kind: "started" },
    send: { kind: "queued" },
    change: { kind: "done" },
    conversation: { kind: "done" },
    safetyNumber: { digits: "0".repeat(60), code: "a code", verified: false, changed: false },
    verify: { kind: "done" },
    compare: { kind: "match" },
    restore: { kind: "restored" },
  };
  const calls: string[] = [];
  const drafts = new Map<string, string>();

  function change(difference: Partial<AccountView>) {
    account = { ...account, ...difference };
    for (const listener of accountListeners) listener(account);
  }
  function viewOf(peer: string, { from, count }: HistoryWindow): ConversationView {
    const all = messages.get(peer) ?? [];
    const first = from === null ? Math.max(0, all.length - count) : all.findIndex(({ sequence }) => sequence >= from);
    const shown = all.slice(first, first + count);
    return {
      peer,
      identity: identityOf(peer),
      messages: shown,
      timer: null,
      hasEarlier: first > 0,
      hasLater: first + shown.length < all.length,
    };
  }
  function identityOf(peer: string): PeerIdentity {
    return identities.get(peer) ?? { kind: "unverified" };
  }
  function show(peer: string) {
    for (const watch of conversationListeners) if (watch.peer === peer) watch.notify();
  }
  function summarise(peer: string, unread: number) {
    const last = messages.get(peer)?.at(-1);
    const text = last?.kind === "text" ? last : null;
    const others = account.conversations.filter((conversation) => conversation.peer !== peer);
    const summary = {
      peer,
      lastText: text?.text ?? "",
      lastKind: "text" as const,
      ...PLAIN_CONVERSATION,
      lastAt: last?.at ?? 0,
      lastDirection: text?.direction ?? null,
      unread,
      identity: identityOf(peer).kind,
    };
    change({ conversations: [summary, ...others].sort((left, right) => right.lastAt - left.lastAt) });
  }
  function setMessages(peer: string, next: readonly MessageView[], unread = 0) {
    messages.set(peer, next);
    show(peer);
    summarise(peer, unread);
  }
  function append(message: { peer: string; text: string; at: number; direction: "incoming" | "outgoing" }) {
    const { peer, text, at, direction } = message;
    const before = messages.get(peer) ?? [];
    const sequence = (before.at(-1)?.sequence ?? 0) + 1;
    const status = direction === "outgoing" ? "waiting" : null;
    const unreadBefore = account.conversations.find((conversation) => conversation.peer === peer)?.unread ?? 0;
    const added: MessageView = { kind: "text", sequence, direction, text, unsupported: false, at, status, ...PLAIN };
    setMessages(peer, [...before, added], direction === "incoming" ? unreadBefore + 1 : unreadBefore);
  }

  return {
    answers,
    calls,
    drafts,
    change,
    receive: (peer, text, at = Date.now()) => append({ peer, text, at, direction: "incoming" }),
    setMessages,
    setIdentity(peer, identity) {
      identities.set(peer, identity);
      show(peer);
      summarise(peer, account.conversations.find((conversation) => conversation.peer === peer)?.unread ?? 0);
    },
    watches: () => conversationListeners.size,
    async watchAccount(listener) {
      accountListeners.add(listener);
      listener(account);
      return () => accountListeners.delete(listener);
    },
    async watchConversation(peer, window, listener) {
      calls.push(`watchConversation ${peer} ${window.from ?? "newest"} ${window.count}`);
      const watch = { peer, notify: () => listener(viewOf(peer, window)) };
      conversationListeners.add(watch);
      watch.notify();
      return () => conversationListeners.delete(watch);
    },
    async register(invite) {
      calls.push(invite ? `register ${invite}` : "register");
      if (answers.register.kind === "registered") change({ phase: "ready" });
      return answers.register;
    },
    async startConversation(peer) {
      calls.push(`startConversation ${peer}`);
      const known = account.conversations.some((conversation) => conversation.peer === peer);
      if (answers.start.kind === "started" && !known) summarise(peer, 0);
      return answers.start;
    },
    async send(peer, text, options) {
      calls.push(options?.answers == null ? `send ${peer}` : `send ${peer} answering ${options.answers}`);
      if (answers.send.kind === "queued") append({ peer, text, at: Date.now(), direction: "outgoing" });
      return answers.send;
    },
    async changeMessage(peer, sequence, change) {
      calls.push(`changeMessage ${peer} ${sequence} ${JSON.stringify(change)}`);
      return answers.change;
    },
    async setTimer(peer, seconds) {
      calls.push(`setTimer ${peer} ${seconds}`);
      return answers.change;
    },
    async noteTyping(peer) {
      calls.push(`noteTyping ${peer}`);
    },
    async changeSettings(settings) {
      calls.push(`changeSettings ${JSON.stringify(settings)}`);
      change({ settings });
      return true;
    },
    async changeConversation(peer, asked) {
      calls.push(`changeConversation ${peer} ${JSON.stringify(asked)}`);
      return answers.conversation;
    },
    async deleteConversation(peer) {
      calls.push(`deleteConversation ${peer}`);
      return answers.conversation;
    },
    async messageDetails(peer, sequence) {
      calls.push(`messageDetails ${peer} ${sequence}`);
      return null;
    },
    async keepDraft(peer, text) {
      calls.push(`keepDraft ${peer} ${text}`);
      drafts.set(peer, text);
    },
    async readDraft(peer) {
      return drafts.get(peer) ?? "";
    },
    async takeOver() {
      calls.push("takeOver");
    },
    async safetyNumber(peer) {
      calls.push(`safetyNumber ${peer}`);
      return answers.safetyNumber;
    },
    async setVerified(peer, digits, verified) {
      calls.push(`setVerified ${peer} ${digits} ${verified}`);
      return answers.verify;
    },
    async compareCode(peer, code) {
      calls.push(`compareCode ${peer} ${code}`);
      return answers.compare;
    },
    async decideIdentity(peer, change, decision) {
      calls.push(`decideIdentity ${peer} ${change} ${decision}`);
      return answers.verify;
    },
    async markRead(peer) {
      calls.push(`markRead ${peer}`);
      const conversations = account.conversations.map((conversation) =>
        conversation.peer === peer ? { ...conversation, unread: 0 } : conversation,
      );
      change({ conversations });
    },
    async reconnect() {
      calls.push("reconnect");
    },
    async renewIdentity() {
      calls.push("renewIdentity");
      return { kind: "renewed" };
    },
    async keyHealth() {
      calls.push("keyHealth");
      return null;
    },
    async refreshPrekeys() {
      calls.push("refreshPrekeys");
      return { kind: "refreshed" };
    },
    async removeAccount() {
      calls.push("removeAccount");
      change({ phase: "removed" });
    },
    async deleteAccount() {
      calls.push("deleteAccount");
      change({ phase: "removed" });
      return { kind: "deleted" };
    },
    async watchSearch(text, listener) {
      calls.push(`watchSearch ${text}`);
      listener({ results: [], found: 0, isComplete: true });
      return () => {
        calls.push(`watchSearch ${text} no more`);
      };
    },
    async makeBackup() {
      calls.push("makeBackup");
      return { kind: "made", file: new Uint8Array(8) };
    },
    async cancelWork() {
      calls.push("cancelWork");
    },
    async restoreBackup() {
      calls.push("restoreBackup");
      return answers.restore;
    },
    async unlock() {
      calls.push("unlock");
      change({ phase: "ready" });
      return { kind: "unlocked" };
    },
    async lock() {
      calls.push("lock");
      change({ phase: "locked" });
    },
    async changeLock(asked) {
      calls.push(`changeLock ${asked.kind}`);
      return { kind: "done" };
    },
    async noteUse() {
      calls.push("noteUse");
    },
    async attend() {
      calls.push("attend");
      return () => {
        calls.push("attend no more");
      };
    },
  };
}

export interface FakeAttachment {
  readonly attached: Attached<EngineApi>;
  readonly isDetached: () => boolean;
}

export function attachFake(api: EngineApi): FakeAttachment {
  let detached = false;
  const detach = () => {
    detached = true;
  };
  return { attached: { kind: "attached", api, detach }, isDetached: () => detached };
}

export interface FakeAttention extends Attention {
  readonly set: (attentive: boolean) => void;
  /** Somebody presses a key. */
  readonly use: (at: number) => void;
}

export function createFakeAttention(attentive: boolean): FakeAttention {
  let now = attentive;
  const useListeners = new Set<(at: number) => void>();
  const listeners = new Set<() => void>();
  return {
    isAttentive: () => now,
    isVisible: () => now,
    subscribeToUse(listener) {
      useListeners.add(listener);
      return () => useListeners.delete(listener);
    },
    use(at) {
      for (const listener of useListeners) listener(at);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(next) {
      now = next;
      for (const listener of listeners) listener();
    },
  };
}
