/** Byte strings as storage needs them: length-prefixed fields for associated data and for hashed record ids. */

/** Bytes over a plain ArrayBuffer, the kind WebCrypto accepts. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Returns `length` fresh random bytes. */
export type RandomBytes = (length: number) => Bytes;

/** Text as UTF-8. */
export function utf8(text: string): Bytes {
  return Uint8Array.from(new TextEncoder().encode(text));
}

/** An unsigned 16-bit big-endian number. */
export function uint16(value: number): Bytes {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) throw new RangeError("number must fit in 16 bits");
  return Uint8Array.of(value >> 8, value & 0xff);
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

/** `lp(x)`: the length as an unsigned 16-bit big-endian number, then the bytes; text is UTF-8. */
export function lengthPrefixed(field: Uint8Array | string): Bytes {
  const bytes = typeof field === "string" ? utf8(field) : field;
  return concat(uint16(bytes.length), bytes);
}
