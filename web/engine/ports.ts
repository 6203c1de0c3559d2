/** What the engine needs of the world: storage, a relay, time and randomness. Composition roots provide them. */

import type { ReceivedEnvelope } from "../../relay/wire/mail.ts";
import type { KeyId } from "../../relay/wire/request-signature.ts";
import type { Bytes } from "../protocol/bytes.ts";
import type { RandomBytes } from "../protocol/keys.ts";
import type { X3dhResult } from "../protocol/x3dh.ts";
import type { LockPasskey, LockSecret, LockTimes } from "./api-views.ts";
import type { Records, StoreName } from "./records.ts";

export type { LockPasskey, LockSecret, LockTimes } from "./api-views.ts";

/** A record's name within its store: text parts are hidden at rest, numbers (0 to 2^40) keep their order. */
export type RecordId = readonly (string | number)[];

/** A record to write, or to delete when `value` is null. */
export type Change = {
  readonly [S in StoreName]: { readonly store: S; readonly id: RecordId; readonly value: Records[S] | null };
}[StoreName];

export interface ListOptions {
  /** Only records whose id begins with these parts. */
  readonly prefix?: RecordId;
  /** Only records whose next part, a number, is at least this. */
  readonly from?: number;
  /** Only records whose next part, a number, is below this. */
  readonly below?: number;
  /** At most so many, the first ones in key order. */
  readonly limit?: number;
}

export interface ListedRecord<S extends StoreName> {
  readonly value: Records[S];
  /** The id's last part when it is a number, else null. */
  readonly number: number | null;
}

/** A record as a store yields it that may be damaged: then its value is null. */
export interface SalvagedRecord<S extends StoreName> {
  readonly value: Records[S] | null;
  /** As of a listed record. */
  readonly number: number | null;
}

/**
 * One account's records, each encrypted at rest. All methods reject with StorageError.
 * A store that was opened later fences this one out: its commits then fail with code "fenced" and change nothing.
 * A damaged record of a spared store (records.ts) is read as if it were not there; of another, it fails with code "damaged".
 */
export interface AccountStore {
  /** The spared and the salvaged stores of which a record was found damaged since this one was opened. It stays as it is. */
  readonly damaged: ReadonlySet<StoreName>;
  read<S extends StoreName>(store: S, id: RecordId): Promise<Records[S] | null>;
  /** In key order: by number where ids are numbers, otherwise in no meaningful order. */
  list<S extends StoreName>(store: S, options?: ListOptions): Promise<readonly ListedRecord<S>[]>;
  /** As `list`, of a spared store or another, with what is damaged. */
  salvage<S extends StoreName>(store: S, options?: ListOptions): Promise<readonly SalvagedRecord<S>[]>;
  /** Deletes what is damaged of a store. */
  dropDamaged(store: StoreName): Promise<void>;
  /** All of the changes or none, in one transaction, on disk when it resolves as far as the browser can promise. */
  commit(changes: readonly Change[]): Promise<void>;
  /** Deletes every record and the keys they were encrypted under. */
  destroy(): Promise<void>;
  close(): Promise<void>;
}

/** A store that a lock can be set before. */
export interface LockableStore extends AccountStore {
  /** Whether a lock is set, or records are left under a data key of before. */
  readonly hasLock: boolean;
  /** The lock, set or not. */
  lock(): Promise<StoreLock>;
}

/** The lock of a store that is open; its methods reject with StorageError, or with LockedError for a wrong secret. */
export interface StoreLock {
  /** null when no lock is set. */
  readonly times: LockTimes | null;
  readonly passkey: LockPasskey | null;
  /** Whether records are left under a data key of before the lock. */
  readonly isRenewing: boolean;
  /**
   * Sets a lock, or another passphrase in its place; `earlier` is the present one, and may be the same. New keys encrypt
   * what is written from now on, and a passkey that was set opens neither the lock nor, once all is renewed, a copy of the storage made later.
   */
  set(passphrase: string, earlier: string | null): Promise<void>;
  /** Takes the lock away; with it goes its passkey. */
  remove(passphrase: string): Promise<void>;
  setTimes(times: LockTimes): Promise<void>;
  /** Lets a passkey open the lock as well; `output` is what it made of the salt, 32 bytes. */
  addPasskey(passphrase: string, passkey: LockPasskey & { readonly output: Bytes }): Promise<void>;
  /** Encrypts some more records under the new data key; resolves to whether some are left. */
  renewSome(): Promise<boolean>;
}

