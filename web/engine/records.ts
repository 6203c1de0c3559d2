/**
 * Everything an account keeps on its device: the record types, by store. A record's id is a tuple; see each store.
 * Byte strings are Uint8Arrays. Storage encrypts every record whole and hides the text parts of its id.
 */

import type { Bytes } from "../protocol/bytes.ts";
import type { KemKeyPair } from "../protocol/kem.ts";
import type { DeviceKeyPair, IdentityKey, IdentityKeyPair, X25519KeyPair } from "../protocol/keys.ts";
import type { Session } from "../protocol/session.ts";
import type { AccountSettings, ConversationNotice, Direction, LastKind, MessageStatus, MissingCause } from "./api.ts";
import type { OutgoingChange } from "./content.ts";

/** Id: []. Present once the keys are made. */
export interface AccountRecord {
  readonly username: string;
  readonly device: number;
  readonly identity: IdentityKeyPair;
  readonly deviceKeys: DeviceKeyPair;
  /** The manifest that is, or is about to be, published: its statement and the identity key's signature. */
  readonly manifest: Bytes;
  readonly manifestSignature: Bytes;
  /** The identity key before this one and its signature that hands the name on; null for a first identity. */
  readonly identityChange: { readonly previousIdentityKey: Bytes; readonly signature: Bytes } | null;
  /** Whether the relay has confirmed a manifest of this account. */
  readonly registered: boolean;
  /** Whether the identity was renewed and the relay has not confirmed that yet: until then it is not renewed again. */
  readonly renewalPending: boolean;
  /** The invite code to register with; null when there is none, and once the account is registered. */
  readonly invite: string | null;
  readonly createdAt: number;
  /** When a backup was last made; null when none was. */
  readonly backedUpAt: number | null;
  readonly settings: AccountSettings;
  /** The CONTENT_VERSION that all messages were last read by. */
  readonly contentVersion: number;
}

/** A prekey that many may use until it is replaced. Id: [prekey id in base64url]. */
interface LastingPrekeyRecord<KeyPair> {
  readonly keyPair: KeyPair;
  readonly createdAt: number;
  /** When a newer one took its place; null while it is the current one. */
  readonly replacedAt: number | null;
}

export type SignedPrekeyRecord = LastingPrekeyRecord<X25519KeyPair>;
export type LastResortKemPrekeyRecord = LastingPrekeyRecord<KemKeyPair>;

/** Deleted with the message that used it. Id: [prekey id in base64url]. */
interface SingleUsePrekeyRecord<KeyPair> {
  readonly keyPair: KeyPair;
  readonly createdAt: number;
  /** Whether the relay has confirmed that it has it. */
  readonly published: boolean;
  /** When the relay was first seen not to hold it any more; null while it does. */
  readonly takenAt: number | null;
}

export type OneTimePrekeyRecord = SingleUsePrekeyRecord<X25519KeyPair>;
export type OneTimeKemPrekeyRecord = SingleUsePrekeyRecord<KemKeyPair>;

/** One session with a peer; which one sends follows from its generation. */
export interface SessionRecord {
  readonly session: Session;
  readonly createdAt: number;
  readonly lastUsedAt: number;
}

/** Id: [peer]. */
export interface PeerRecord {
  readonly peer: string;
  readonly device: number;
  /** The pinned identity key: the first one seen, or one that the person accepted. */
  readonly identityKey: IdentityKey;
  /** The highest sequence seen of this identity's manifests, 0 when none was. */
  readonly manifestSequence: number;
  /** With the pinned identity; preferred first, at most MAX_SESSIONS_PER_PEER. */
  readonly sessions: readonly SessionRecord[];
  /** Sessions up to this generation open mail and send none, since they were put back to an older state; 0 for none. */
  readonly retiredGeneration: number;
  /** When the person verified the pinned identity; null while it is not. */
  readonly verifiedAt: number | null;
  /** Another identity that appeared under this name; null when there is nothing to decide. */
  readonly change: IdentityChangeRecord | null;
  /** Identities the person decided against, the newest last. */
  readonly refusedIdentityKeys: readonly IdentityKey[];
  /** Whether the person wants nothing of theirs. */
  readonly blocked: boolean;
  /** What the person calls them; null for their username. It stays here. */
  readonly givenName: string | null;
}

