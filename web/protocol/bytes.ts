/** Byte strings: the few operations every file of the protocol needs. */

/** Bytes over a plain ArrayBuffer, the kind WebCrypto accepts. */
export type Bytes = Uint8Array<ArrayBuffer>;

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

/** ASCII or UTF-8 text as bytes. */
export function utf8(text: string): Bytes {
  return Uint8Array.from(new TextEncoder().encode(text));
}

/** `lp(x)`: the length as an unsigned 16-bit big-endian number, then the bytes. */
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

/** Whether two byte strings are the same, in time that depends on their length only as far as JavaScript allows. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let index = 0; index < left.length; index++) difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  return difference === 0;
}
