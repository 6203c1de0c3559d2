/**
 * The cards that stand for messages which could not be opened: one while they are asked for, others for what is lost.
 */
import type { AccountState } from "./account-state.ts";
import type { MissingCause } from "./api.ts";
import { appendMessage } from "./messages.ts";
import type { Change } from "./ports.ts";
import type { ConversationRecord, FailedEnvelope } from "./records.ts";

export interface Lost {
  readonly count: number;
  readonly cause: MissingCause;
}

/** The changes that say something is lost; it joins a card of the same cause that is the last thing said. */
export async function lostChanges(
  state: AccountState,
  conversation: ConversationRecord,
  { count, cause }: Lost,
): Promise<readonly Change[]> {
  const { peer, nextSequence } = conversation;
  const at = state.ports.clock.now();
  const last = nextSequence === 0 ? null : await state.store.read("messages", [peer, nextSequence - 1]);
  if (last?.kind === "missing" && last.state === "lost" && last.cause === cause) {
    const value = { ...last, count: last.count + count };
    return [{ store: "messages", id: [peer, nextSequence - 1], value }];
  }
  return appendMessage(conversation, { kind: "missing", at, count, state: "lost", cause }).changes;
}

/** What becomes of the card that stands for the envelopes asked for, and the changes that show it. */
export function askedCard(options: {
  readonly conversation: ConversationRecord | null;
  /** The card there is now, by its sequence. */
  readonly card: number | null;
  readonly failures: readonly FailedEnvelope[];
}): AskedCard {
  const { conversation, card, failures } = options;
  const latest = failures.at(-1);
  if (conversation === null) return { card: null, conversation, changes: [] };
  const { peer, nextSequence } = conversation;
  if (latest === undefined) {
    const removed: Change[] = card === null ? [] : [{ store: "messages", id: [peer, card], value: null }];
    return { card: null, conversation, changes: removed };
  }
  const { at, cause } = latest;
  const value = { kind: "missing", at, count: failures.length, state: "asked", cause } as const;
  if (card === null) return { card: nextSequence, ...appendMessage(conversation, value) };
  return { card, conversation, changes: [{ store: "messages", id: [peer, card], value }] };
}

export interface AskedCard {
  readonly card: number | null;
  /** As it is after the changes. */
  readonly conversation: ConversationRecord | null;
  readonly changes: readonly Change[];
}
