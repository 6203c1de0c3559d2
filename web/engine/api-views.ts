/**
 * The view models that a page gets of an account and of its conversations. Nothing here is a key. A view is a plain
 * value that survives structured cloning, and always whole, never a difference.
 */
import type { Bytes } from "../protocol/bytes.ts";

/** Where the account stands on this device. */
export type AccountPhase =
  /** The engine is opening the storage. */
  | "starting"
  /** Another engine (an older version of the app in another tab) still holds this account; waits for it to end. */
  | "held-elsewhere"
  /** No account of this name on this device. */
  | "absent"
  /** A lock is set before the account, and was not opened: nothing of it can be read. */
  | "locked"
  /** The keys are made and stored, but the relay does not have them yet. */
  | "unregistered"
  /** In use. */
  | "ready"
  /** The storage cannot be used; `problem` says why. */
  | "failed"
  /** Removed from this device. */
  | "removed";

/** Something that the person should know about the account; the page has the sentence for each. */
export type AccountProblem =
  /** The browser gives no storage. */
  | "storage-unavailable"
  /** Nothing more fits: mail stays on the relay until it does. The account is in use all the same. */
  | "storage-full"
  /** What was kept was deleted while the account was open. */
  | "storage-cleared"
  /** The records were written by a newer version of the app. */
  | "storage-newer"
  /** Records are there but do not open. */
  | "storage-damaged"
  /** Some of them do not open; the account is in use without them. */
  | "records-damaged"
  /** A part of the app that is needed to open the account could not be fetched. */
  | "part-missing"
  /** Another engine took the account over; this one has stopped. */
  | "taken-over"
  /** The account was restored from a backup on another device, or goes on in a later copy of this storage. */
  | "in-use-elsewhere"
  /** The relay no longer takes our identity for this name: reset by the operator, or lost and taken by another. */
  | "name-lost"
  /** The relay is up but refuses this account's requests. */
  | "relay-refuses";

export type Connection = "online" | "offline";

export interface AccountView {
  readonly username: string;
  readonly phase: AccountPhase;
  readonly problem: AccountProblem | null;
  readonly connection: Connection;
  /** While a backlog of more than a page is opened: how many messages are, of how many (null: not known). */
  readonly catchingUp: { readonly opened: number; readonly total: number | null } | null;
  /** null when no lock is set. */
  readonly lock: LockView | null;
  /** How far a backup is that is made or opened, from 0 to 1; null when none is. */
  readonly working: number | null;
  /** Whom the person has blocked, in alphabetical order. */
  readonly blocked: readonly string[];
  /** Pinned ones first, in the order of their pinning, then the newest. */
  readonly conversations: readonly ConversationSummary[];
  /** null while the account is not in use. */
  readonly settings: AccountSettings | null;
}

/** What others learn of the person. */
export interface AccountSettings {
  /** That a message was read. */
  readonly readReceipts: boolean;
  /** That something is being written to them. */
  readonly typing: boolean;
}

/** What opens a lock. */
export type LockSecret =
  | { readonly kind: "passphrase"; readonly passphrase: string }
  /** What the passkey's PRF extension made of the lock's salt, 32 bytes (WebAuthn Level 3 §10.1.4). */
  | { readonly kind: "passkey"; readonly output: Bytes };

/** When an account locks itself. */
export interface LockTimes {
  /** After so many minutes without use; null for never. */
  readonly idleMinutes: number | null;
  /** Once no tab of it is on the screen. */
  readonly onHiding: boolean;
}

/** A passkey that opens a lock, by what a browser needs to ask it. */
export interface LockPasskey {
  readonly credentialId: Bytes;
  /** What the PRF extension is evaluated for, 32 bytes. */
  readonly salt: Bytes;
}

/** The lock before an account. While it is locked the times are not known. */
export interface LockView extends LockTimes {
  /** null when a passphrase alone opens it. */
  readonly passkey: LockPasskey | null;
  /** Before this time, in Unix milliseconds, no secret is tried. */
  readonly retryAt: number;
}

