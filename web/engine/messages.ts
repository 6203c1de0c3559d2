/** Writing into a conversation: the changes that append a message or a notice, and that raise a status. */
import type { LastKind, MessageStatus } from "./api.ts";
import { MAX_EXCERPT_LENGTH, type Quote } from "./content.ts";
import type { Change } from "./ports.ts";
import type { ConversationRecord, MessageRecord, QuoteRecord } from "./records.ts";

/** What is true of a message that has just been written or has just come. */
export const NEW_MESSAGE = { resends: 0, reply: null, session: null, statusTimes: {}, marks: null } as const;

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
  const last = { lastText: message.text, lastKind, lastAt: message.at, lastDirection: message.direction };
  if (message.direction === "outgoing") return last;
  return { ...last, unread: conversation.unread + 1, firstUnseen: conversation.firstUnseen ?? sequence };
}

/** The message with this status, reached at `at`, or null when it has that or a later one already. */
export function raiseStatus(
  message: MessageRecord,
  status: Exclude<MessageStatus, "waiting">,
  at: number,
): MessageRecord | null {
  if (message.kind !== "text" || message.status === null || RANK[message.status] >= RANK[status]) return null;
  return { ...message, status, statusTimes: { ...message.statusTimes, [status]: at } };
}