/** An identity that waits for the person's decision. Its sessions open what it sends and send nothing. */
export interface IdentityChangeRecord {
  readonly identityKey: IdentityKey;
  readonly manifestSequence: number;
  readonly sessions: readonly SessionRecord[];
  /** Whether the pinned key has signed this one; null until its keys were fetched. */
  readonly signedByEarlier: boolean | null;
}

/** Id: [peer]. */
export interface ConversationRecord {
  readonly peer: string;
  readonly createdAt: number;
  readonly nextSequence: number;
  readonly lastText: string;
  readonly lastKind: LastKind;
  readonly lastAt: number;
  readonly lastDirection: Direction | null;
  readonly unread: number;
  /** The sequence of the earliest incoming message the person has not seen; null when all were. */
  readonly firstUnseen: number | null;
  /** Whether the person started the conversation or wrote in it: only then the other learns what was read. */
  readonly accepted: boolean;
  /** After how many seconds what is written disappears, and when that was set; null seconds for never. */
  readonly timer: { readonly seconds: number | null; readonly setAt: number };
  /** Whether it comes without a notification. */
  readonly muted: boolean;
  /** When it was put first; null when it was not. */
  readonly pinnedAt: number | null;
  /** Whether it was put aside. */
  readonly archived: boolean;
  /** The beginning of what is being written in it. */
  readonly draft: string;
  /** When the last message disappears; null when it stays, or its time does not run yet. */
  readonly lastExpiresAt: number | null;
}

/** Id: [peer, sequence]. */
export type MessageRecord =
  | {
      readonly kind: "text";
      readonly contentId: string;
      readonly direction: Direction;
      readonly text: string;
      readonly at: number;
      readonly status: MessageStatus | null;
      /** Whether `text` is the fallback of a kind this version does not know. */
      readonly unsupported: boolean;
      /** Incoming: the content's JSON as it came, for what a later version can read in it; null on our own. */
      readonly source: string | null;
      /** The identity it came from, so that only that one learns of its reading; null on our own, and where unknown. */
      readonly identityKey: IdentityKey | null;
      /** How often it was sent again because the other could not open it. */
      readonly resends: number;
      /** When its writer says that it was written: on our own the same as `at`. */
      readonly writtenAt: number;
      /** The message that it answers; null when it answers none. */
      readonly reply: QuoteRecord | null;
      /** The session it came in; null on our own, whose envelopes know theirs, and where unknown. */
      readonly session: SessionName | null;
      /** When our own message got to these statuses, as this device learned of it. */
      readonly statusTimes: StatusTimes;
      /** What became of it since; null when nothing did. */
      readonly marks: MessageMarks | null;
      /** When it disappears; null when it stays. */
      readonly expiry: ExpiryRecord | null;
    }
  /** One of the two has set after how many seconds what is written from then on disappears; null for never. */
  | {
      readonly kind: "timer";
      readonly at: number;
      readonly direction: Direction;
      readonly seconds: number | null;
    }
  | { readonly kind: "notice"; readonly notice: ConversationNotice; readonly at: number }
  /** Stands for messages that could not be opened. */
  | {
      readonly kind: "missing";
      readonly at: number;
      readonly count: number;
      readonly state: "asked" | "lost";
      readonly cause: MissingCause;
    };

export type TextRecord = Extract<MessageRecord, { readonly kind: "text" }>;

/** A message disappears `seconds` after the moment it is first known here to have been read: null until then. */
export interface ExpiryRecord {
  readonly seconds: number;
  readonly startedAt: number | null;
}

/** Id: [peer, sequence]. A message that disappears at this time. */
export interface TimerRecord {
  readonly peer: string;
  readonly sequence: number;
  readonly expiresAt: number;
}

/** What an answer says of the message that it answers. */
export interface QuoteRecord {
  readonly contentId: string;
  readonly direction: Direction;
  readonly excerpt: string;
}

