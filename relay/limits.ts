/** What one relay allows: the limits of the wire, and its own. Tests make them small. */
import type { FairnessLimits } from "./fairness/fairness.ts";
import type { BlobLimits } from "./store/blob-store.ts";
import {
  LIVE_AUTHENTICATION_SECONDS,
  LIVE_HEARTBEAT_SECONDS,
  MAIL_LIFETIME_DAYS,
  MAX_CLOCK_SKEW_SECONDS,
  MAX_ENVELOPES_PER_PAGE,
  MAX_MAILBOX_ENVELOPES,
  MAX_ONE_TIME_PREKEYS,
  MAX_REQUEST_BYTES,
} from "./wire/limits.ts";

export interface LiveLimits {
  readonly authenticationMilliseconds: number;
  /** Sockets of one address that have not proved who they are. */
  readonly unauthenticatedPerAddress: number;
  readonly heartbeatMilliseconds: number;
  /** How long a ping may stay unanswered; looked at with every heartbeat. */
  readonly pongMilliseconds: number;
  /** How long a client may take to answer a close. */
  readonly closeMilliseconds: number;
  /** Bytes from a client between two heartbeats, once it has proved who it is: it has only pings to answer. */
  readonly bytesPerHeartbeat: number;
  /** Bytes of one message from a client, whether in one frame or in many. */
  readonly frameBytes: number;
  /** Frames of one message from a client, however short. */
  readonly fragments: number;
  /** Sockets of one device; one more closes the oldest. */
  readonly socketsPerDevice: number;
  /** Envelopes on their way to one socket at a time. */
  readonly envelopesPerPage: number;
  /** How long a frame may take to leave before its reader counts as gone; it fetches its mail later, with `receive`. */
  readonly slowReaderMilliseconds: number;
}

export interface HttpLimits {
  /** From the start of a request until its headers are there. */
  readonly headersMilliseconds: number;
  /** From the start of a request until all of it is there. */
  readonly requestMilliseconds: number;
  /** How often the two are looked at: a connection lives so much longer at most. */
  readonly checkMilliseconds: number;
  /**
   * How long nothing may move on a connection with a request: because nothing more of it comes, because nobody reads its
   * answer, or because the relay has none yet.
   */
  readonly stalledMilliseconds: number;
  /** From the start of a request until all of its answer has left. */
  readonly answerMilliseconds: number;
  /** Of a request line with all headers. */
  readonly headerBytes: number;
  readonly headers: number;
  /** Connections of one address, those of a trusted proxy not counted. */
  readonly connectionsPerAddress: number;
  readonly connections: number;
}

export interface TransferLimits {
  /** Chunks of blobs that are on their way in or out at a time, each of which takes up memory: of all, and of one account. */
  readonly all: number;
  readonly ofAccount: number;
}

