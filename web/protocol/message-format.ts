/**
 * The bytes of a message, which are the body of an envelope.
 *
 *   uint8(version) || uint8(type) || [type 1: lp(initial header)] || lp(header) || ciphertext
 *
 * type 1 carries the initial header, as every message does until the first reply; type 2 does not.
 *
 *   initial header = identity key (32) || ephemeral key (32) || signed prekey id (16) || uint8(0 or 1)
 *                    || [one-time prekey id (16)] || uint64(generation)
 *
 * Everything before the ciphertext, byte for byte as it travelled, is associated data.
 */
import { type Bytes, concat, lengthPrefixed, uint64 } from "./bytes.ts";
import { type IdentityKey, toIdentityKey, toX25519PublicKey, type X25519PublicKey } from "./keys.ts";
import { PREKEY_ID_BYTES } from "./prekeys.ts";
import { ProtocolError } from "./protocol-error.ts";

const TYPE_INITIAL = 1;
const TYPE_FOLLOWING = 2;

/** What the responder needs to compute the same X3DH (X3DH §3.3, "initial message"). */
export interface InitialHeader {
  readonly identityKey: IdentityKey;
  readonly ephemeralKey: X25519PublicKey;
  readonly signedPrekeyId: Bytes;
  readonly oneTimePrekeyId: Bytes | null;
  /** Orders the sessions of two people: the highest one sends. */
  readonly generation: number;
}

export interface Message {
  readonly version: number;
  /** The exact bytes; null on a message of type 2. */
  readonly initialHeader: Bytes | null;
  /** The exact bytes of the ratchet header. */
  readonly header: Bytes;
  readonly ciphertext: Bytes;
}

export function encodeInitialHeader(header: InitialHeader): Bytes {
  return concat(
    header.identityKey,
    header.ephemeralKey,
    header.signedPrekeyId,
    header.oneTimePrekeyId === null ? Uint8Array.of(0) : concat(Uint8Array.of(1), header.oneTimePrekeyId),
    uint64(header.generation),
  );
}

/** Throws `message-malformed`, or `key-invalid` for keys no honest device can have made. */
export function decodeInitialHeader(bytes: Bytes): InitialHeader {
  const [withOneTimePrekey] = bytes.subarray(80, 81);
  const hasOneTimePrekey = withOneTimePrekey === 1;
  const expected = 81 + (hasOneTimePrekey ? PREKEY_ID_BYTES : 0) + 8;
  if (bytes.length !== expected || (withOneTimePrekey !== 0 && withOneTimePrekey !== 1)) {
    throw new ProtocolError("message-malformed", `initial header must be ${expected} bytes, got ${bytes.length}`);
  }
  const generation = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8).getBigUint64(0);
  if (generation > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ProtocolError("message-malformed", "generation must be below 2^53");
  }
  return {
    identityKey: toIdentityKey(bytes.subarray(0, 32)),
    ephemeralKey: toX25519PublicKey(bytes.subarray(32, 64)),
    signedPrekeyId: bytes.slice(64, 80),
    oneTimePrekeyId: hasOneTimePrekey ? bytes.slice(81, 81 + PREKEY_ID_BYTES) : null,
    generation: Number(generation),
  };
}

/** The bytes before the ciphertext, which are authenticated with it. */
export function encodeMessagePrefix(message: Omit<Message, "ciphertext">): Bytes {
  const { version, initialHeader, header } = message;
  return initialHeader === null
    ? concat(Uint8Array.of(version, TYPE_FOLLOWING), lengthPrefixed(header))
    : concat(Uint8Array.of(version, TYPE_INITIAL), lengthPrefixed(initialHeader), lengthPrefixed(header));
}

export function encodeMessage(message: Message): Bytes {
  return concat(encodeMessagePrefix(message), message.ciphertext);
}

/** Splits a message in its parts. Throws `message-malformed`, or `version-unsupported` for any version but `version`. */
export function decodeMessage(bytes: Bytes, version: number): Message {
  const [found, type] = bytes;
  if (found === undefined || type === undefined) throw new ProtocolError("message-malformed", "message is too short");
  if (found !== version)
    throw new ProtocolError("version-unsupported", `message version must be ${version}, got ${found}`);
  if (type !== TYPE_INITIAL && type !== TYPE_FOLLOWING) {
    throw new ProtocolError("message-malformed", `message type must be 1 or 2, got ${type}`);
  }
  const initial = type === TYPE_INITIAL ? takeField(bytes, 2) : { field: null, end: 2 };
  const header = takeField(bytes, initial.end);
  return { version, initialHeader: initial.field, header: header.field, ciphertext: bytes.slice(header.end) };
}

function takeField(bytes: Bytes, offset: number): { readonly field: Bytes; readonly end: number } {
  const [high = 0, low = 0] = bytes.subarray(offset, offset + 2);
  const start = offset + 2;
  const end = start + ((high << 8) | low);
  if (end > bytes.length) {
    throw new ProtocolError("message-malformed", `field ends at byte ${end} of ${bytes.length}`);
  }
  return { field: bytes.slice(start, end), end };
}
