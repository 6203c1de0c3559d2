/**
 * The sentences for people; those about identities and missing messages are in wording-identity.ts, those of the
 * dialogs in wording-dialogs.ts, those about creating an account in wording-registration.ts, and so on. Each one that reports a
 * failure also says what to do.
 */

import type { Connection, MessageStatus } from "../state/views.ts";

export const ENGINE_GONE = "The part of Sotto that holds your keys did not answer. Reload the page and try again.";

/** When an action needs an account in use, and this one is not, or not any more. */
export const NOT_READY = "This account is not in use here now. Reload the page and try again.";

export const wording = {
  brand: "Sotto",
  reload: "Reload",
  cancel: "Cancel",
  close: "Close",
  goHome: "Go to the start page",
  makingKeys: "Making your keys…",
  partMissing: "This part of Sotto could not be loaded. Check the connection and try again.",
  tryAgain: "Try again",
  workspace: {
    connection: "Connection",
    conversations: "Conversations",
    search: "Search messages",
    requests: "Requests",
    request: "request",
    archived: "Archived",
    pinned: "pinned",
    muted: "muted",
    blocked: "Blocked",
    draft: "Draft",
    startLabel: "Start a conversation",
    startPlaceholder: "Someone’s username",
    start: "Start",
    noConversations: "No conversations yet. Enter someone’s username above, or invite someone.",
    nothingOpenHint: "Choose a conversation, or start one with someone’s username.",
    firstHint: "Start a conversation with someone’s username, or send them your invite link.",
    offline: "You are offline. What you write waits here and goes out by itself.",
    invite: "Invite someone",
    opening: (username: string) => `Opening ${username}…`,
    catchingUp: "Opening the messages that waited for you…",
    caughtUp: (opened: number, total: number | null) =>
      total === null ? opened.toLocaleString() : `${opened.toLocaleString()} of ${total.toLocaleString()}`,
  },
  conversation: {
    log: (peer: string) => `Messages with ${peer}`,
    sealed: "End-to-end encrypted",
    message: "Message",
    placeholder: (peer: string) => `Write to ${peer}…`,
    send: "Send",
    back: "Back to conversations",
    earlier: "Show earlier messages",
    newMessages: "New messages",
    newest: "Jump to newest",
    later: "Show later messages",
    empty: (peer: string) => `This is the beginning. Only you and ${peer} can read what is written here.`,
    unsupported: "This version of Sotto cannot show the rest of this message.",
    you: "You",
    deleted: "Message deleted",
    typing: (peer: string) => `${peer} is writing…`,
    today: "Today",
    yesterday: "Yesterday",
  },
  accountMenu: "Account menu",
} as const;

/** The one word for where our own message is. */
export const STATUS_WORDS: Readonly<Record<MessageStatus, string>> = {
  waiting: "Waiting",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
};

export const CONNECTION_WORDS: Readonly<Record<Connection, string>> = { online: "Online", offline: "Offline" };

export interface PageText {
  readonly title: string;
  readonly sentences: readonly string[];
}

export const PAGES = {
  partMissing: {
    title: "Something is missing",
    sentences: ["A part of Sotto could not be loaded. Check the connection, then reload."],
  },
  crashed: {
    title: "This page stumbled",
    sentences: ["Something went wrong while drawing it. Your keys and messages are untouched; reload to go on."],
  },
  notFound: {
    title: "Nothing here",
    sentences: ["There is no page at this address."],
  },
} as const;

/** The code of a relay that has been asked for more than it gives at a time. */
export const RATE_LIMITED = "rate-limited";
