/**
 * Padding, so that a ciphertext's length tells the relay no more than a bucket.
 *
 *   padded = content || 0x80 || zeros, up to the next of 256, 512, 1024, ... 65536 bytes      (ISO/IEC 7816-4)
 */
import type { Bytes } from "./bytes.ts";
import { ProtocolError } from "./protocol-error.ts";

const SMALLEST_BUCKET = 256;
const LARGEST_BUCKET = 65_536;

/** The longest content, in bytes: the largest bucket less the mark. */
export const MAX_CONTENT_BYTES = LARGEST_BUCKET - 1;

/** Pads content to its bucket. Throws `content-too-long` over MAX_CONTENT_BYTES. */
export function pad(content: Bytes): Bytes {
  if (content.length > MAX_CONTENT_BYTES) {
    throw new ProtocolError(
      "content-too-long",
      `content must be at most ${MAX_CONTENT_BYTES} bytes, got ${content.length}`,
    );
  }
  let bucket = SMALLEST_BUCKET;
  while (bucket < content.length + 1) bucket *= 2;
  const padded = new Uint8Array(bucket);
  padded.set(content);
  padded[content.length] = 0x80;
  return padded;
}

/** Takes the padding off. Throws `message-malformed` when there is none. */
export function unpad(padded: Bytes): Bytes {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  if (end < 0 || padded[end] !== 0x80) throw new ProtocolError("message-malformed", "content is not padded");
  return padded.slice(0, end);
}
