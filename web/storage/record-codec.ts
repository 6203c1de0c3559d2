/**
 * Record values as bytes: JSON in UTF-8, with byte strings in a form that nothing else can take.
 *
 *   byte string   { "$bytes": "<unpadded base64url>" }
 *   object        its properties; a name that begins with "$" gets one more "$" in front
 *
 * So "$bytes" in the JSON is always ours, and any other single "$" is refused. Whether a value is the record that was
 * expected is not checked here: the ciphertext around it vouches for that.
 */
import { base64urlnopad } from "@scure/base";
import { StorageError } from "../engine/ports.ts";
import { type Bytes, utf8 } from "./bytes.ts";

/** What a record may be made of. Numbers are finite, and -0 comes back as 0; objects are plain. */
export type RecordValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly RecordValue[]
  | { readonly [name: string]: RecordValue };

/** Deeper values are refused, so that a cycle ends and decoding cannot exhaust the stack. */
export const MAX_RECORD_DEPTH = 64;

const BYTES_TAG = "$bytes";

/** Encodes a value; throws TypeError for anything that would not come back as it is. */
export function encodeRecord(value: unknown): Bytes {
  return utf8(JSON.stringify(tag(value, 0)));
}

/** Decodes a value; throws StorageError "damaged" unless it is one that `encodeRecord` could have written. */
export function decodeRecord(encoded: Uint8Array): RecordValue {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(encoded));
  } catch (error) {
    // The parser's own message may quote the record: it stays out.
    throw damaged(error instanceof SyntaxError ? "record is not JSON" : "record is not UTF-8");
  }
  return untag(json, 0);
}

function tag(value: unknown, depth: number): unknown {
  if (depth > MAX_RECORD_DEPTH) throw new TypeError(`record value must be at most ${MAX_RECORD_DEPTH} levels deep`);
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`number in a record must be finite, got ${value}`);
    return value;
  }
  if (value instanceof Uint8Array) return { [BYTES_TAG]: base64urlnopad.encode(value) };
  // Array.from, since map would leave the holes of a sparse array, which JSON writes as null.
  if (Array.isArray(value)) return Array.from(value, (item) => tag(item, depth + 1));
  if (!isPlainObject(value)) throw new TypeError(`record value must be plain, got ${typeof value}`);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name.startsWith("$") ? `$${name}` : name, tag(item, depth + 1)]),
  );
}

function untag(json: unknown, depth: number): RecordValue {
  if (depth > MAX_RECORD_DEPTH) throw damaged("record is nested too deeply");
  if (json === null || typeof json === "boolean" || typeof json === "string") return json;
  if (typeof json === "number") {
    // JSON such as 1e999 parses to Infinity.
    if (!Number.isFinite(json)) throw damaged("record holds a number out of range");
    return json;
  }
  if (Array.isArray(json)) return json.map((item) => untag(item, depth + 1));
  if (!isPlainObject(json)) throw damaged("record holds something that is not JSON");
  if (Object.hasOwn(json, BYTES_TAG)) return untagBytes(json);
  // fromEntries defines "__proto__" as a property like any other, where an assignment would set the prototype.
  return Object.fromEntries(
    Object.entries(json).map(([name, item]) => [untagName(name), untag(item, depth + 1)] as const),
  );
}

function untagName(name: string): string {
  if (!name.startsWith("$")) return name;
  if (!name.startsWith("$$")) throw damaged("record holds an unknown tag");
  return name.slice(1);
}

function untagBytes(json: Readonly<Record<string, unknown>>): Bytes {
  const text = json[BYTES_TAG];
  if (Object.keys(json).length !== 1 || typeof text !== "string") throw damaged("record holds a malformed byte string");
  try {
    return Uint8Array.from(base64urlnopad.decode(text));
  } catch {
    throw damaged("record holds a byte string that is not base64url");
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function damaged(message: string): StorageError {
  return new StorageError("damaged", message);
}
