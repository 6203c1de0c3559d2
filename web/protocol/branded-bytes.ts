/**
 * Byte strings of a kind: a key, a secret or a ciphertext that no other kind can stand in for. keys.ts and kem.ts name
 * the kinds and check what comes from outside; all of them are minted here.
 */
import type { Bytes } from "./bytes.ts";
import { ProtocolError } from "./protocol-error.ts";

declare const kind: unique symbol;
export type Branded<Kind extends string> = Bytes & { readonly [kind]: Kind };

/** The bytes as one of a kind, copied. Throws `key-invalid` for any other length. */
export function mint<Value extends Branded<string>>(name: string, bytes: Uint8Array, length: number): Value {
  if (bytes.length !== length) {
    throw new ProtocolError("key-invalid", `${name} must be ${length} bytes, got ${bytes.length}`);
  }
  return Uint8Array.from(bytes) as Value;
}
