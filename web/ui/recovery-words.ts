/** Twelve words as a passphrase (BIP-39: 128 random bits and a checksum of 4, English list). */

import { entropyToMnemonic, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";

const ENTROPY_BYTES = 16;
const WORDS = 12;
const LIST: ReadonlySet<string> = new Set(wordlist);

/** Twelve fresh words, with a space between each two. */
export function makeRecoveryWords(): string {
  return entropyToMnemonic(crypto.getRandomValues(new Uint8Array(ENTROPY_BYTES)), wordlist);
}

/** What was typed, read as recovery words where it looks like them. */
export type TypedPassphrase =
  | { readonly kind: "as-typed" | "words"; readonly passphrase: string }
  /** All but a few are words of the list, or all are and the checksum fails: something was mistyped. */
  | { readonly kind: "mistyped"; readonly unknown: readonly string[] };

/** Twelve words are compared without case and spaces; anything else is a passphrase as it was typed. */
export function readPassphrase(typed: string): TypedPassphrase {
  const words = typed.normalize("NFKD").trim().toLowerCase().split(/\s+/u);
  const unknown = words.filter((word) => !LIST.has(word));
  // A passphrase of one's own may have twelve words, too, but hardly ones of the list.
  if (words.length !== WORDS || unknown.length > 2) return { kind: "as-typed", passphrase: typed };
  const passphrase = words.join(" ");
  if (unknown.length > 0 || !validateMnemonic(passphrase, wordlist)) return { kind: "mistyped", unknown };
  return { kind: "words", passphrase };
}
