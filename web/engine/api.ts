/**
 * What a page may ask of an account's engine, and what it is answered; with the view models (api-views.ts) this is the
 * whole of what the page's side knows. Nothing here is a key, and nothing here needs one. Every answer is a plain value
 * that survives structured cloning.
 */
import type { Bytes } from "../protocol/bytes.ts";
import type {
  AccountSettings,
  AccountView,
  ConversationView,
  HistoryWindow,
  KeyHealthView,
  LockPasskey,
  LockSecret,
  LockTimes,
  MessageDetails,
  SafetyNumberView,
  SearchView,
} from "./api-views.ts";

export type * from "./api-views.ts";

/** Grows when a page of one build could no longer speak with an engine of another. */
export const ENGINE_API_VERSION = 10;

/** Bytes of the id that a message can be sent under. */
export const MESSAGE_ID_BYTES = 16;

export type RegisterOutcome =
  | { readonly kind: "registered" }
  /** Not `[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]`. */
  | { readonly kind: "username-invalid" }
  /** The name is someone else's: perhaps one's own, in another browser. Nothing is kept of the attempt. */
  | { readonly kind: "name-taken" }
  /** The relay asks for an invite code, and there is none; the keys are kept, and one can be given with another try. */
  | { readonly kind: "invite-required" }
  /** The relay does not take this invite code, or not any more; the keys are kept, the code is not. */
  | { readonly kind: "invite-refused" }
  /** The relay takes no new accounts. Nothing is kept of the attempt. */
  | { readonly kind: "registration-closed" }
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
  /** The person has blocked them. Nothing was stored. */
  | { readonly kind: "blocked" }
  /** The account is not in use on this device now. Nothing was stored. */
  | { readonly kind: "not-ready" }
  /** Nothing was stored: the draft must stay. */
  | { readonly kind: "storage-unavailable" };

export interface SendOptions {
  /** MESSAGE_ID_BYTES random ones: what is stored under that id is not stored twice. */
  readonly id?: Bytes | undefined;
  /** The sequence of the message that this one answers. */
  readonly answers?: number | null;
}

/** What a person does to a message that is there. */
export type OwnChange =
  /** One emoji, in place of the one before; null takes it back. */
  | { readonly kind: "reaction"; readonly emoji: string | null }
  /** Our own messages, within a day. */
  | { readonly kind: "edit"; readonly text: string }
  /** For both; our own messages, within a day. */
  | { readonly kind: "delete" }
  /** From this device alone. */
  | { readonly kind: "remove-here" };

export type ChangeOutcome =
  /** Stored here, and on its way to the other. */
  | { readonly kind: "done" }
  /** More than a day after it was written. */
  | { readonly kind: "too-late" }
  /** It is here no more, or deleted. */
  | { readonly kind: "gone" }
  /** The text is longer than `MAX_TEXT_BYTES`. */
  | { readonly kind: "too-long" }
  /** Nothing that can be done to this message: an empty text, no emoji, a message of the other. */
  | { readonly kind: "refused" }
  | { readonly kind: "identity-changed" }
  | { readonly kind: "not-ready" }
  | { readonly kind: "storage-unavailable" };

/** What a person does with a conversation as a whole. */
export type ConversationChange =
  /** Takes part in it: the other learns what was read. */
  | { readonly kind: "accept" }
  | { readonly kind: "mute" | "pin" | "archive"; readonly on: boolean }
  /** Nothing of theirs comes in any more, or does again. */
  | { readonly kind: "block"; readonly on: boolean }
  /** What the person calls the other, at most MAX_GIVEN_NAME characters; "" for their username. */
  | { readonly kind: "rename"; readonly name: string };

/** The longest name that one gives to someone, in characters. */
export const MAX_GIVEN_NAME = 64;

export type ConversationOutcome =
  | { readonly kind: "done" }
  /** There is nothing of theirs to change. */
  | { readonly kind: "gone" }
  | { readonly kind: "not-ready" }
  | { readonly kind: "storage-unavailable" };

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

/** What came of making new prekeys. */
export type RefreshOutcome =
  | { readonly kind: "refreshed" }
  /** They are made, and published when the relay can be reached. */
  | { readonly kind: "offline" }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "not-ready" };

/** What came of deleting the account on the relay and here. */
export type DeleteOutcome =
  | { readonly kind: "deleted" }
  | { readonly kind: "offline" }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "not-ready" };

/** What came of an attempt to open the lock. */
export type UnlockOutcome =
  | { readonly kind: "unlocked" }
  | { readonly kind: "wrong-secret" | "too-soon"; readonly retryAt: number }
  /** The view says why. */
  | { readonly kind: "storage-unavailable" };

/** What is to become of the lock. Whoever changes it says the present passphrase; `earlier` is null without a lock. */
export type LockChange =
  | { readonly kind: "set"; readonly passphrase: string; readonly earlier: string | null }
  | { readonly kind: "remove"; readonly passphrase: string }
  | { readonly kind: "set-times"; readonly times: LockTimes }
  | {
      readonly kind: "add-passkey";
      readonly passphrase: string;
      /** `output` is what it made of the salt, 32 bytes. */
      readonly passkey: LockPasskey & { readonly output: Bytes };
    }
  | { readonly kind: "remove-passkey"; readonly passphrase: string };

export type LockOutcome =
  | { readonly kind: "done" }
  /** A new passphrase has 8 characters at least. */
  | { readonly kind: "too-short" }
  | { readonly kind: "wrong-secret" | "too-soon"; readonly retryAt: number }
  | { readonly kind: "not-ready" };

export type BackupOutcome =
  /** The whole file; whoever has it needs the passphrase. */
  | { readonly kind: "made"; readonly file: Bytes }
  /** A passphrase has 8 characters at least. */
  | { readonly kind: "too-short" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "not-ready" };

