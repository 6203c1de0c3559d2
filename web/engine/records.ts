/**
 * Everything an account keeps on its device: the record types, by store. A record's id is a tuple; see each store.
 * Byte strings are Uint8Arrays. Storage encrypts every record whole and hides the text parts of its id.
 */

import type { Bytes } from "../protocol/bytes.ts";
import type { DeviceKeyPair, IdentityKey, IdentityKeyPair, X25519KeyPair } from "../protocol/keys.ts";
import type { Session } from "../protocol/session.ts";
import type { ConversationNotice, Direction, MessageStatus } from "./api.ts";

/** Id: []. Present once the keys are made. */
export interface AccountRecord {
  readonly username: string;
  readonly device: number;
  readonly identity: IdentityKeyPair;
  readonly deviceKeys: DeviceKeyPair;
  /** The manifest that is, or is about to be, published: its statement and the identity key's signature. */
  readonly manifest: Bytes;
  readonly manifestSignature: Bytes;
  /** Whether the relay has confirmed a manifest of this account. */
  readonly registered: boolean;
  readonly createdAt: number;
}

/** Id: [prekey id in base64url]. */
export interface SignedPrekeyRecord {
  readonly keyPair: X25519KeyPair;
  readonly createdAt: number;
  /** When a newer one took its place; null while it is the current one. */
  readonly replacedAt: number | null;
}

/** Id: [prekey id in base64url]. Deleted with the message that used it. */
export interface OneTimePrekeyRecord {
  readonly keyPair: X25519KeyPair;
  readonly createdAt: number;
  /** Whether the relay has confirmed that it has it. */
  readonly published: boolean;
  /** When the relay was first seen not to hold it any more; null while it does. */
  readonly takenAt: number | null;
}

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
  /** The identity key first seen, Ed25519, 32 bytes. Never replaced silently. */
  readonly identityKey: IdentityKey;
  /** The highest manifest sequence seen, 0 when none was. */
  readonly manifestSequence: number;
  /** Preferred first, at most MAX_SESSIONS_PER_PEER. */
  readonly sessions: readonly SessionRecord[];
}

/** Id: [peer]. */
export interface ConversationRecord {
  readonly peer: string;
  readonly createdAt: number;
  readonly nextSequence: number;
  readonly lastText: string;
  readonly lastAt: number;
  readonly lastDirection: Direction | null;
  readonly unread: number;
  /** The sequence of the earliest incoming message the person has not seen; null when all were. */
  readonly firstUnseen: number | null;
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
    }
  | { readonly kind: "notice"; readonly notice: ConversationNotice; readonly at: number };

/** Id: [peer, content id]. Finds a message by what a receipt calls it, and marks it as known. */
export interface MessageIndexRecord {
  readonly sequence: number;
}

/** Id: [number]. An encrypted envelope the relay has not confirmed; retries send these very bytes. */
export interface OutboxRecord {
  readonly peer: string;
  readonly toDevice: number;
  readonly envelopeId: Bytes;
  readonly body: Bytes;
  /** The message whose status becomes "sent"; null for receipts. */
  readonly sequence: number | null;
}

/** Id: [peer, content id]. A receipt that is owed. */
export interface OwedReceiptRecord {
  readonly peer: string;
  readonly contentId: string;
  readonly status: "delivered" | "read";
}

/** Id: [SHA-256 of sender and body, base64url]. An envelope that was dealt with: a repeat is acknowledged silently. */
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

export interface Records {
  readonly account: AccountRecord;
  readonly signedPrekeys: SignedPrekeyRecord;
  readonly oneTimePrekeys: OneTimePrekeyRecord;
  readonly peers: PeerRecord;
  readonly conversations: ConversationRecord;
  readonly messages: MessageRecord;
  readonly messageIndex: MessageIndexRecord;
  readonly outbox: OutboxRecord;
  readonly owedReceipts: OwedReceiptRecord;
  readonly handledEnvelopes: HandledEnvelopeRecord;
  readonly acceptedHandshakes: AcceptedHandshakeRecord;
}

export type StoreName = keyof Records;
