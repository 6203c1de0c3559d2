/**
 * Byte strings on the wire: strict base64url (RFC 4648 §5, unpadded, one spelling per value) and the big-endian,
 * length-prefixed fields of which every signed statement is made.
 */
import { base64urlnopad } from "@scure/base";

/** Bytes over a plain ArrayBuffer, the kind WebCrypto accepts. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Encodes bytes as unpadded base64url. */
export function toBase64url(bytes: Uint8Array): string {
  return base64urlnopad.encode(bytes);
}

/** Decodes unpadded base64url; null when the text is not the one spelling of some byte string. */
export function fromBase64url(text: string): Bytes | null {
  try {
    return Uint8Array.from(base64urlnopad.decode(text));
  } catch {
    return null;
  }
}

/** ASCII or UTF-8 text as bytes. */
export function utf8(text: string): Bytes {
  return Uint8Array.from(new TextEncoder().encode(text));
}

/** The parts, one after the other. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Whether two byte strings are the same; for public values only, since it is not constant-time. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** A field of a statement: its length as an unsigned 16-bit big-endian number, then its bytes. */
export function lengthPrefixed(field: Uint8Array): Bytes {
  if (field.length > 0xffff) throw new RangeError(`field must be at most 65535 bytes, got ${field.length}`);
  return concat(Uint8Array.of(field.length >> 8, field.length & 0xff), field);
}

/** An unsigned 32-bit big-endian number. */
export function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** An unsigned 64-bit big-endian number; `value` is a safe integer. */
export function uint64(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** Thrown by ByteReader when the bytes end early, go on too long or hold a number out of range. */
export class ByteReaderError extends Error {
  override readonly name = "ByteReaderError";
}

/** Reads the fields of a statement in order; `end` insists that nothing is left over. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Bytes {
    const end = this.#offset + length;
    if (end > this.#bytes.length) {
      throw new ByteReaderError(`expected ${length} more bytes, found ${this.#bytes.length - this.#offset}`);
    }
    const taken = Uint8Array.from(this.#bytes.subarray(this.#offset, end));
    this.#offset = end;
    return taken;
  }

  lengthPrefixed(): Bytes {
    const [high = 0, low = 0] = this.take(2);
    return this.take((high << 8) | low);
  }

  uint8(): number {
    const [value = 0] = this.take(1);
    return value;
  }

  uint32(): number {
    return new DataView(this.take(4).buffer).getUint32(0);
  }

  uint64(): number {
    const value = new DataView(this.take(8).buffer).getBigUint64(0);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ByteReaderError("number must be below 2^53");
    return Number(value);
  }

  end(): void {
    if (this.#offset !== this.#bytes.length) {
      throw new ByteReaderError(`${this.#bytes.length - this.#offset} bytes too many`);
    }
  }
}
