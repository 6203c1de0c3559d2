/** Bytes as lower-case hexadecimal text, and back. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { Bytes } from "../bytes.ts";

export function hex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** Throws on anything that is no even number of hexadecimal digits. */
export function fromHex(text: string): Bytes {
  return Uint8Array.from(hexToBytes(text));
}
