/**
 * What a relay keeps, and the promises it keeps it with. Every method is one transaction: it happens whole or not at
 * all, and what it stored is on disk when it resolves. Times are Unix milliseconds and always the caller's.
 */
import type { Bytes } from "../wire/bytes.ts";
import type { IdentityChange, SignedKemPrekey, UnclaimedPrekeyIds } from "../wire/keys.ts";
import type { EnvelopeName, ReceivedEnvelope } from "../wire/mail.ts";
import type { KeyId } from "../wire/request-signature.ts";
import type { BlobLimits, BlobStore } from "./blob-store.ts";

/** Who may register a name that nobody owns: everyone, whoever has an invite with uses left, or nobody. */
export type Registration =
  | { readonly kind: "open" }
  /** `codeHash` is the SHA-256 of the code that came with the request; null when none did. */
  | { readonly kind: "invite"; readonly codeHash: Bytes | null }
  | { readonly kind: "closed" };

/** A device's manifest with the one-time prekeys that come with it; every signature is verified already. */
export interface Publication {
  readonly username: string;
  readonly device: number;
  /** Ed25519, 32 bytes. */
  readonly identityKey: Bytes;
  /** Ed25519, 32 bytes. */
  readonly deviceKey: Bytes;
  readonly statement: Bytes;
  readonly signature: Bytes;
  readonly sequence: number;
  /** SHA-256 of the statement before, as the manifest names it. */
  readonly previousHash: Bytes;
  /** X25519, 32 bytes each. */
  readonly oneTimePrekeys: readonly Bytes[];
  readonly oneTimeKemPrekeys: readonly SignedKemPrekey[];
  /** By which the previous identity key hands the name on to this one. */
  readonly identityChange: IdentityChange | null;
  /** Whether the one-time prekeys of both kinds not yet handed out are dropped first. */
  readonly replace: boolean;
  /** Whether a name that nobody owns may be registered. */
  readonly registration: Registration;
  readonly now: number;
}

export type PublishOutcome =
  /** Stored, or stored before; the ids of each kind still to be handed out, oldest first. */
  | ({ readonly kind: "published" } & UnclaimedPrekeyIds)
  /** Another identity key owns the name and did not hand it on to this one, or the operator took it from this one. */
  | { readonly kind: "name-taken" }
  /** A later manifest is known, or another one with this sequence. */
  | { readonly kind: "manifest-outdated" }
  /** The next in sequence, but it does not name the manifest before. */
  | { readonly kind: "manifest-invalid" }
  /** Of one kind. Nothing was stored, as with all refusals. */
  | { readonly kind: "too-many-prekeys" }
  /** Nobody owns the name, and registering one takes an invite that is valid. */
  | { readonly kind: "invite-required" }
  /** Nobody owns the name, and none is given away. */
  | { readonly kind: "registration-closed" };

export interface ClaimedDevice {
  readonly device: number;
  /** Ed25519, 32 bytes. */
  readonly deviceKey: Bytes;
  readonly manifest: Bytes;
  readonly signature: Bytes;
  /** Taken off the list for ever; null when none was left. */
  readonly oneTimePrekey: Bytes | null;
  /** Likewise. */
  readonly oneTimeKemPrekey: SignedKemPrekey | null;
  /** One-time prekeys left for the next, of the kind of which there are fewer. */
  readonly remaining: number;
}

export interface ClaimedKeys {
  readonly devices: readonly ClaimedDevice[];
  /** By which the previous identity key handed the name on, if it did. */
  readonly identityChange: IdentityChange | null;
}

export interface NameReset {
  readonly username: string;
  readonly now: number;
}

/** Whose account is to be deleted, and by which of its devices. */
export interface AccountDeletion extends KeyId {
  /** Ed25519, 32 bytes: only while this is the device's key, so that an earlier owner of the name deletes nothing. */
  readonly deviceKey: Bytes;
}

/** A device and the Ed25519 key, 32 bytes, that is its own. */
export interface KeyedDevice {
  readonly device: number;
  readonly deviceKey: Bytes;
}

/** Which device's epoch is to be set, and in place of which. */
export interface EpochChange extends KeyId {
  /** Ed25519, 32 bytes: only while this is the device's key. */
  readonly deviceKey: Bytes;
  /** Any of these, or none at all, may be the present one. */
  readonly expected: readonly Bytes[];
  readonly next: Bytes;
}

