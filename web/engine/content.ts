/**
 * What is inside a message: a JSON object, padded to a bucket (protocol/padding.ts).
 *
 *   { "v": 1, "conversation", "id", "kind": "text", "fallback", "text", "sentAt", "reply": { "to", "own", "excerpt" }, "expiresIn" }
 *   { "v": 1, "conversation", "id", "kind": "reaction", "fallback", "target", "emoji", "at" }      (change-content.ts)
 *   { "v": 1, "conversation", "id", "kind": "edit", "fallback", "target", "text", "at" }
 *   { "v": 1, "conversation", "id", "kind": "delete", "fallback", "target", "at" }
 *   { "v": 1, "conversation", "id", "kind": "timer", "fallback", "seconds", "at" }
 *   { "v": 1, "conversation", "id", "kind": "receipt", "delivered": [id], "read": [id], "quiet", "typing" }
 *   { "v": 1, "conversation", "id", "kind": "resend-request", "envelopes": [digest], "ids": [envelope id] }
 *   { "v": 1, "conversation", "id", "kind": "resend-answer", "resent": [digest], "refused": [digest] }
 *
 * Ids are 16 bytes in base64url, envelope digests 32 (envelope-digest.ts). A kind this version does not know is shown
 * by its fallback; fields it does not know are kept with the message.
 */
import * as v from "valibot";
import { toBase64url } from "../../relay/wire/bytes.ts";
import { type Bytes, concat, lengthPrefixed, utf8 } from "../protocol/bytes.ts";
import { sha256 } from "../protocol/kdf.ts";
import type { RandomBytes } from "../protocol/keys.ts";
import { pad, unpad } from "../protocol/padding.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { MESSAGE_ID_BYTES } from "./api.ts";
import type { ExpiryRecord, QuoteRecord } from "./records.ts";

/** Bytes of a content id. */
export const CONTENT_ID_BYTES = MESSAGE_ID_BYTES;

/** Ids in one receipt, so that it stays well within the largest content. */
export const MAX_RECEIPT_IDS = 1_000;

/** Grows with the kinds and fields that this version reads; what an earlier one kept unread is read anew (rereading.ts). */
export const CONTENT_VERSION = 2;

/** UTF-16 units of the excerpt that a reply quotes. */
export const MAX_EXCERPT_LENGTH = 200;

/** The latest moment that a date can name, Unix milliseconds (ECMAScript, Time Values). */
const LATEST_DATE = 8.64e15;

/** Envelopes in one request to send again, and in each list of its answer. */
export const MAX_RESENDS_PER_REQUEST = 100;

/** What changes a message that is there already, or the conversation. */
export type ChangeKind = "reaction" | "edit" | "delete" | "timer";

/** The shortest and the longest time after which messages can disappear, in seconds. */
export const SHORTEST_TIMER = 5;
export const LONGEST_TIMER = 4 * 7 * 24 * 60 * 60;

/** The message that another one answers, as its writer sees it. */
export interface Quote {
  /** Its content id. */
  readonly to: string;
  /** Whether the one who quotes wrote it. */
  readonly own: boolean;
  /** Its beginning, at most MAX_EXCERPT_LENGTH. */
  readonly excerpt: string;
}