/** A session, for whom it interests: by the version of its handshake and its transcript hash (32 bytes). */
export interface SessionName {
  readonly version: number;
  readonly transcriptHash: Bytes;
}

/** Unix milliseconds. */
export type StatusTimes = Partial<Readonly<Record<Exclude<MessageStatus, "waiting">, number>>>;

/** What became of a message after it was written (message-marks.ts). */
export interface MessageMarks {
  readonly reactions: { readonly ours: ReactionRecord | null; readonly theirs: ReactionRecord | null };
  /** Its texts before the present one, the oldest first, with the time at which each was written. */
  readonly earlierTexts: readonly { readonly text: string; readonly at: number }[];
  /** When the present text was written; null when it is the first. */
  readonly editedAt: number | null;
  /** When its writer deleted it for both; then it has no text, no earlier ones and no reactions. */
  readonly deletedAt: number | null;
}

/** `emoji` is null when it was taken back. */
export interface ReactionRecord {
  readonly emoji: string | null;
  readonly at: number;
}

/**
 * Id: [peer, content id]. Finds a message by what a receipt calls it, and marks it as known. Without a sequence it is not
 * here, or not yet, and these are changes to it that came before it.
 */
export type MessageIndexRecord =
  | { readonly sequence: number }
  | {
      readonly sequence: null;
      /** The id's last part again. */
      readonly contentId: string;
      readonly early: readonly EarlyChange[];
    };

/** A change to a message that is not here yet. */
export interface EarlyChange {
  /** Its content's JSON. */
  readonly source: string;
  readonly sender: ChangeSender;
}

/** Whom a change to a message came from. */
export interface ChangeSender {
  readonly identityKey: IdentityKey;
  readonly isPinned: boolean;
}

/** Id: [number]. What waits for the relay, in the order of sending. */
export type OutboxRecord =
  /** An encrypted envelope the relay has not confirmed; retries send these very bytes. */
  | {
      readonly kind: "sealed";
      readonly peer: string;
      readonly toDevice: number;
      readonly envelopeId: Bytes;
      readonly body: Bytes;
      /** The message whose status becomes "sent"; null for what is no message. */
      readonly sequence: number | null;
    }
  /** A message that could not be encrypted yet: there was no session. */
  | { readonly kind: "unsealed"; readonly peer: string; readonly sequence: number }
  /** The same of a change to a message. */
  | {
      readonly kind: "unsealed-change";
      readonly peer: string;
      readonly sequence: null;
      readonly content: OutgoingChange;
    };

export type SealedOutboxRecord = Extract<OutboxRecord, { kind: "sealed" }>;

/** Id: [peer, content id]. A receipt that is owed. */
export interface OwedReceiptRecord {
  readonly peer: string;
  readonly contentId: string;
  readonly status: "delivered" | "read";
  /** Whether the message came from an identity that the person has not accepted. */
  readonly underChange: boolean;
}

/** Id: [envelope digest]. What was in an envelope that left this device, so that it can be sent again. */
export interface SentEnvelopeRecord {
  /** The id's text again. */
  readonly digest: string;
  readonly peer: string;
  /** Base64url. */
  readonly envelopeId: string;
  /** Whom it was encrypted to. */
  readonly identityKey: IdentityKey;
  /** null when it was sent by a version that did not keep it. */
  readonly session: SessionName | null;
  readonly content: SentContent;
  readonly at: number;
}

/** Id: [envelope id, base64url]. Finds an envelope that was altered on its way. */
export interface SentEnvelopeIdRecord {
  readonly digest: string;
}

export type SentContent =
  | { readonly kind: "message"; readonly contentId: string }
  | { readonly kind: "receipt"; readonly delivered: readonly string[]; readonly read: readonly string[] }
  | { readonly kind: "change"; readonly content: OutgoingChange; readonly resends: number }
  /** Requests and answers of the recovery itself, which are never sent again. */
  | { readonly kind: "recovery" };

