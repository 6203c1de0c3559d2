/**
 * Safety numbers: what two people compare, by eye, by voice or by scanning, to learn that no one stands between them.
 *
 *   fingerprint   = H(5199), first 32 bytes, where
 *                   H(0) = SHA-512(uint16(0) || public key || identifier || public key)
 *                   H(n) = SHA-512(H(n - 1) || public key)
 *   safety number = both fingerprints as 30 digits each, the smaller first
 *   code          = "SOTTO:1:" || HEX(our fingerprint) || ":" || HEX(their fingerprint) || ":" || HEX(names)
 *   names         = SHA-512(lp(our username) || lp(their username)), first 8 bytes: which conversation a code is of
 *
 * Fingerprint and number are those of libsignal's numeric fingerprint (version 0, 5,200 iterations), of which the
 * published vectors hold; Sotto's public key is the 32-byte identity key, its identifier the username.
 */
import { sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { type Bytes, concat, lengthPrefixed, utf8 } from "./bytes.ts";
import type { IdentityKey } from "./keys.ts";

/** One of the two people, as this device knows them. */
export interface SafetyParty {
  readonly identityKey: IdentityKey;
  readonly username: string;
}

export interface Safety {
  /** 60 decimal digits, the same on both people's screens. */
  readonly digits: string;
  /** 154 characters, all of QR's alphanumeric mode. What our screen shows for theirs to scan. */
  readonly code: string;
  /** Our fingerprint, 32 bytes. */
  readonly ours: Bytes;
  /** Their fingerprint, 32 bytes. */
  readonly theirs: Bytes;
  /** The names in the code that their screen shows for us, 8 bytes. */
  readonly theirNames: Bytes;
}

export type CodeComparison =
  /** They hold our key and we hold theirs. The only result that verifies anyone. */
  | "match"
  /** Of this conversation, but not of the keys held here: someone stands between, or an identity has changed. */
  | "mismatch"
  /** A code of a conversation between other names. */
  | "other-people"
  /** A code that our own account shows. */
  | "own-code"
  /** A code of a later version than this client reads. */
  | "newer-version"
  | "not-a-code";

const ITERATIONS = 5200;
const FINGERPRINT_VERSION = Uint8Array.of(0, 0);
const FINGERPRINT_BYTES = 32;

const GROUPS = 6;
const GROUP_BYTES = 5;
const GROUP_DIGITS = 5;

const NAMES_BYTES = 8;

const CODE = /^SOTTO:1:([0-9A-F]{64}):([0-9A-F]{64}):([0-9A-F]{16})$/;
const LATER_CODE = /^SOTTO:(?!1:)[1-9][0-9]{0,8}:/;

/**
 * The fingerprint of a public key under a name, 32 bytes. `publicKey` has one length throughout, so that no key and
 * identifier read as another pair. Source: libsignal, rust/protocol/src/fingerprint.rs.
 */
export function fingerprint(options: { readonly publicKey: Bytes; readonly identifier: Bytes }): Bytes {
  const { publicKey, identifier } = options;
  // noble, not WebCrypto: for thousands of short hashes, each awaited, it is several times faster.
  let hash = sha512(concat(FINGERPRINT_VERSION, publicKey, identifier, publicKey));
  for (let iteration = 1; iteration < ITERATIONS; iteration++) hash = sha512(concat(hash, publicKey));
  return hash.slice(0, FINGERPRINT_BYTES);
}

/**
 * The 60 digits for two fingerprints, the same whichever comes first. Of each the first 30 bytes count.
 * Throws a RangeError for fewer.
 */
export function safetyNumber(one: Bytes, other: Bytes): string {
  return [halfNumber(one), halfNumber(other)].sort().join("");
}

/** 30 digits: six times 5 bytes, as a big-endian number modulo 100,000. */
function halfNumber(fingerprintBytes: Bytes): string {
  if (fingerprintBytes.length < GROUPS * GROUP_BYTES) {
    throw new RangeError(`fingerprint must be at least ${GROUPS * GROUP_BYTES} bytes, got ${fingerprintBytes.length}`);
  }
  return Array.from({ length: GROUPS }, (_, group) => {
    const bytes = fingerprintBytes.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES);
    const value = bytes.reduce((number, byte) => number * 256 + byte, 0);
    return String(value % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, "0");
  }).join("");
}

/** What our screen shows, and what `compareCode` needs, for us and the identity we hold of them. */
export function computeSafety(us: SafetyParty, them: SafetyParty): Safety {
  const ours = partyFingerprint(us);
  const theirs = partyFingerprint(them);
  const code = `SOTTO:1:${upperHex(ours)}:${upperHex(theirs)}:${upperHex(conversationNames(us, them))}`;
  return { digits: safetyNumber(ours, theirs), code, ours, theirs, theirNames: conversationNames(them, us) };
}

/**
 * Tells a false key from another conversation when neither fingerprint is known, as when a relay has given both people
 * false keys. It only ever chooses between two results that verify no one.
 */
function conversationNames(shower: SafetyParty, reader: SafetyParty): Bytes {
  const names = concat(lengthPrefixed(utf8(shower.username)), lengthPrefixed(utf8(reader.username)));
  return sha512(names).slice(0, NAMES_BYTES);
}

function partyFingerprint({ identityKey, username }: SafetyParty): Bytes {
  return fingerprint({ publicKey: identityKey, identifier: utf8(username) });
}

function upperHex(bytes: Bytes): string {
  return bytesToHex(bytes).toUpperCase();
}

/**
 * Judges a code scanned from their screen, where their fingerprint comes first and ours second. `scanned` is any text
 * and must be spelled exactly: no other case, no white space, nothing before or after.
 */
export function compareCode(safety: Safety, scanned: string): CodeComparison {
  const [, shownBy, shownFor, names] = CODE.exec(scanned) ?? [];
  if (shownBy === undefined || shownFor === undefined || names === undefined) {
    return LATER_CODE.test(scanned) ? "newer-version" : "not-a-code";
  }
  if (names === upperHex(safety.theirNames)) {
    return shownBy === upperHex(safety.theirs) && shownFor === upperHex(safety.ours) ? "match" : "mismatch";
  }
  return shownBy === upperHex(safety.ours) ? "own-code" : "other-people";
}