/** Thrown where a part of the app is needed that is left out of the first load, and it cannot be had. */
export class PartMissingError extends Error {
  override readonly name = "PartMissingError";
}

/** For what an import rejects with. */
export function noPart(cause: unknown): never {
  throw new PartMissingError("a part of the app could not be loaded", { cause });
}

/** Thrown where records lie behind a lock that was not opened. */
export class LockedError extends Error {
  override readonly name = "LockedError";
  /** What was wrong with the secret; null when none was given. */
  readonly refusal: "wrong-secret" | "too-soon" | null;
  /** Before this time, in Unix milliseconds, no secret is tried. */
  readonly retryAt: number;
  readonly passkey: LockPasskey | null;
  constructor(options: {
    readonly refusal: LockedError["refusal"];
    readonly retryAt: number;
    readonly passkey: LockPasskey | null;
  }) {
    super(`the store is locked${options.refusal === null ? "" : `: ${options.refusal}`}`);
    this.refusal = options.refusal;
    this.retryAt = options.retryAt;
    this.passkey = options.passkey;
  }
}

export type StorageErrorCode =
  /** Another engine has opened the account since. */
  | "fenced"
  /** There is no storage, or the browser refuses. */
  | "unavailable"
  /** Nothing more fits. What was there still is, and can be read. */
  | "full"
  /** What was kept was deleted while it was open, as when a person clears the data of a site. */
  | "cleared"
  /** A record is there but does not open or parse. */
  | "damaged"
  /** The records were written by a newer version of the app. */
  | "newer-version";

export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly code: StorageErrorCode;
  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface RelayRequest {
  readonly method: "GET" | "POST";
  /** Path, with the query if there is one, e.g. `/api/receive/alice?after=7`. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text, or null for none. */
  readonly body: string | null;
}

/** The longest pause that a relay is granted, in milliseconds: beyond that it is asked again all the same. */
export const MAX_RETRY_AFTER_MS = 10 * 60 * 1000;

export interface RelayResponse {
  readonly status: number;
  /** How long the relay asks to wait before this is tried again (`Retry-After`), MAX_RETRY_AFTER_MS at most. */
  readonly retryAfterMilliseconds?: number | undefined;
  /** The parsed JSON body; undefined when it was none. */
  readonly json: unknown;
}

export interface LiveHandlers {
  /** Signs the relay's challenge, 32 bytes. */
  authenticate(challenge: Bytes): Promise<{ readonly keyId: KeyId; readonly signature: Bytes }>;
  /** The relay has accepted: from now on new mail is pushed. */
  onUp(): void;
  onMail(envelope: ReceivedEnvelope): void;
  /** One-time prekeys of ours were handed out; so many are left of the kind of which there are fewer. */
  onPrekeys(remaining: number): void;
  /**
   * The socket is gone, or could not be opened; another attempt follows by itself. `code` is the relay's, if it gave
   * one.
   */
  onDown(code: string | null): void;
}

export interface LiveConnection {
  /** Tries at once instead of after the backoff. */
  retryNow(): void;
  close(): void;
}

/** Thrown by `RelayNetwork.request` when no answer came. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

export interface RelayNetwork {
  /** The relay's origin, e.g. `https://chat.example`: what live statements name. */
  readonly origin: string;
  /** The relay's host, with the port unless it is the scheme's own: what requests are signed for. */
  readonly authority: string;
  /** One attempt; rejects with UnreachableError when no whole answer came within its time limit. */
  request(request: RelayRequest): Promise<RelayResponse>;
  /** Keeps one live socket open, with a backoff of at most 3 seconds, until closed. */
  connectLive(handlers: LiveHandlers): LiveConnection;
}

export interface Clock {
  /** Unix milliseconds by this device. */
  now(): number;
  /** Calls back once after `milliseconds`; returns what cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Everything one account's engine is given. */
export interface EnginePorts {
  /**
   * Opens the account's records and fences out whoever opened them before, unless `mayTakeOver`, asked right before, says
   * no. Rejects with StorageError, with LockedError when the secret does not open them, or with PartMissingError.
   */
  openStore(secret: LockSecret | null, mayTakeOver?: () => boolean): Promise<LockableStore>;
  /** Deletes the account's records unopened, as for one whose passphrase is forgotten. */
  deleteStore(): Promise<void>;
  readonly network: RelayNetwork;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** Shown every handshake, secrets included: for the demonstration in a terminal. A product leaves it out. */
  readonly observeHandshake?: (role: "initiator" | "responder", handshake: X3dhResult) => void;
}
