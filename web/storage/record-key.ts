/**
 * Where a record lies: `<store>/<part>/.../<part>/`, a key that tells nothing but the store's name and its numbers.
 *
 *   number (0 to 2^40):  11 lower-case hexadecimal digits, so that the order of keys is the order of numbers
 *   text:                "~" and the first 22 characters of
 *                        base64url(HMAC-SHA-256(index key, lp(store) || lp(uint16(position)) || lp(text)))
 *
 * lp(x) is uint16(length) || x, big-endian, text in UTF-8; positions count from 0. "~" sorts after every digit, so a
 * range of numbers never reaches a text. A record's key ends in "/", so that a key is a prefix of another only when its
 * id is.
 */
import { base64urlnopad } from "@scure/base";
import type { ListOptions, RecordId } from "../engine/ports.ts";
import { concat, lengthPrefixed, uint16 } from "./bytes.ts";
import type { KeyRange } from "./key-value-store.ts";

/** The highest number in a record id, 2^40. */
const MAX_RECORD_NUMBER = 2 ** 40;

const NUMBER_DIGITS = 11;
const TEXT_CHARACTERS = 22;
const AFTER_EVERY_NUMBER = "~";
const NUMBER_AT_THE_END = /\/([0-9a-f]{11})\/$/;

/** The key of a record; throws RangeError for a number out of range. `indexKey` is an HMAC-SHA-256 key. */
export async function recordKey(indexKey: CryptoKey, store: string, id: RecordId): Promise<string> {
  const parts = await Promise.all(
    id.map((part, position) =>
      typeof part === "number" ? formatNumber(part) : hideText(indexKey, { store, position, text: part }),
    ),
  );
  return [store, ...parts, ""].join("/");
}

/** The range of keys that a listing means; throws RangeError for bounds that are no whole numbers. */
export async function recordRange(
  indexKey: CryptoKey,
  store: string,
  { prefix = [], from, below, limit }: ListOptions,
): Promise<KeyRange> {
  const start = await recordKey(indexKey, store, prefix);
  if (from === undefined && below === undefined) return { from: start, below: `${start.slice(0, -1)}0`, limit };
  const upper = below === undefined ? AFTER_EVERY_NUMBER : formatBound(below);
  return { from: start + formatBound(from ?? 0), below: start + upper, limit };
}

/** The last part of a key's id when it is a number, else null. */
export function recordNumber(key: string): number | null {
  const digits = NUMBER_AT_THE_END.exec(key)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

function formatNumber(value: number): string {
  if (!Number.isInteger(value) || value < 0 || value > MAX_RECORD_NUMBER) {
    throw new RangeError(`number in a record id must be a whole one from 0 to 2^40, got ${value}`);
  }
  return digitsOf(value);
}

/** A bound may lie outside the numbers there are: it is then as good as the nearest one that excludes the same. */
function formatBound(value: number): string {
  const clamped = Math.min(Math.max(value, 0), MAX_RECORD_NUMBER + 1);
  if (!Number.isInteger(clamped)) throw new RangeError(`bound of a listing must be a whole number, got ${value}`);
  return digitsOf(clamped);
}

function digitsOf(value: number): string {
  return value.toString(16).padStart(NUMBER_DIGITS, "0");
}

interface TextPart {
  readonly store: string;
  readonly position: number;
  readonly text: string;
}

async function hideText(indexKey: CryptoKey, { store, position, text }: TextPart): Promise<string> {
  const named = concat(lengthPrefixed(store), lengthPrefixed(uint16(position)), lengthPrefixed(text));
  const digest = await crypto.subtle.sign("HMAC", indexKey, named);
  return `~${base64urlnopad.encode(new Uint8Array(digest)).slice(0, TEXT_CHARACTERS)}`;
}
