/**
 * What is inside a message: a JSON object, padded to a bucket (protocol/padding.ts).
 *
 *   { "v": 1, "conversation", "id", "kind": "text", "fallback", "text", "sentAt" }
 *   { "v": 1, "conversation", "id", "kind": "receipt", "delivered": [id], "read": [id] }
 *
 * Ids are 16 bytes in base64url. A kind this version does not know is shown by its fallback; fields it does not know
 * are kept with the message.
 */
import * as v from "valibot";
import { toBase64url } from "../../relay/wire/bytes.ts";
import { type Bytes, concat, lengthPrefixed, utf8 } from "../protocol/bytes.ts";
import { sha256 } from "../protocol/kdf.ts";
import { pad, unpad } from "../protocol/padding.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";

/** Bytes of a content id. */
export const CONTENT_ID_BYTES = 16;

/** Ids in one receipt, so that it stays well within the largest content. */
export const MAX_RECEIPT_IDS = 1_000;

export type OutgoingContent =
  | {
      readonly kind: "text";
      readonly conversation: string;
      readonly id: string;
      readonly text: string;
      readonly sentAt: number;
    }
  | {
      readonly kind: "receipt";
      readonly conversation: string;
      readonly id: string;
      readonly delivered: readonly string[];
      readonly read: readonly string[];
    };

export type IncomingContent =
  | { readonly kind: "text"; readonly id: string; readonly text: string; readonly source: string }
  | { readonly kind: "receipt"; readonly delivered: readonly string[]; readonly read: readonly string[] }
  /** A kind, a version or a conversation that this version does not know. */
  | { readonly kind: "unsupported"; readonly id: string; readonly fallback: string; readonly source: string };

const contentId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/));
const envelope = v.object({
  v: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  conversation: contentId,
  id: contentId,
  kind: v.pipe(v.string(), v.maxLength(64)),
  fallback: v.optional(v.string(), ""),
});
const text = v.object({ text: v.string() });
const receipt = v.object({
  delivered: v.pipe(v.array(contentId), v.maxLength(MAX_RECEIPT_IDS)),
  read: v.pipe(v.array(contentId), v.maxLength(MAX_RECEIPT_IDS)),
});

/** The id of the conversation of two people: the first 16 bytes of SHA-256(lp(label) || lp(name) || lp(name)), names in order. */
export async function conversationId(one: string, other: string): Promise<string> {
  const [first = "", second = ""] = [one, other].sort();
  const digest = await sha256(
    concat(lengthPrefixed(utf8("sotto/conversation/v1")), lengthPrefixed(utf8(first)), lengthPrefixed(utf8(second))),
  );
  return toBase64url(digest.subarray(0, 16));
}

/** Encodes and pads content. Throws ProtocolError `content-too-long`. */
export function encodeContent(content: OutgoingContent): Bytes {
  const { kind, conversation, id } = content;
  const head = { v: 1, conversation, id, kind };
  const body =
    content.kind === "text"
      ? { fallback: content.text, text: content.text, sentAt: content.sentAt }
      : { fallback: "", delivered: content.delivered, read: content.read };
  return pad(utf8(JSON.stringify({ ...head, ...body })));
}

/** Takes the padding off and parses; throws ProtocolError `message-malformed` for what is no content at all. */
export function decodeContent(padded: Bytes, conversation: string): IncomingContent {
  const source = decodeUtf8(unpad(padded));
  const json = parseJson(source);
  const parsed = v.safeParse(envelope, json);
  if (!parsed.success)
    throw new ProtocolError("message-malformed", "content is not an object with the fields it must have");
  const head = parsed.output;
  if (head.v === 1 && head.conversation === conversation) {
    const asText = head.kind === "text" ? v.safeParse(text, json) : null;
    if (asText?.success) return { kind: "text", id: head.id, text: asText.output.text, source };
    const asReceipt = head.kind === "receipt" ? v.safeParse(receipt, json) : null;
    if (asReceipt?.success) return { kind: "receipt", ...asReceipt.output };
    if (asText !== null || asReceipt !== null) {
      throw new ProtocolError("message-malformed", `content of kind ${head.kind} lacks its fields`);
    }
  }
  return { kind: "unsupported", id: head.id, fallback: head.fallback, source };
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