export interface RelayLimits {
  readonly requestBytes: number;
  readonly clockSkewSeconds: number;
  readonly envelopesPerPage: number;
  /** Bytes of the bodies in one page of `receive`, which holds one envelope at least. */
  readonly pageBytes: number;
  readonly oneTimePrekeys: number;
  readonly mailboxEnvelopes: number;
  readonly mailboxEnvelopesOfSender: number;
  readonly mailLifetimeMilliseconds: number;
  readonly blobs: BlobLimits;
  readonly transfers: TransferLimits;
  readonly live: LiveLimits;
  readonly http: HttpLimits;
  readonly fairness: FairnessLimits;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;
const MEBIBYTE = 1024 * 1024;

/** What an operator may choose of blobs, and what is chosen unless told otherwise. */
export const DEFAULT_BLOB_CHOICE = {
  blobDays: MAIL_LIFETIME_DAYS,
  blobAccountMebibytes: 1024,
  blobTotalMebibytes: 20_480,
};

export const DEFAULT_LIMITS: RelayLimits = {
  requestBytes: MAX_REQUEST_BYTES,
  clockSkewSeconds: MAX_CLOCK_SKEW_SECONDS,
  envelopesPerPage: MAX_ENVELOPES_PER_PAGE,
  pageBytes: 1024 * 1024,
  oneTimePrekeys: MAX_ONE_TIME_PREKEYS,
  mailboxEnvelopes: MAX_MAILBOX_ENVELOPES,
  mailboxEnvelopesOfSender: shareOf(MAX_MAILBOX_ENVELOPES),
  mailLifetimeMilliseconds: MAIL_LIFETIME_DAYS * DAY_MILLISECONDS,
  blobs: blobLimitsOf(DEFAULT_BLOB_CHOICE),
  transfers: { all: 256, ofAccount: 8 },
  live: {
    authenticationMilliseconds: LIVE_AUTHENTICATION_SECONDS * 1000,
    unauthenticatedPerAddress: 200,
    heartbeatMilliseconds: LIVE_HEARTBEAT_SECONDS * 1000,
    pongMilliseconds: 1.5 * LIVE_HEARTBEAT_SECONDS * 1000,
    closeMilliseconds: 5 * SECOND,
    bytesPerHeartbeat: 64 * 1024,
    frameBytes: 4096,
    fragments: 16,
    socketsPerDevice: 10,
    envelopesPerPage: 16,
    slowReaderMilliseconds: 30_000,
  },
  http: {
    headersMilliseconds: 10 * SECOND,
    requestMilliseconds: MINUTE,
    checkMilliseconds: 2 * SECOND,
    stalledMilliseconds: 30 * SECOND,
    answerMilliseconds: 5 * MINUTE,
    headerBytes: 16 * 1024,
    headers: 100,
    connectionsPerAddress: 2_000,
    connections: 20_000,
  },
  // Why these: docs/decisions/0008-token-buckets.md.
  fairness: {
    addressRequests: { capacity: 4_000, refillMilliseconds: 5 },
    addressRegistrations: { capacity: 100, refillMilliseconds: 36 * SECOND },
    accountRequests: { capacity: 1_000, refillMilliseconds: 50 },
    accountEnvelopes: { capacity: 1_000, refillMilliseconds: 100 },
    accountBlobs: { capacity: 200, refillMilliseconds: 10 * SECOND },
    accountChunksStored: { capacity: 1_000, refillMilliseconds: 250 },
    accountChunksRead: { capacity: 4_000, refillMilliseconds: 50 },
    accountSockets: { capacity: 60, refillMilliseconds: SECOND },
    prekeysByPair: { capacity: 10, refillMilliseconds: 60 * MINUTE },
    prekeysOfTarget: { capacity: 30, refillMilliseconds: 10 * MINUTE },
  },
};

/** The share of a mailbox that one sender may fill, so that there is room for others: half of it. */
function shareOf(mailboxEnvelopes: number): number {
  return Math.ceil(mailboxEnvelopes / 2);
}

function blobLimitsOf({ blobDays, blobAccountMebibytes, blobTotalMebibytes }: BlobChoice): BlobLimits {
  return {
    accountBytes: blobAccountMebibytes * MEBIBYTE,
    accountBlobs: 5_000,
    totalBytes: blobTotalMebibytes * MEBIBYTE,
    lifetimeMilliseconds: blobDays * DAY_MILLISECONDS,
    unfinishedMilliseconds: DAY_MILLISECONDS,
  };
}

type BlobChoice = typeof DEFAULT_BLOB_CHOICE;

/** The limits of a relay whose operator chose these. */
export function limitsOf(
  choice: BlobChoice & { readonly mailDays: number; readonly mailboxEnvelopes: number },
): RelayLimits {
  const { mailDays, mailboxEnvelopes } = choice;
  const mailboxEnvelopesOfSender = shareOf(mailboxEnvelopes);
  return {
    ...DEFAULT_LIMITS,
    mailboxEnvelopes,
    mailboxEnvelopesOfSender,
    mailLifetimeMilliseconds: mailDays * DAY_MILLISECONDS,
    blobs: blobLimitsOf(choice),
  };
}

/** How long blobs are kept, in whole days. */
export function blobDaysOf({ blobs }: RelayLimits): number {
  return Math.floor(blobs.lifetimeMilliseconds / DAY_MILLISECONDS);
}

/** How long mail is kept, in whole days. */
export function mailDaysOf({ mailLifetimeMilliseconds }: RelayLimits): number {
  return Math.floor(mailLifetimeMilliseconds / DAY_MILLISECONDS);
}
