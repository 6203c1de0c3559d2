/** Writing into a conversation: the changes that append a message or a notice, and that raise a status. */
import type { LastKind, MessageStatus } from "./api.ts";
import { MAX_EXCERPT_LENGTH, type Quote } from "./content.ts";
import type { Change } from "./ports.ts";
import type { ConversationRecord, ExpiryRecord, MessageRecord, QuoteRecord, TextRecord } from "./records.ts";

/** What is true of a message that has just been written or has just come. */
export const NEW_MESSAGE = {
  resends: 0,
  reply: null,
  session: null,
  statusTimes: {},
  marks: null,
  expiry: null,
} as const;

const RANK: Readonly<Record<MessageStatus, number>> = { waiting: 0, sent: 1, delivered: 2, read: 3 };

/** The beginning of a text, on one line, cut between characters: at most MAX_EXCERPT_LENGTH. */
export function excerptOf(text: string): string {
  const line = text
    .slice(0, 2 * MAX_EXCERPT_LENGTH)
    .replaceAll(/\s+/g, " ")
    .trim();
  const cut = line.slice(0, MAX_EXCERPT_LENGTH);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** What the other quotes, from this side: what is their own came in here. */
export function quoteRecord({ to, own, excerpt }: Quote): QuoteRecord {
  return { contentId: to, direction: own ? "incoming" : "outgoing", excerpt };
}

/** A conversation without messages. */
export function newConversation(peer: string, now: number): ConversationRecord {
  return {
    peer,
    createdAt: now,
    nextSequence: 0,
    lastText: "",
    lastKind: "text",
    lastAt: now,
    lastDirection: null,
    unread: 0,
    firstUnseen: null,
    accepted: false,
    timer: { seconds: null, setAt: 0 },
    muted: false,
    pinnedAt: null,
    archived: false,
    draft: "",
    lastExpiresAt: null,
  };
}

/** The changes that append a record to a conversation, and the conversation after them. */
export function appendMessage(
  conversation: ConversationRecord,
  message: MessageRecord,
): { readonly conversation: ConversationRecord; readonly changes: readonly Change[] } {
  const { peer, nextSequence: sequence } = conversation;
  const after = { ...conversation, nextSequence: sequence + 1, ...summaryOf(conversation, message, sequence) };
  const changes: Change[] = [
    { store: "messages", id: [peer, sequence], value: message },
    { store: "conversations", id: [peer], value: after },
  ];
  if (message.kind === "text") {
    changes.push({ store: "messageIndex", id: [peer, message.contentId], value: { sequence } });
  }
  return { conversation: after, changes };
}

function summaryOf(conversation: ConversationRecord, message: MessageRecord, sequence: number) {
  if (message.kind !== "text") return {};
  const lastKind: LastKind = message.marks?.deletedAt == null ? "text" : "deleted";
  const lastExpiresAt = expiresAt(message.expiry);
  const { text: lastText, at: lastAt, direction: lastDirection } = message;
  const last = { lastText, lastKind, lastAt, lastDirection, lastExpiresAt };
  if (message.direction === "outgoing") return { ...last, archived: false };
  // What comes brings it back, unless the person wants no word of it.
  const archived = conversation.archived && conversation.muted;
  return { ...last, archived, unread: conversation.unread + 1, firstUnseen: conversation.firstUnseen ?? sequence };
}

/** The changes by which the time of a message begins to run; none when it does already, or it stays for ever. */
export function startedTimer(peer: string, sequence: number, message: TextRecord, now: number): readonly Change[] {
  if (message.expiry === null || message.expiry.startedAt !== null) return [];
  const expiry = { ...message.expiry, startedAt: now };
  const id = [peer, sequence];
  return [
    { store: "messages", id, value: { ...message, expiry } },
    { store: "timers", id, value: { peer, sequence, expiresAt: now + expiry.seconds * 1000 } },
  ];
}

/** The change by which a conversation knows when its last message disappears, if that is among these changed ones. */
export function lastTimer(
  conversation: ConversationRecord | undefined,
  changes: readonly Change[],
): readonly Extract<Change, { readonly store: "conversations" }>[] {
  if (conversation === undefined) return [];
  const { peer, lastAt, lastDirection } = conversation;
  for (const { store, value } of changes) {
    if (store !== "messages" || value?.kind !== "text") continue;
    const lastExpiresAt = expiresAt(value.expiry);
    if (lastExpiresAt === null || value.at !== lastAt || value.direction !== lastDirection) continue;
    return [{ store: "conversations", id: [peer], value: { ...conversation, lastExpiresAt } }];
  }
  return [];
}

/** When a message disappears, in Unix milliseconds; null when that is not known yet, or never. */
export function expiresAt(expiry: ExpiryRecord | null): number | null {
  return expiry === null || expiry.startedAt === null ? null : expiry.startedAt + expiry.seconds * 1000;
}

/** The message with this status, reached at `at`, or null when it has that or a later one already. */
export function raiseStatus(
  message: MessageRecord,
  status: Exclude<MessageStatus, "waiting">,
  at: number,
): TextRecord | null {
  if (message.kind !== "text" || message.status === null || RANK[message.status] >= RANK[status]) return null;
  return { ...message, status, statusTimes: { ...message.statusTimes, [status]: at } };
}