/** Id: [peer]. What is going on to get unopened messages across after all, in both directions. */
export interface RecoveryRecord {
  readonly peer: string;
  /** What we could not open and wait for, the oldest first. */
  readonly failures: readonly FailedEnvelope[];
  /** Envelopes of ours that the other could not open and asked for. */
  readonly asked: readonly AskedEnvelope[];
  /** The session in which they asked, by its transcript hash; null when nobody did. */
  readonly askedIn: Bytes | null;
  /** When sessions were begun for this, within the last day. */
  readonly sessionsBegunAt: readonly number[];
  /** The sequence of the card that stands for `failures`; null when there is none. */
  readonly card: number | null;
}

/** Named by what arrived there, which may have been altered on the way, and by the id that we gave it. */
export interface AskedEnvelope {
  readonly digest: string;
  /** Base64url; null when they did not say. */
  readonly envelopeId: string | null;
}

export interface FailedEnvelope {
  readonly digest: string;
  /** As the relay names it, base64url. */
  readonly envelopeId: string;
  readonly cause: MissingCause;
  readonly at: number;
  readonly requests: number;
  /** null before the first request. */
  readonly requestedAt: number | null;
}

/** Id: [envelope digest]. An envelope that was dealt with: a repeat is acknowledged silently. */
export interface HandledEnvelopeRecord {
  /** The id's text again. */
  readonly digest: string;
  readonly at: number;
  /** null when it was opened, else the cause for which it was not. */
  readonly failure: string | null;
}

/** Id: [transcript hash, base64url]. A handshake that was accepted, so that it cannot be accepted twice. */
export interface AcceptedHandshakeRecord {
  /** The id's text again. */
  readonly transcriptHash: string;
  /** The signed prekey it used: once its secret is gone the handshake cannot be accepted anyway. Base64url. */
  readonly signedPrekeyId: string;
}

/** Id: []. What this device set with the relay at its starts (epoch.ts), the latest last. */
export interface EpochsRecord {
  readonly epochs: readonly Bytes[];
}

/** The texts of some messages together, to be searched (search-blocks.ts). Id: [peer, block]. */
export interface SearchBlockRecord {
  readonly texts: readonly {
    readonly sequence: number;
    readonly at: number;
    readonly direction: Direction;
    readonly text: string;
  }[];
}

/** Id: [peer]. What is being written there. */
export interface DraftRecord {
  readonly text: string;
}

export interface Records {
  readonly account: AccountRecord;
  readonly signedPrekeys: SignedPrekeyRecord;
  readonly oneTimePrekeys: OneTimePrekeyRecord;
  readonly lastResortKemPrekeys: LastResortKemPrekeyRecord;
  readonly oneTimeKemPrekeys: OneTimeKemPrekeyRecord;
  readonly peers: PeerRecord;
  readonly conversations: ConversationRecord;
  readonly messages: MessageRecord;
  readonly messageIndex: MessageIndexRecord;
  readonly outbox: OutboxRecord;
  readonly owedReceipts: OwedReceiptRecord;
  readonly sentEnvelopes: SentEnvelopeRecord;
  readonly sentEnvelopeIds: SentEnvelopeIdRecord;
  readonly recoveries: RecoveryRecord;
  readonly handledEnvelopes: HandledEnvelopeRecord;
  readonly acceptedHandshakes: AcceptedHandshakeRecord;
  readonly epochs: EpochsRecord;
  readonly searchBlocks: SearchBlockRecord;
  readonly drafts: DraftRecord;
  readonly timers: TimerRecord;
}

export type StoreName = keyof Records;

/**
 * The stores that an account goes on without a record of: a message or a search block less, prekeys that are made anew,
 * what is asked for again. Who one is, whom one knows and what waits to be sent are none of them: of those, mending.ts
 * makes anew what it can.
 */
export const SPARED_STORES: ReadonlySet<StoreName> = new Set([
  "signedPrekeys",
  "oneTimePrekeys",
  "lastResortKemPrekeys",
  "oneTimeKemPrekeys",
  "messages",
  "messageIndex",
  "owedReceipts",
  "sentEnvelopes",
  "sentEnvelopeIds",
  "recoveries",
  "handledEnvelopes",
  "acceptedHandshakes",
  "epochs",
  "searchBlocks",
  "drafts",
  "timers",
]);
