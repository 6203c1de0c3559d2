/** Secret keys, seeds, nonces and challenges of the vectors: hashes of a name, so that they look drawn and stay the same. */
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { utf8 } from "../../web/protocol/bytes.ts";
import { hex } from "../../web/protocol/testing/hex.ts";

/** The first bytes, at most 32, of SHA-256 of the name, in hexadecimal. */
export function drawn(name: string, length = 32): string {
  return hex(sha256(utf8(`sotto vectors: ${name}`))).slice(0, 2 * length);
}

/** The seed of a KEM prekey, SHA-512 of the name: 64 bytes in hexadecimal. */
export function drawnSeed(name: string): string {
  return hex(sha512(utf8(`sotto vectors: ${name}`)));
}
