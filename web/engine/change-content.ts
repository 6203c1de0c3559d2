/**
 * The contents that change a message which is there already. `target` is that message's content id, `at` the time of the
 * change by its writer's clock, in Unix milliseconds: of two changes of a kind the later one counts, whichever came first.
 *
 *   reaction  "emoji": one emoji, or "" to take back the one before
 *   edit      "text": the text in place of the one before
 *   delete    nothing more
 *   timer     no target: "seconds" after which what is written from then on disappears, 0 for never
 */
import * as v from "valibot";
import { ProtocolError } from "../protocol/protocol-error.ts";
import type { AccountState } from "./account-state.ts";
import {
  contentId,
  conversationId,
  fieldsOf,
  moment,
  newContentId,
  type OutgoingChange,
  timerSeconds,
} from "./content.ts";

/** Bytes of UTF-8 that one emoji takes at most: the longest of Unicode 16 takes 35. */
export const MAX_EMOJI_BYTES = 64;

export type MessageChange =
  | { readonly kind: "reaction"; readonly target: string; readonly at: number; readonly emoji: string }
  | { readonly kind: "edit"; readonly target: string; readonly at: number; readonly text: string }
  | { readonly kind: "delete"; readonly target: string; readonly at: number };

/** A new time after which messages disappear, in seconds; 0 for never. */
export interface TimerChange {
  readonly kind: "timer";
  readonly at: number;
  readonly seconds: number;
}

const head = { target: contentId, at: moment };
const change = v.variant("kind", [
  v.object({
    kind: v.literal("reaction"),
    ...head,
    emoji: v.pipe(
      v.string(),
      v.check((emoji) => emoji === "" || isEmoji(emoji)),
    ),
  }),
  v.object({
    kind: v.literal("edit"),
    ...head,
    text: v.pipe(
      v.string(),
      v.check((text) => text.trim() !== ""),
    ),
  }),
  v.object({ kind: v.literal("delete"), ...head }),
  v.object({
    kind: v.literal("timer"),
    at: moment,
    seconds: v.union([v.literal(0), timerSeconds]),
  }),
]);

/** Whether a text is one emoji and nothing else: one grapheme cluster (UAX #29) that holds a pictograph, a flag or a keycap. */
export function isEmoji(text: string): boolean {
  if (text === "" || new TextEncoder().encode(text).length > MAX_EMOJI_BYTES) return false;
  if (!/^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3)/u.test(text)) return false;
  return [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)].length === 1;
}

/** Reads a change of its content's JSON. Throws ProtocolError `message-malformed`. */
export function readChange(source: string): MessageChange | TimerChange {
  const json: unknown = JSON.parse(source);
  return fieldsOf(change, json);
}

/** As `readChange`, of a change to a message; null for anything else. */
export function readChangeOrNull(source: string): MessageChange | null {
  try {
    const read = readChange(source);
    return read.kind === "timer" ? null : read;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** A change of ours as it goes out. Draws 16 bytes. */
export async function changeContent(
  { account, ports }: Pick<AccountState, "account" | "ports">,
  peer: string,
  changed: MessageChange | TimerChange,
): Promise<OutgoingChange> {
  const { kind, ...fields } = changed;
  return {
    kind,
    conversation: await conversationId(account.username, peer),
    id: newContentId(ports.randomBytes),
    fallback: fallbackOf(changed),
    fields,
  };
}

/** What someone reads whose version knows no such changes: in English, as nothing else there depends on a language. */
function fallbackOf(changed: MessageChange | TimerChange): string {
  switch (changed.kind) {
    case "reaction":
      return changed.emoji === "" ? "Took a reaction back." : `Reacted with ${changed.emoji}`;
    case "edit":
      return changed.text;
    case "delete":
      return "Deleted a message.";
    case "timer":
      return changed.seconds === 0
        ? "Set messages to stay."
        : `Set messages to disappear ${changed.seconds} seconds after they were read.`;
  }
}