/** As change-content.ts makes it. */
export interface OutgoingChange {
  readonly kind: ChangeKind;
  readonly conversation: string;
  readonly id: string;
  readonly fallback: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

export type OutgoingContent =
  | {
      readonly kind: "text";
      readonly conversation: string;
      readonly id: string;
      readonly text: string;
      readonly sentAt: number;
      readonly reply?: Quote | null;
      /** So many seconds after it was read it disappears; null for never. */
      readonly expiresIn?: number | null;
    }
  | OutgoingChange
  | {
      readonly kind: "receipt";
      readonly conversation: string;
      readonly id: string;
      readonly delivered: readonly string[];
      readonly read: readonly string[];
      /** Nothing will be said of the reading of these and others. */
      readonly quiet?: boolean;
      /** Until when its sender is writing, by the relay's clock; null for no word of it. */
      readonly typing?: number | null;
    }
  | {
      readonly kind: "resend-request";
      readonly conversation: string;
      readonly id: string;
      readonly envelopes: readonly string[];
      /** Their ids, as the relay names them, in the same order. */
      readonly ids?: readonly string[];
    }
  | {
      readonly kind: "resend-answer";
      readonly conversation: string;
      readonly id: string;
      readonly resent: readonly string[];
      readonly refused: readonly string[];
    };

export type IncomingContent =
  | {
      readonly kind: "text";
      readonly id: string;
      readonly text: string;
      readonly source: string;
      /** When they say that they wrote it, Unix milliseconds; null when they do not. */
      readonly sentAt: number | null;
      readonly reply: Quote | null;
      readonly expiresIn: number | null;
    }
  /** It changes another message; change-content.ts reads its source. */
  | { readonly kind: "change"; readonly id: string; readonly fallback: string; readonly source: string }
  | {
      readonly kind: "receipt";
      readonly delivered: readonly string[];
      readonly read: readonly string[];
      readonly quiet: boolean;
      readonly typing: number | null;
    }
  /** They could not open these envelopes of ours. */
  | {
      readonly kind: "resend-request";
      readonly envelopes: readonly string[];
      readonly ids?: readonly string[] | undefined;
    }
  /** What became of envelopes that we asked for. */
  | { readonly kind: "resend-answer"; readonly resent: readonly string[]; readonly refused: readonly string[] }
  /** A kind, a version or a conversation that this version does not know. */
  | { readonly kind: "unsupported"; readonly id: string; readonly fallback: string; readonly source: string };

/** The schema of a content id: 16 bytes in base64url. */
export const contentId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/));
/** The schema of a moment, Unix milliseconds. */
export const moment = v.pipe(v.number(), v.minValue(0), v.maxValue(LATEST_DATE));
const envelope = v.object({
  v: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  conversation: contentId,
  id: contentId,
  kind: v.pipe(v.string(), v.maxLength(64)),
  fallback: v.optional(v.string(), ""),
});
/** The schema of a time after which messages disappear. */
export const timerSeconds = v.pipe(v.number(), v.safeInteger(), v.minValue(SHORTEST_TIMER), v.maxValue(LONGEST_TIMER));
const quote = v.object({
  to: contentId,
  own: v.boolean(),
  excerpt: v.pipe(v.string(), v.maxLength(MAX_EXCERPT_LENGTH)),
});
// A text is there to be read, whatever is wrong with what is said about it.
const text = v.object({
  text: v.string(),
  sentAt: v.fallback(v.nullish(moment, null), null),
  reply: v.fallback(v.nullish(quote, null), null),
  expiresIn: v.fallback(v.nullish(timerSeconds, null), null),
});
const receipt = v.object({
  delivered: v.pipe(v.array(contentId), v.maxLength(MAX_RECEIPT_IDS)),
  read: v.pipe(v.array(contentId), v.maxLength(MAX_RECEIPT_IDS)),
  quiet: v.fallback(v.optional(v.boolean(), false), false),
  typing: v.fallback(v.nullish(moment, null), null),
});
const digests = v.pipe(
  v.array(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/))),
  v.maxLength(MAX_RESENDS_PER_REQUEST),
);
const resendRequest = v.object({
  envelopes: v.pipe(digests, v.minLength(1)),
  ids: v.optional(v.pipe(v.array(contentId), v.maxLength(MAX_RESENDS_PER_REQUEST))),
});
const resendAnswer = v.object({ resent: digests, refused: digests });

/**
 * The id of the conversation of two people: the first 16 bytes of SHA-256(lp("sotto/conversation/v1") || lp(name) ||
 * lp(name)), the names in order.
 */
export async function conversationId(one: string, other: string): Promise<string> {
  const [first = "", second = ""] = [one, other].sort();
  const digest = await sha256(
    concat(lengthPrefixed(utf8("sotto/conversation/v1")), lengthPrefixed(utf8(first)), lengthPrefixed(utf8(second))),
  );
  return toBase64url(digest.subarray(0, 16));
}

/** A fresh content id. Draws 16 bytes. */
export function newContentId(randomBytes: RandomBytes): string {
  return toBase64url(randomBytes(CONTENT_ID_BYTES));
}