export interface ConversationSummary {
  /** They are writing. */
  readonly isTyping: boolean;
  /** They wrote first, and the person has not answered or accepted. */
  readonly isRequest: boolean;
  readonly isMuted: boolean;
  readonly isPinned: boolean;
  readonly isArchived: boolean;
  readonly isBlocked: boolean;
  /** What the person calls them; null for their username. */
  readonly givenName: string | null;
  /** The beginning of what is being written; "" for nothing. */
  readonly draft: string;
  /** The other's username. */
  readonly peer: string;
  /** The last message's text, or "" when there is none. */
  readonly lastText: string;
  readonly lastKind: LastKind;
  /** Unix milliseconds of the last message, or of the conversation's start. */
  readonly lastAt: number;
  readonly lastDirection: Direction | null;
  readonly unread: number;
  readonly identity: PeerIdentity["kind"];
}

/** What the last message is: one with a text, or one that was deleted. */
export type LastKind = "text" | "deleted";

/** What is known of the other's identity key. */
export type PeerIdentity =
  /** No key of theirs is known. */
  | { readonly kind: "unknown" }
  /** The first key seen is kept; nobody has compared safety numbers. */
  | { readonly kind: "unverified" }
  /** The person compared safety numbers, and nothing has changed since. */
  | { readonly kind: "verified" }
  /** Another key appeared under this name. Sending stops until the person decides. */
  | {
      readonly kind: "changed";
      /** Names this change, so that a decision cannot meet another one. */
      readonly change: string;
      /** Whether the key known so far has signed the new one. */
      readonly signedByEarlier: boolean;
      /** Whether the key known so far was verified. */
      readonly wasVerified: boolean;
      /** Messages that wait here and go out under the new key if it is accepted. */
      readonly waiting: number;
    };

export type Direction = "incoming" | "outgoing";

/** The status of our own message; the last two come from the recipient's receipts. */
export type MessageStatus = "waiting" | "sent" | "delivered" | "read";

export type MessageView =
  | {
      readonly kind: "text";
      /** Stable, unique within the conversation, ascending in the order shown. */
      readonly sequence: number;
      readonly direction: Direction;
      readonly text: string;
      /** The text stands in for a kind of message that this version does not know. */
      readonly unsupported: boolean;
      /** Unix milliseconds: when it was written, or when it reached this device. */
      readonly at: number;
      /** null on incoming messages. */
      readonly status: MessageStatus | null;
      /** What it answers; null when it answers nothing. */
      readonly quote: QuoteView | null;
      /** The emoji of either; null for none. */
      readonly reactions: { readonly ours: string | null; readonly theirs: string | null };
      readonly isEdited: boolean;
      /** Its writer deleted it for both: there is no text any more. */
      readonly isDeleted: boolean;
      /** So many seconds after it was read it disappears, and when that is, where it is known; null for never. */
      readonly disappears: { readonly seconds: number; readonly at: number | null } | null;
    }
  | {
      /** Not a message: one of the two has set after how many seconds messages disappear; null for never. */
      readonly kind: "timer";
      readonly sequence: number;
      readonly at: number;
      readonly direction: Direction;
      readonly seconds: number | null;
    }
  | {
      /** Not a message: something this conversation should say about itself. */
      readonly kind: "notice";
      readonly sequence: number;
      readonly at: number;
      readonly notice: ConversationNotice;
    }
  | {
      /** Stands for messages of the other that could not be opened; goes away when they have arrived after all. */
      readonly kind: "missing";
      readonly sequence: number;
      readonly at: number;
      readonly count: number;
      /** "asked": their device is being asked to send them again. "lost": it cannot, or did not answer. */
      readonly state: "asked" | "lost";
      /** Of the latest one. */
      readonly cause: MissingCause;
    };

/** The message that another one answers. */
export interface QuoteView {
  /** Who wrote it. */
  readonly direction: Direction;
  /**
   * Where it is in this conversation; null when it is not on this device, and then the excerpt is what the one who quotes it
   * says that it said.
   */
  readonly sequence: number | null;
  /** Its beginning; empty when it was deleted. */
  readonly excerpt: string;
}

