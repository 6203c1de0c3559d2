/** Writing into a conversation: the changes that append a message or a notice, and that raise a status. */
import type { MessageStatus } from "./api.ts";
import type { Change } from "./ports.ts";
import type { ConversationRecord, MessageRecord } from "./records.ts";

const RANK: Readonly<Record<MessageStatus, number>> = { waiting: 0, sent: 1, delivered: 2, read: 3 };

/** A conversation without messages. */
export function newConversation(peer: string, now: number): ConversationRecord {
  return {
    peer,
    createdAt: now,
    nextSequence: 0,
    lastText: "",
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
  const last = { lastText: message.text, lastAt: message.at, lastDirection: message.direction };
  if (message.direction === "outgoing") return last;
  return { ...last, unread: conversation.unread + 1, firstUnseen: conversation.firstUnseen ?? sequence };
}

/** The message with this status, or null when it has that or a later one already. */
export function raiseStatus(message: MessageRecord, status: MessageStatus): MessageRecord | null {
  if (message.kind !== "text" || message.status === null || RANK[message.status] >= RANK[status]) return null;
  return { ...message, status };
}