export interface Nonce {
  /** The key that signed: a nonce is used once by each. */
  readonly deviceKey: Bytes;
  readonly nonce: Bytes;
  /** When the request it came with has expired for good. */
  readonly expiresAt: number;
}

export interface SentMail {
  readonly from: KeyId;
  readonly to: string;
  readonly envelopes: readonly { readonly toDevice: number; readonly id: Bytes; readonly body: Bytes }[];
  readonly now: number;
}

export type SendOutcome =
  /** All are on disk; `added` of them were not there before, for these devices (Ed25519 keys, 32 bytes). */
  | {
      readonly kind: "stored";
      readonly added: number;
      readonly devices: readonly KeyedDevice[];
    }
  /** No such account, or no such device of it. Nothing was stored, as with all that follow. */
  | { readonly kind: "unknown-user" }
  /** The id was used by this sender for this recipient with another body. */
  | { readonly kind: "envelope-conflict" }
  /** So many wait already: in all, or of this sender. */
  | { readonly kind: "mailbox-full" };

/** `number` grows with every envelope of a mailbox, in the order in which they were stored. */
export interface NumberedEnvelope extends ReceivedEnvelope {
  readonly number: number;
}

export interface MailboxPage {
  readonly mailbox: KeyId;
  /** Only while this is the device's key, so that an earlier owner of the name finds nothing; absent to not ask. */
  readonly deviceKey?: Bytes;
  /** Only envelopes after this number; 0 for the first page. */
  readonly after: number;
  readonly limit: number;
  /** Of all bodies together; a page holds one envelope at least. Absent for as many as `limit` says. */
  readonly bytes?: number;
  readonly now: number;
}

export interface MailboxContent {
  /** Oldest first. */
  readonly envelopes: readonly NumberedEnvelope[];
  /** The `after` of the next page; null when this was the last. */
  readonly next: number | null;
}

export interface Acknowledgement {
  readonly mailbox: KeyId;
  readonly names: readonly EnvelopeName[];
  readonly now: number;
}

export interface Invite {
  /** SHA-256 of the code, 32 bytes. */
  readonly codeHash: Bytes;
  readonly uses: number;
  readonly expiresAt: number;
}

/** What an operator sees: how many of each there are. */
export interface StoreStatistics {
  readonly accounts: number;
  readonly waitingEnvelopes: number;
  readonly waitingBytes: number;
  /** Of both kinds, over all devices. */
  readonly oneTimePrekeys: number;
  /** Devices without a one-time prekey of one of the kinds. */
  readonly devicesWithoutPrekeys: number;
  /** Those included whose deletion is under way. */
  readonly blobs: number;
  /** Of all chunks that are there. */
  readonly blobBytes: number;
}

/** What waits in one account's mailbox, over all devices; for the operator's eyes. */
export interface MailboxSize {
  readonly username: string;
  readonly envelopes: number;
  readonly bytes: number;
  /** When the oldest of them came. */
  readonly oldestAt: number;
}

export interface MailExpiry {
  /** Whose mail; null for everybody's. */
  readonly recipient: string | null;
  /** Mail that came at this time or before it. */
  readonly receivedBy: number;
  readonly now: number;
}

export interface StoreLimits {
  /** One-time prekeys of each kind that wait to be handed out for one device. */
  readonly oneTimePrekeys: number;
  /** Envelopes that wait for one account. */
  readonly mailboxEnvelopes: number;
  /** Those of them that one sender has sent. */
  readonly mailboxEnvelopesOfSender: number;
  readonly mailLifetimeMilliseconds: number;
  readonly blobs: BlobLimits;
}

/** How a store is opened. */
export interface OpeningOptions {
  /** Is told how many requests shared each commit. */
  readonly onCommit?: ((size: number) => void) | undefined;
  /** Whether a database of an earlier version is brought up to date, and an empty one made; true unless said otherwise. */
  readonly upgrades?: boolean | undefined;
  /** How long a request waits for a connection, and for each answer, where the database is another process. */
  readonly patienceMilliseconds?: number;
}