/** Whose backup a file says it is, which only opening it proves. */
export type BackupOwner =
  | { readonly kind: "of"; readonly username: string }
  | Extract<RestoreOutcome, { readonly kind: "refused-file" | "offline" }>;

export type RestoreOutcome =
  /** The account is in use here. */
  | { readonly kind: "restored" }
  /** It was given up, and nothing was stored. */
  | { readonly kind: "cancelled" }
  /** Nothing was stored. */
  | {
      readonly kind: "refused-file";
      readonly code: "not-a-backup" | "newer-version" | "wrong-passphrase" | "damaged";
    }
  /** It is stored here, and its keys are published when that is asked for again. */
  | { readonly kind: "unpublished"; readonly registration: RegisterOutcome }
  | { readonly kind: "already-here" }
  | { readonly kind: "offline" }
  | { readonly kind: "storage-unavailable" };

/** The longest text of one message, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 16_000;

/** Ends a watch. */
export type Unwatch = () => void;

/** The engine of one account, as its tabs see it. Rejects only when the storage fails; the view then says so. */
export interface EngineApi {
  /** Calls `listener` with the account's view at once and after every change. */
  watchAccount(listener: (view: AccountView) => void): Promise<Unwatch>;
  /** Calls `listener` with a conversation, as far as the window shows it, at once and after every change. */
  watchConversation(peer: string, window: HistoryWindow, listener: (view: ConversationView) => void): Promise<Unwatch>;
  /** Searches all messages for all of the words, and calls `listener` as it finds them, until it is complete. */
  watchSearch(text: string, listener: (view: SearchView) => void): Promise<Unwatch>;
  /**
   * Makes the account's keys, stores them and publishes them; with an invite code where the relay asks for one. The code
   * is kept until the account is registered, so that another try need not bring it again.
   */
  register(invite?: string | null): Promise<RegisterOutcome>;
  /** Fetches someone's keys and opens a session, unless there is one. */
  startConversation(peer: string): Promise<StartOutcome>;
  /**
   * Encrypts a message and puts it in the outbox, in one transaction. With an id it may be asked for again when the answer
   * was lost.
   */
  send(peer: string, text: string, options?: SendOptions): Promise<SendOutcome>;
  /** Changes a message that is there, and tells the other. */
  changeMessage(peer: string, sequence: number, change: OwnChange): Promise<ChangeOutcome>;
  /** Sets after how many seconds what both write from now on disappears, once it was read; null for never. */
  setTimer(peer: string, seconds: number | null): Promise<ChangeOutcome>;
  /** Accepts, mutes, pins, archives, blocks or renames, or takes that back. */
  changeConversation(peer: string, change: ConversationChange): Promise<ConversationOutcome>;
  /** Deletes the conversation from this device; whom it was with stays known, and blocked if they were. */
  deleteConversation(peer: string): Promise<ConversationOutcome>;
  /** The person is writing to them: they are told, where that is set, and if they are likely to be there. */
  noteTyping(peer: string): Promise<void>;
  /** Sets what others learn of the person; resolves to false when the account is not in use. */
  changeSettings(settings: AccountSettings): Promise<boolean>;
  /** What is known of a message beyond its text; null when it is here no more. */
  messageDetails(peer: string, sequence: number): Promise<MessageDetails | null>;
  /** Keeps what is being written, until it is sent; empty for nothing. */
  keepDraft(peer: string, text: string): Promise<void>;
  /** What was kept of it. */
  readDraft(peer: string): Promise<string>;
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
  /** How the account's keys are; null when it is not in use. */
  keyHealth(): Promise<KeyHealthView | null>;
  /** Makes a new signed prekey and new one-time prekeys in place of those that are missing, and publishes them. */
  refreshPrekeys(): Promise<RefreshOutcome>;
  /**
   * Deletes the account's keys, sessions and messages from this device. The relay keeps the name until its operator
   * frees it.
   */
  removeAccount(): Promise<void>;
  /** Makes a backup of everything but sessions and prekeys. */
  makeBackup(passphrase: string): Promise<BackupOutcome>;
  /** Makes this account of a backup, where there is none here, and publishes its keys. */
  restoreBackup(file: Bytes, passphrase: string): Promise<RestoreOutcome>;
  /** Gives up a backup that is being made or opened: its call is answered with "cancelled". */
  cancelWork(): Promise<void>;
  /** Opens the lock; the account is then in use in all tabs. */
  unlock(secret: LockSecret): Promise<UnlockOutcome>;
  /** Locks the account in all tabs, where a lock is set; the engine ends, and its keys with it. */
  lock(): Promise<void>;
  /** Sets the lock, changes it or takes it away. */
  changeLock(change: LockChange): Promise<LockOutcome>;
  /** A person uses the account: it does not lock itself for want of use. */
  noteUse(): Promise<void>;
  /** A tab of the account is on the screen until the watch ends. */
  attend(): Promise<Unwatch>;
  /** Runs the account in this tab's worker, where another one runs it and cannot serve this one. */
  takeOver(): Promise<void>;
  /** Deletes the account on the relay, for ever, and then here. Nothing is deleted unless the relay has done so. */
  deleteAccount(): Promise<DeleteOutcome>;
}

/** The accounts on this device; not tied to any of them. */
export interface DirectoryApi {
  /** Usernames of the accounts that can be opened here, in alphabetical order. */
  listAccounts(): Promise<readonly string[]>;
  /** Whose backup a file says it is. */
  ownerOfBackup(file: Bytes): Promise<BackupOwner>;
}

/** The rule for usernames, so that a page can check a name before it opens an engine for it. */
export { isUsername } from "../../relay/wire/username.ts";
