/**
 * The sentences for people; those about identities and missing messages are in wording-identity.ts, those of the
 * dialogs in wording-dialogs.ts, those about creating an account in wording-registration.ts. Each one that reports a
 * failure also says what to do.
 */

import type { StartRefusal } from "../state/account.ts";
import type { SendProblem } from "../state/conversations.ts";
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
  partMissing: "This part of Sotto could not be loaded. Check the connection, close this and try again.",
  workspace: {
    connection: "Connection",
    conversations: "Conversations",
    search: "Search messages",
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

/** What to say when a conversation was not started. */
export function startSentence({ peer, outcome }: StartRefusal): string {
  switch (outcome.kind) {
    case "started":
      return `The conversation with ${peer} is open.`;
    case "username-invalid":
      return "That is no username. Usernames have 3 to 32 characters: a–z, 0–9, dots, dashes and underscores.";
    case "oneself":
      return "That is you. Enter the username of someone else.";
    case "unknown-user":
      return `Nobody here is called ${peer}. Check the spelling, or send them your invite link.`;
    case "offline":
      return "The relay cannot be reached, and a first message needs their keys from it. Try again when you are online.";
    case "bundle-refused":
      return bundleSentence(peer, outcome.code);
    case "refused":
      if (outcome.code === RATE_LIMITED) return "The relay was asked for a lot just now. Wait a moment and try again.";
      return `The relay refused (${outcome.code}). Try again, or ask whoever runs the relay.`;
    case "not-ready":
      return NOT_READY;
    case "engine-gone":
      return ENGINE_GONE;
  }
}

/** Why the keys that the relay handed out begin no conversation. */
function bundleSentence(peer: string, code: string): string {
  switch (code) {
    case "identity-mismatch":
      return `The relay handed out a key of ${peer} that you decided against. Nothing was sent. Ask ${peer} in another way; if it is theirs, start the conversation again to decide once more.`;
    case "manifest-outdated":
      return `The relay handed out older keys of ${peer} than before. Nothing was sent. Ask ${peer} to open Sotto, which brings the relay up to date, and try again.`;
    default:
      return `The relay handed out keys for ${peer} that do not verify (${code}). Nothing was sent; do not trust this relay before you know why.`;
  }
}

export const SEND_PROBLEMS: Readonly<Record<SendProblem, string>> = {
  "too-long": "This message is too long. Shorten it or send it in parts.",
  "identity-changed":
    "Their identity key has changed, so this was not sent. Decide about the new key, then send it again.",
  "not-ready":
    "This account is not in use here at the moment, so this was not sent. Reload the page and send it again.",
  "storage-unavailable": "The message could not be stored, so it was not sent. Free some space and send it again.",
  "engine-gone": "The part of Sotto that holds your keys did not answer. Copy your text, reload and send it again.",
};
