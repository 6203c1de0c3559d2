/**
 * What a backup holds: one JSON object a line, in UTF-8 (docs/backup-format.md). Byte strings are unpadded base64url.
 * Neither sessions nor prekeys are in it: a ratchet that is used twice repeats keys.
 */
import * as v from "valibot";
import { fromBase64url, toBase64url } from "../../relay/wire/bytes.ts";
import { isUsername } from "../../relay/wire/username.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { MAX_GIVEN_NAME } from "./api.ts";
import { timerSeconds } from "./content.ts";
import { MAX_EARLIER_TEXTS } from "./message-marks.ts";

/** One is the last: a file that was written to its end has it. */
export type BackupLine =
  | v.InferOutput<typeof accountLine>
  | v.InferOutput<typeof peerLine>
  | v.InferOutput<typeof conversationLine>
  | v.InferOutput<typeof messageLine>
  | { readonly kind: "end" };

const MAX_TEXT_CHARACTERS = 65_536;

const bytes = (length: number | null) =>
  v.pipe(
    v.string(),
    v.rawTransform<string, Bytes>(({ dataset, addIssue, NEVER }) => {
      const decoded = fromBase64url(dataset.value);
      if (decoded !== null && (length === null || decoded.length === length)) return decoded;
      addIssue({ message: "bytes in base64url were expected" });
      return NEVER;
    }),
  );
const username = v.pipe(v.string(), v.check(isUsername));
const time = v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(MAX_TEXT_CHARACTERS));

const accountLine = v.object({
  kind: v.literal("account"),
  username,
  identitySecretKey: bytes(32),
  identityChange: v.nullable(v.object({ previousIdentityKey: bytes(32), signature: bytes(64) })),
  manifest: bytes(null),
  createdAt: time,
  /** When the backup was made. */
  madeAt: time,
});

const peerLine = v.object({
  kind: v.literal("peer"),
  peer: username,
  identityKey: bytes(32),
  manifestSequence: whole,
  verifiedAt: v.nullable(time),
  refusedIdentityKeys: v.pipe(v.array(bytes(32)), v.maxLength(100)),
  blocked: v.optional(v.boolean(), false),
  givenName: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(2 * MAX_GIVEN_NAME))), null),
});

const conversationLine = v.object({
  kind: v.literal("conversation"),
  peer: username,
  createdAt: time,
  nextSequence: v.pipe(whole, v.maxValue(2 ** 40)),
  accepted: v.boolean(),
  muted: v.optional(v.boolean(), false),
  pinnedAt: v.optional(v.nullable(time), null),
  archived: v.optional(v.boolean(), false),
  timer: v.optional(v.object({ seconds: v.nullable(timerSeconds), setAt: time })),
});

const notices = [
  "identity-changed",
  "identity-changed-signed",
  "identity-accepted",
  "identity-kept",
  "verified",
  "verification-removed",
  "storage-put-back",
  "keys-lost",
] as const;

const direction = v.picklist(["incoming", "outgoing"]);
const contentName = v.pipe(v.string(), v.maxLength(200));
const reaction = v.nullable(v.object({ emoji: v.nullable(v.pipe(v.string(), v.maxLength(64))), at: time }));
const marks = v.object({
  reactions: v.object({ ours: reaction, theirs: reaction }),
  earlierTexts: v.pipe(v.array(v.object({ text, at: time })), v.maxLength(MAX_EARLIER_TEXTS)),
  editedAt: v.nullable(time),
  deletedAt: v.nullable(time),
});

/** In the order of their sequences, after their conversation. */
const messageLine = v.object({
  kind: v.literal("message"),
  peer: username,
  sequence: v.pipe(whole, v.maxValue(2 ** 40)),
  at: time,
  message: v.variant("kind", [
    v.object({
      kind: v.literal("text"),
      contentId: contentName,
      direction,
      text,
      status: v.nullable(v.picklist(["waiting", "sent", "delivered", "read"])),
      unsupported: v.boolean(),
      source: v.nullable(text),
      identityKey: v.nullable(bytes(32)),
      writtenAt: v.optional(time),
      reply: v.optional(v.object({ contentId: contentName, direction, excerpt: text })),
      marks: v.optional(marks),
    }),
    v.object({ kind: v.literal("notice"), notice: v.picklist(notices) }),
    v.object({ kind: v.literal("timer"), direction, seconds: v.nullable(timerSeconds) }),
  ]),
});

const line = v.variant("kind", [
  accountLine,
  peerLine,
  conversationLine,
  messageLine,
  v.object({ kind: v.literal("end") }),
]);
const anyKind = v.object({ kind: v.string() });
const KINDS: ReadonlySet<string> = new Set(["account", "peer", "conversation", "message", "end"]);

/** A line of a backup, without the line feed. */
export function formatBackupLine(value: object): string {
  return JSON.stringify(value, (_, part: unknown) => (part instanceof Uint8Array ? toBase64url(part) : part));
}

/** The lines of a backup; those of kinds that a later version adds are left out. null when it is malformed. */
export function parseBackupContent(content: Bytes): readonly BackupLine[] | null {
  const lines: BackupLine[] = [];
  for (const json of new TextDecoder().decode(content).split("\n")) {
    if (json === "") continue;
    const value = parseJson(json);
    const named = v.safeParse(anyKind, value);
    if (!named.success) return null;
    if (!KINDS.has(named.output.kind)) continue;
    const parsed = v.safeParse(line, value);
    if (!parsed.success) return null;
    lines.push(parsed.output);
  }
  return lines[0]?.kind === "account" && lines.at(-1)?.kind === "end" ? lines : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