/** What is known of a message beyond its text. Times are Unix milliseconds. */
export interface MessageDetails {
  /** When its writer says that it was written. */
  readonly writtenAt: number;
  /** When it reached this device; null on our own. */
  readonly arrivedAt: number | null;
  /** When the relay had it, their device had it, and they had read it, as far as this device learned. */
  readonly sentAt: number | null;
  readonly deliveredAt: number | null;
  readonly readAt: number | null;
  /** What it said before, the oldest first. */
  readonly earlierTexts: readonly { readonly text: string; readonly at: number }[];
  readonly editedAt: number | null;
  /** The session it last travelled in; null where that is not known. */
  readonly session: SessionView | null;
}

/** A session, by which both devices name it alike. */
export interface SessionView {
  /** The first 8 bytes of its transcript hash in hexadecimal. */
  readonly name: string;
  readonly isPostQuantum: boolean;
}

export type ConversationNotice =
  /** Another identity key appeared under this name. */
  | "identity-changed"
  /** The same, and the key known before has signed it. */
  | "identity-changed-signed"
  /** The person accepted the new key. */
  | "identity-accepted"
  /** The person kept the earlier key. */
  | "identity-kept"
  | "verified"
  | "verification-removed"
  /** The device's storage was put back to an older state, or a copy of it is in use elsewhere. */
  | "storage-put-back"
  /** What was kept of their keys was damaged: verified or not, nobody knows any more. */
  | "keys-lost";

/** Why messages could not be opened. */
export type MissingCause =
  /** The keys for it are not on this device (any more). */
  | "keys-gone"
  /** It does not verify: altered on the way, or not from them. */
  | "altered"
  /** It is of a later version of the protocol. */
  | "newer-version"
  /** It is from them, but holds nothing that can be shown. */
  | "unreadable";

/** Which messages of a conversation are shown, however many there are. */
export interface HistoryWindow {
  /** The sequence it begins with; null for the newest messages. */
  readonly from: number | null;
  /** At most so many. */
  readonly count: number;
}

export interface ConversationView {
  readonly peer: string;
  readonly identity: PeerIdentity;
  /** Those of the window, oldest first. */
  readonly messages: readonly MessageView[];
  /** After how many seconds what is written disappears once it was read; null for never. */
  readonly timer: number | null;
  /** Whether there are earlier messages than these. */
  readonly hasEarlier: boolean;
  /** Whether there are later ones. */
  readonly hasLater: boolean;
}

/** What a search has found so far. */
export interface SearchView {
  /** The newest ones, newest first, 100 at most. */
  readonly results: readonly SearchResult[];
  /** How many there are. */
  readonly found: number;
  /** Whether everything was searched. */
  readonly isComplete: boolean;
}

export interface SearchResult {
  readonly peer: string;
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly direction: Direction;
  /** The part of the text that holds what was searched. */
  readonly excerpt: readonly { readonly text: string; readonly isMatch: boolean }[];
}

/** What two people compare to be sure that nobody stands between them. */
export interface SafetyNumberView {
  /** 60 decimal digits, the same on both devices. */
  readonly digits: string;
  /** The text of the QR code that the other's device scans. */
  readonly code: string;
  readonly verified: boolean;
  /** The digits are those of a changed key that is not accepted yet. */
  readonly changed: boolean;
}

/** How an account's keys are, for the person's eyes. Nothing here is a key. */
export interface KeyHealthView {
  /** When a backup was last made, Unix milliseconds; null when none was. */
  readonly backedUpAt: number | null;
  /** When the signed prekey was made, Unix milliseconds. */
  readonly signedPrekeyAt: number;
  /** One-time prekeys that nobody has taken yet, of the kind of which there are fewer, as the relay last said. */
  readonly oneTimePrekeys: number;
  /** Sessions that send, by the cryptography of their handshake. */
  readonly sessions: {
    readonly postQuantum: number;
    readonly classical: number;
    /** Those of either kind that began without a one-time prekey or with an old one. */
    readonly weak: number;
  };
  /** Usernames of people whose safety number nobody has compared, or whose key has changed since, in order. */
  readonly unverified: readonly string[];
}