/** A message of `us` to `peer`, both usernames, as it goes out, be it for the first time or again. */
export async function textContent(
  us: string,
  peer: string,
  message: {
    readonly contentId: string;
    readonly text: string;
    readonly at: number;
    readonly reply: QuoteRecord | null;
    readonly expiry: ExpiryRecord | null;
  },
): Promise<Extract<OutgoingContent, { readonly kind: "text" }>> {
  const { contentId: id, text: written, at: sentAt, reply, expiry } = message;
  return {
    kind: "text",
    conversation: await conversationId(us, peer),
    id,
    text: written,
    sentAt,
    reply: reply && quoteOf(reply),
    expiresIn: expiry?.seconds ?? null,
  };
}

function quoteOf({ contentId: to, direction, excerpt }: QuoteRecord): Quote {
  return { to, own: direction === "outgoing", excerpt };
}

/** Encodes and pads content. Throws ProtocolError `content-too-long`. */
export function encodeContent(content: OutgoingContent): Bytes {
  const { kind, conversation, id } = content;
  return pad(utf8(JSON.stringify({ v: 1, conversation, id, kind, ...bodyOf(content) })));
}

function bodyOf(content: OutgoingContent) {
  switch (content.kind) {
    case "text":
      return {
        fallback: content.text,
        text: content.text,
        sentAt: content.sentAt,
        reply: content.reply ?? undefined,
        expiresIn: content.expiresIn ?? undefined,
      };
    case "receipt":
      return {
        fallback: "",
        delivered: content.delivered,
        read: content.read,
        quiet: content.quiet || undefined,
        typing: content.typing ?? undefined,
      };
    case "resend-request":
      return { fallback: "", envelopes: content.envelopes, ids: content.ids };
    case "resend-answer":
      return { fallback: "", resent: content.resent, refused: content.refused };
    default:
      return { fallback: content.fallback, ...content.fields };
  }
}

/** Takes the padding off and parses; throws ProtocolError `message-malformed` for what is no content at all. */
export function decodeContent(padded: Bytes, conversation: string): IncomingContent {
  return readContent(decodeUtf8(unpad(padded)), conversation);
}

/** Reads content of its JSON; throws ProtocolError `message-malformed` for what is none. */
export function readContent(source: string, conversation: string): IncomingContent {
  const json = parseJson(source);
  const parsed = v.safeParse(envelope, json);
  if (!parsed.success) {
    const found = faultIn(parsed.issues);
    throw new ProtocolError("message-malformed", `content is not an object with the fields it must have: ${found}`);
  }
  const head = parsed.output;
  if (head.v === 1 && head.conversation === conversation) {
    const known = readKnownKind(head, json, source);
    if (known !== null) return known;
  }
  return { kind: "unsupported", id: head.id, fallback: head.fallback, source };
}

/** The content of a kind this version knows; null for other kinds. */
function readKnownKind(head: v.InferOutput<typeof envelope>, json: unknown, source: string): IncomingContent | null {
  switch (head.kind) {
    case "text":
      return { kind: "text", id: head.id, ...fieldsOf(text, json), source };
    case "reaction":
    case "edit":
    case "delete":
    case "timer":
      return { kind: "change", id: head.id, fallback: head.fallback, source };
    case "receipt":
      return { kind: "receipt", ...fieldsOf(receipt, json) };
    case "resend-request":
      return { kind: "resend-request", ...fieldsOf(resendRequest, json) };
    case "resend-answer":
      return { kind: "resend-answer", ...fieldsOf(resendAnswer, json) };
    default:
      return null;
  }
}

/** The fields that a schema names; throws ProtocolError `message-malformed`, which names the field and never its value. */
export function fieldsOf<Schema extends v.GenericSchema>(schema: Schema, json: unknown): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) {
    throw new ProtocolError("message-malformed", `content lacks the fields of its kind: ${faultIn(parsed.issues)}`);
  }
  return parsed.output;
}

/** What is wrong, by the name of the field and never by its value. */
function faultIn([first]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const field = first.path?.[0]?.key;
  return typeof field === "string" ? `"${field}" is missing or not as it must be` : "it is no object";
}

function decodeUtf8(bytes: Bytes): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ProtocolError("message-malformed", "content is not UTF-8", { cause });
  }
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw new ProtocolError("message-malformed", "content is not JSON", { cause });
  }
}
