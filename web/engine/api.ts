/**
 * What a page may ask of an account's engine, and the view models it gets. Nothing here is a key, and nothing here
 * needs one: this is the whole of what the page's side knows. Every answer is a plain value that survives structured
 * cloning; a view is always whole, never a difference.
 */

/** Grows when a page of one build could no longer speak with an engine of another. */
export const ENGINE_API_VERSION = 2;

/** Where the account stands on this device. */
export type AccountPhase =
  /** The engine is opening the storage. */
  | "starting"
  /** Another engine (an older version of the app in another tab) still holds this account; waits for it to end. */
  | "held-elsewhere"
  /** No account of this name on this device. */
  | "absent"
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
  /** The browser gives no storage, or it is full. */
  | "storage-unavailable"
  /** Records are there but do not open. */
  | "storage-damaged"
  /** Another engine took the account over; this one has stopped. */
  | "taken-over"
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
  /** Newest first. */
  readonly conversations: readonly ConversationSummary[];
}

export interface ConversationSummary {
  /** The other's username. */
  readonly peer: string;
  /** The last message's text, or "" when there is none. */
  readonly lastText: string;
  /** Unix milliseconds of the last message, or of the conversation's start. */
  readonly lastAt: number;
  readonly lastDirection: Direction | null;
  readonly unread: number;
  readonly identity: PeerIdentity["kind"];
}

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
  | "verification-removed";

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

export interface ConversationView {
  readonly peer: string;
  readonly identity: PeerIdentity;
  /** The newest ones, oldest first; as many as were asked for. */
  readonly messages: readonly MessageView[];
  /** Whether there are earlier messages than these. */
  readonly hasEarlier: boolean;
}

export type RegisterOutcome =
  | { readonly kind: "registered" }
  /** Not `[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]`. */
  | { readonly kind: "username-invalid" }
  /** The name is someone else's: perhaps one's own, in another browser. Nothing is kept of the attempt. */
  | { readonly kind: "name-taken" }
  /** An account of this name is on this device already. */
  | { readonly kind: "already-here" }
  /** The relay cannot be reached; the keys are kept, and trying again continues with them. */
  | { readonly kind: "offline" }
  /** The relay answered with a refusal that has no better word here. */
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "storage-unavailable" };

export type StartOutcome =
  /** The conversation is there, new or old. */
  | { readonly kind: "started" }
  | { readonly kind: "username-invalid" }
  | { readonly kind: "oneself" }
  | { readonly kind: "unknown-user" }
  | { readonly kind: "offline" }
  /** The relay handed out keys that do not verify: nothing was kept of them. */
  | { readonly kind: "bundle-refused"; readonly code: string }
  | { readonly kind: "refused"; readonly code: string }
  /** The account is not in use on this device now. */
  | { readonly kind: "not-ready" };

export type SendOutcome =
  /** Stored here, encrypted, and on its way. */
  | { readonly kind: "queued" }
  | { readonly kind: "empty" }
  /** More than `MAX_TEXT_BYTES` of UTF-8. */
  | { readonly kind: "too-long" }
  /** Another identity key appeared, and the person has to decide first. Nothing was stored: the draft must stay. */
  | { readonly kind: "identity-changed" }
  /** The account is not in use on this device now. Nothing was stored. */
  | { readonly kind: "not-ready" }
  /** Nothing was stored: the draft must stay. */
  | { readonly kind: "storage-unavailable" };

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

export type VerifyOutcome =
  | { readonly kind: "done" }
  /** The key has changed since these digits were shown: look again. */
  | { readonly kind: "outdated" }
  /** The account is not in use on this device now. */
  | { readonly kind: "not-ready" };

/** What a scanned code says. */
export type CodeComparison =
  /** The keys are the same on both devices; the conversation is now verified. */
  | { readonly kind: "match" }
  /** The code is of this conversation, but of other keys: somebody may stand in between. */
  | { readonly kind: "mismatch" }
  /** The code this very device shows. */
  | { readonly kind: "own-code" }
  | { readonly kind: "other-people" }
  | { readonly kind: "newer-version" }
  | { readonly kind: "not-a-code" }
  /** No key of theirs is known here, so there is nothing to compare the code with. */
  | { readonly kind: "no-key" }
  /** The account is not in use on this device now. */
  | { readonly kind: "not-ready" };

export type IdentityDecision = "accept" | "keep";

export type RenewOutcome =
  /** The relay has the new keys. */
  | { readonly kind: "renewed" }
  /** The new keys are made and in use here; the relay gets them when it can be reached. */
  | { readonly kind: "offline" }
  /** The new keys are in use here; the relay does not take them. */
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "not-ready" };

/** The longest text of one message, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 16_000;

/** Ends a watch. */
export type Unwatch = () => void;

/** The engine of one account, as its tabs see it. Rejects only when the storage fails; the view then says so. */
export interface EngineApi {
  /** Calls `listener` with the account's view at once and after every change. */
  watchAccount(listener: (view: AccountView) => void): Promise<Unwatch>;
  /** Calls `listener` with the newest `count` messages of a conversation at once and after every change. */
  watchConversation(peer: string, count: number, listener: (view: ConversationView) => void): Promise<Unwatch>;
  /** Makes the account's keys, stores them and publishes them. */
  register(): Promise<RegisterOutcome>;
  /** Fetches someone's keys and opens a session, unless there is one. */
  startConversation(peer: string): Promise<StartOutcome>;
  /** Encrypts a message and puts it in the outbox, in one transaction. */
  send(peer: string, text: string): Promise<SendOutcome>;
  /** The safety number of a conversation; of the new key while a change is not decided; null when no key is known. */
  safetyNumber(peer: string): Promise<SafetyNumberView | null>;
  /** The person compared these digits, or takes that back. Verifying a changed key accepts it. */
  setVerified(peer: string, digits: string, verified: boolean): Promise<VerifyOutcome>;
  /** Compares the text of a scanned code; a match verifies, and accepts a changed key. */
  compareCode(peer: string, code: string): Promise<CodeComparison>;
  /** What to do about the key change of this name: go on with the new key, or keep the earlier one. */
  decideIdentity(peer: string, change: string, decision: IdentityDecision): Promise<VerifyOutcome>;
  /** The person has seen everything in this conversation. */
  markRead(peer: string): Promise<void>;
  /** Tries the connection now instead of after the backoff. */
  reconnect(): Promise<void>;
  /**
   * Makes a new identity key, which the present one signs, and new keys of every other kind; all sessions begin anew.
   * Everyone one talks with sees the change. For when the present keys may have been copied.
   */
  renewIdentity(): Promise<RenewOutcome>;
  /**
   * Deletes the account's keys, sessions and messages from this device. The relay keeps the name until its operator
   * frees it.
   */
  removeAccount(): Promise<void>;
}

/** The accounts on this device; not tied to any of them. */
export interface DirectoryApi {
  /** Usernames of the accounts that can be opened here, in alphabetical order. */
  listAccounts(): Promise<readonly string[]>;
}

/** The rule for usernames, so that a page can check a name before it opens an engine for it. */
export { isUsername } from "../../relay/wire/username.ts";
