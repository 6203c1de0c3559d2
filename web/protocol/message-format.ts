/**
 * The bytes of a message, which are the body of an envelope.
 *
 *   uint8(version) || uint8(type) || [type 1: lp(initial header)] || lp(header) || ciphertext
 *
 * type 1 carries the initial header, as every message does until the first reply; type 2 does not.
 *
 * Everything before the ciphertext, byte for byte as it travelled, is associated data.
 */
import { type Bytes, concat, lengthPrefixed } from "./bytes.ts";
import { ProtocolError } from "./protocol-error.ts";

const TYPE_INITIAL = 1;
const TYPE_FOLLOWING = 2;

export interface Message {
  readonly version: number;
  /** The exact bytes; null on a message of type 2. */
  readonly initialHeader: Bytes | null;
  /** The exact bytes of the ratchet header. */
  readonly header: Bytes;
  readonly ciphertext: Bytes;
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

/** Splits a message in its parts. Throws `message-malformed`, or `version-unsupported` for any version but these. */
export function decodeMessage(bytes: Bytes, ...versions: readonly number[]): Message {
  const [version, type] = bytes;
  if (version === undefined || type === undefined) {
    throw new ProtocolError("message-malformed", `message must be at least 2 bytes, got ${bytes.length}`);
  }
  if (!versions.includes(version)) {
    throw new ProtocolError("version-unsupported", `message version must be ${versions.join(" or ")}, got ${version}`);
  }
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