export interface Store extends BlobStore {
  /**
   * Stores a manifest and one-time prekeys. The first to publish owns the name, until its identity key hands it on;
   * then the one-time prekeys that the earlier identity left are dropped. A repeat is harmless.
   */
  publishKeys(publication: Publication): Promise<PublishOutcome>;
  /**
   * An account's devices, each with a one-time prekey of each kind that nobody else gets, ever; null when unknown.
   * `withOneTimePrekeys` is true unless said otherwise; without, the answer is as if none were left.
   */
  claimKeys(username: string, withOneTimePrekeys?: boolean): Promise<ClaimedKeys | null>;
  /**
   * Frees a name: the next identity to publish owns it, but never again the one that did or the one it followed, nor
   * one they hand it on to. Account, devices, waiting one-time prekeys, blobs and the bodies of waiting mail are deleted; what
   * keeps keys and envelopes from coming a second time stays. False when nobody owns the name.
   */
  resetName(reset: NameReset): Promise<boolean>;
  /**
   * Deletes an account: every row of it but the name's, which keeps a hash of the identity key, so that nobody else can
   * take the name. Nonces outlive it; its blobs are as good as deleted, and their bytes go with `collectBlobs`. Resolves
   * to the devices that it had; null when the device is unknown.
   */
  deleteAccount(deletion: AccountDeletion): Promise<readonly KeyedDevice[] | null>;
  /** Lets so many register with a code. */
  addInvite(invite: Invite): Promise<void>;
  /** The Ed25519 key that signs a device's requests; null when the device is unknown. */
  readDeviceKey(keyId: KeyId): Promise<Bytes | null>;
  /**
   * Compares and sets a device's epoch; resolves to the one it has then: `next`, or another that was not expected. null
   * when the device is unknown.
   */
  setEpoch(change: EpochChange): Promise<Bytes | null>;
  /** Whether this nonce was never claimed before; false is a replay. */
  claimNonce(nonce: Nonce): Promise<boolean>;
  /** Puts envelopes into a mailbox. The same id and body again is the same envelope, also after acknowledgement. */
  addMail(mail: SentMail): Promise<SendOutcome>;
  /** A page of a device's mailbox; deletes nothing. */
  listMail(page: MailboxPage): Promise<MailboxContent>;
  /** How many envelopes wait for a device. */
  countMail(mailbox: KeyId): Promise<number>;
  /** The number of the newest envelope that waits for a device; 0 when none does. */
  newestMail(mailbox: KeyId): Promise<number>;
  /** Deletes the bodies of these envelopes, keeping a digest; resolves to how many were there. */
  acknowledgeMail(acknowledgement: Acknowledgement): Promise<number>;
  /**
   * When it was last swept, by the clock of whoever did; null when that is not known; `now` when there is neither mail
   * nor a blob that a wrong clock could delete.
   */
  sweptAt(now: number): Promise<number | null>;
  /**
   * Deletes mail, digests, nonces, invites, buckets and blobs whose time is over, and keeps `now` as the time of the last
   * sweep; resolves to how many rows went. The caller must have reason to believe the clock (sweep-clock.ts). The signal
   * ends the deletion of blobs, which can take minutes.
   */
  sweep(now: number, signal?: AbortSignal): Promise<number>;
  /**
   * Drops the bodies of mail that has waited long enough, before its time, keeping digests as acknowledgement does;
   * resolves to how many were there. One transaction for each mailbox.
   */
  expireMail(expiry: MailExpiry): Promise<number>;
  statistics(): Promise<StoreStatistics>;
  /** So many mailboxes at most, those with the most bytes first; empty ones are none. */
  largestMailboxes(count: number): Promise<readonly MailboxSize[]>;
  /** Writes a row of so many bytes, few unless said otherwise, durably; rejects when the store cannot. */
  check(bytes?: number): Promise<void>;
  close(): Promise<void>;
}

/** Why a store that was opened does not do what it is asked: the relay takes no mail until it does again. */
export type StoreFailureReason = "full" | "read-only" | "corrupt" | "unreachable" | "busy";

/** Thrown by every method of a Store when its database fails; nothing of the call stays. */
export class StoreFailure extends Error {
  override readonly name = "StoreFailure";
  readonly reason: StoreFailureReason;
  constructor(reason: StoreFailureReason, options?: ErrorOptions) {
    super(`store fails: ${reason}`, options);
    this.reason = reason;
  }
}

/** Why a store could not be opened. */
export type StoreErrorCode =
  | "newer-database"
  /** Of an earlier version, or empty, where it was not to be brought up to date. */
  | "older-database"
  | "not-durable"
  | "unusable";

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
