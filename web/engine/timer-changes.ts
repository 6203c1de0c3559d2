/** A new time after which the messages of a conversation disappear, and what says so in it. */
import type { Direction } from "./api.ts";
import { appendMessage } from "./messages.ts";
import type { Change } from "./ports.ts";
import type { ConversationRecord } from "./records.ts";

interface NewTimer {
  /** null for never. */
  readonly seconds: number | null;
  /** When it was set, by the clock of the one who did. */
  readonly at: number;
  readonly direction: Direction;
  /** When it is shown to have been set, by this device's clock. */
  readonly shownAt: number;
}

/** The changes that set it. */
export function timerChanges(
  conversation: ConversationRecord,
  { seconds, at, direction, shownAt }: NewTimer,
): readonly Change[] {
  const timed = { ...conversation, timer: { seconds, setAt: at } };
  return appendMessage(timed, { kind: "timer", at: shownAt, direction, seconds }).changes;
}
