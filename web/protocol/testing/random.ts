/**
 * Randomness for tests and vectors: a byte script that must be used up exactly, and a stream that repeats by its name.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, concat, uint32, utf8 } from "../bytes.ts";
import type { RandomBytes } from "../keys.ts";

/** A script of random bytes; drawing more than it holds throws at once. */
export interface RandomScript {
  readonly randomBytes: RandomBytes;
  /** Throws unless every byte was drawn. */
  readonly requireSpent: () => void;
}

/** Hands out the bytes of `script` in order, and none besides. */
export function scriptRandomBytes(script: Uint8Array): RandomScript {
  let offset = 0;
  return {
    randomBytes(length) {
      const left = script.length - offset;
      if (length > left) throw new RangeError(`script over-drawn: wanted ${length} bytes, ${left} are left`);
      offset += length;
      return Uint8Array.from(script.subarray(offset - length, offset));
    },
    requireSpent() {
      if (offset !== script.length) throw new RangeError(`script left over: ${script.length - offset} bytes not drawn`);
    },
  };
}

/** Randomness that must not be drawn at all. */
export const noRandomBytes: RandomBytes = (length) => scriptRandomBytes(new Uint8Array()).randomBytes(length);

/**
 * An endless stream that is the same for the same name: SHA-256(name || uint32(0)) || SHA-256(name || uint32(1)) ...
 */
export function repeatableRandomBytes(name: string): RandomBytes {
  let block = 0;
  let pool: Bytes = new Uint8Array();
  return (length) => {
    while (pool.length < length) pool = concat(pool, sha256(concat(utf8(name), uint32(block++))));
    const taken = pool.slice(0, length);
    pool = pool.slice(length);
    return taken;
  };
}
