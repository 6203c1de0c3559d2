/**
 * What a message becomes by a change to it (change-content.ts), be it ours or theirs. Pure. Whoever reads a message sees
 * that it was edited, with all it said before, and that one is missing where it was deleted.
 */
import { sameBytes } from "../protocol/bytes.ts";
import type { Direction } from "./api.ts";
import type { MessageChange } from "./change-content.ts";
import { DAY_MS } from "./days.ts";
import type { ChangeSender, MessageMarks, TextRecord } from "./records.ts";

/** For so long after it was written its writer may edit or delete a message. */
export const CHANGE_PATIENCE_MS = DAY_MS;

/** Mail waits up to 30 days: an edit or a deletion that comes later than this is none, whatever time it claims. */
const LATEST_CHANGE_MS = 31 * DAY_MS;

/** So many earlier texts are kept, the first one among them. */
export const MAX_EARLIER_TEXTS = 50;

const NO_MARKS: MessageMarks = {
  reactions: { ours: null, theirs: null },
  earlierTexts: [],
  editedAt: null,
  deletedAt: null,
};

/** A message with a change of its conversation's `author`; null when it stays as it is. */
export function withChange(message: TextRecord, change: MessageChange, author: Direction): TextRecord | null {
  const marks = message.marks ?? NO_MARKS;
  if (marks.deletedAt !== null) return null;
  switch (change.kind) {
    case "reaction":
      return withReaction(message, marks, { ...change, author });
    case "edit":
      return isInTime(message, change.at) ? withText(message, marks, change) : null;
    case "delete":
      return isInTime(message, change.at) ? deleted(message, change.at) : null;
  }
}

/** Whether what they send may change this message: their own words only, and only the identity that wrote them. */
export function mayChange(message: TextRecord, { kind }: MessageChange, sender: ChangeSender): boolean {
  if (message.direction === "outgoing") return kind === "reaction" && sender.isPinned;
  return message.identityKey === null ? sender.isPinned : sameBytes(message.identityKey, sender.identityKey);
}

/** Whether a change that comes now is not too long after the message, by this device's clock. */
export function comesInTime({ at }: TextRecord, { kind }: MessageChange, now: number): boolean {
  return kind === "reaction" || now - at <= LATEST_CHANGE_MS;
}

function isInTime({ writtenAt }: TextRecord, at: number): boolean {
  return at - writtenAt <= CHANGE_PATIENCE_MS;
}

function withReaction(
  message: TextRecord,
  marks: MessageMarks,
  { emoji, at, author }: { readonly emoji: string; readonly at: number; readonly author: Direction },
): TextRecord | null {
  const whose = author === "outgoing" ? "ours" : "theirs";
  if ((marks.reactions[whose]?.at ?? Number.NEGATIVE_INFINITY) >= at) return null;
  return { ...message, marks: { ...marks, reactions: { ...marks.reactions, [whose]: { emoji: emoji || null, at } } } };
}

/** An edit that comes after a later one takes its place among the earlier texts. */
function withText(
  message: TextRecord,
  marks: MessageMarks,
  edit: { readonly text: string; readonly at: number },
): TextRecord | null {
  const present = { text: message.text, at: marks.editedAt ?? message.writtenAt };
  const [first, ...edits] = [...marks.earlierTexts, present];
  if (first === undefined || edits.some(({ at }) => at === edit.at)) return null;
  const ordered = [...edits, { text: edit.text, at: edit.at }].sort((one, other) => one.at - other.at);
  const kept = [first, ...ordered.slice(-MAX_EARLIER_TEXTS)];
  const last = kept.at(-1) ?? first;
  return { ...message, text: last.text, marks: { ...marks, earlierTexts: kept.slice(0, -1), editedAt: last.at } };
}

function deleted(message: TextRecord, deletedAt: number): TextRecord {
  return { ...message, text: "", source: null, unsupported: false, reply: null, marks: { ...NO_MARKS, deletedAt } };
}
