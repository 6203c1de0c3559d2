/** The limits both sides of the wire keep to. Each is stated in docs/protocol.md, "Limits". */

const KIB = 1024;

/** One request's body, in bytes of JSON: a full `send` of the largest envelope, with room to spare. */
export const MAX_REQUEST_BYTES = 512 * KIB;
/** JSON nested deeper than this is refused; the deepest request there is has 3 levels. */
export const MAX_JSON_DEPTH = 8;
/** One envelope's body: the largest padded content (64 KiB) with its headers. */
export const MAX_ENVELOPE_BYTES = 66 * KIB;
/** Envelopes in one `send`. */
export const MAX_ENVELOPES_PER_SEND = 32;
/** Envelopes in one page of `receive`. */
export const MAX_ENVELOPES_PER_PAGE = 100;
/** Acknowledgements in one request. */
export const MAX_ACKNOWLEDGEMENTS = 200;
/** Envelopes that wait for one account; the sender of one more is told `mailbox-full`. */
export const MAX_MAILBOX_ENVELOPES = 10_000;
/** One-time prekeys of each kind held for a device, so that it cannot fill the disk: twice what one publishes. */
export const MAX_ONE_TIME_PREKEYS = 200;
/** How far a request's `created` may lie from the relay's clock, either way, in seconds. */
export const MAX_CLOCK_SKEW_SECONDS = 300;
/** How long mail, and the memory of what was sent, lives on a relay, in days. */
export const MAIL_LIFETIME_DAYS = 30;
/** How long a socket may stay open without having proved who it is, in seconds. */
export const LIVE_AUTHENTICATION_SECONDS = 10;
/** How often the relay sends a heartbeat on a live socket, in seconds; a client gives up after two and a half. */
export const LIVE_HEARTBEAT_SECONDS = 20;
