/** What one relay allows: the limits of the wire, and its own. Tests make them small. */
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
  readonly heartbeatMilliseconds: number;
  /** Bytes of one frame from a client. */
  readonly frameBytes: number;
  /** Sockets of one device; one more closes the oldest. */
  readonly socketsPerDevice: number;
  /** Envelopes on their way to one socket at a time. */
  readonly envelopesPerPage: number;
  /** How long a frame may take to leave before its reader counts as gone; it fetches its mail later, with `receive`. */
  readonly slowReaderMilliseconds: number;
}

export interface RelayLimits {
  readonly requestBytes: number;
  readonly clockSkewSeconds: number;
  readonly envelopesPerPage: number;
  readonly oneTimePrekeys: number;
  readonly mailboxEnvelopes: number;
  readonly mailLifetimeMilliseconds: number;
  readonly live: LiveLimits;
}

export const DEFAULT_LIMITS: RelayLimits = {
  requestBytes: MAX_REQUEST_BYTES,
  clockSkewSeconds: MAX_CLOCK_SKEW_SECONDS,
  envelopesPerPage: MAX_ENVELOPES_PER_PAGE,
  oneTimePrekeys: MAX_ONE_TIME_PREKEYS,
  mailboxEnvelopes: MAX_MAILBOX_ENVELOPES,
  mailLifetimeMilliseconds: MAIL_LIFETIME_DAYS * 24 * 60 * 60 * 1000,
  live: {
    authenticationMilliseconds: LIVE_AUTHENTICATION_SECONDS * 1000,
    heartbeatMilliseconds: LIVE_HEARTBEAT_SECONDS * 1000,
    frameBytes: 4096,
    socketsPerDevice: 10,
    envelopesPerPage: 16,
    slowReaderMilliseconds: 30_000,
  },
};
