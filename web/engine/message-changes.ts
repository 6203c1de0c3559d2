/**
 * Changing messages that are there already: reactions, edits and deletions, ours and theirs. A change and all that shows
 * the message elsewhere (the list of conversations, what is searched) is one transaction.
 */
import { utf8 } from "../protocol/bytes.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import type { AccountState } from "./account-state.ts";
import { type ChangeOutcome, MAX_TEXT_BYTES, type OwnChange } from "./api.ts";
import {
  changeContent,
  isEmoji,
  type MessageChange,
  readChange,
  readChangeOrNull,
  type TimerChange,
} from "./change-content.ts";
import type { OutgoingChange } from "./content.ts";
import { CHANGE_PATIENCE_MS, comesInTime, mayChange, withChange } from "./message-marks.ts";
import { appendMessage } from "./messages.ts";
import { lostChanges } from "./missing-messages.ts";
import { type Change, StorageError } from "./ports.ts";
import type { ChangeSender, ConversationRecord, EarlyChange, TextRecord } from "./records.ts";
import { sealContents } from "./sealing.ts";
import { BLOCK_SEQUENCES } from "./search-blocks.ts";
import { timerChanges } from "./timer-changes.ts";

/** So many changes are kept of a message that is not here yet; later ones take the place of the first. */
const MAX_EARLY_CHANGES = 20;

/**
 * The changes by which one that came from a peer at `at` is taken in; of a message that is not here it is kept for when it
 * is.
 */
export async function receiveChange(
  state: AccountState,
  conversation: ConversationRecord,
  { source, sender, at }: EarlyChange & { readonly at: number },
): Promise<readonly Change[]> {
  let change: MessageChange | TimerChange;
  try {
    change = readChange(source);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return await lostChanges(state, conversation, { count: 1, cause: "unreadable" });
  }
  if (change.kind === "timer") return sender.isPinned ? receivedTimer(conversation, change, at) : [];
  const { peer } = conversation;
  const id = [peer, change.target];
  const index = await state.store.read("messageIndex", id);
  if (index === null || index.sequence === null) {
    const early = [...(index?.early ?? []), { source, sender }].slice(-MAX_EARLY_CHANGES);
    return [{ store: "messageIndex", id, value: { sequence: null, contentId: change.target, early } }];
  }
  const { sequence } = index;
  const message = await state.store.read("messages", [peer, sequence]);
  if (message?.kind !== "text") return [];
  const changed = changedByThem(message, change, sender, at);
  return changed === null ? [] : await storedChange(state, conversation, { sequence, before: message, changed });
}

/** Of two settings the later one counts, whoever made it. */
function receivedTimer(conversation: ConversationRecord, change: TimerChange, at: number): readonly Change[] {
  if (change.at <= conversation.timer.setAt) return [];
  return timerChanges(conversation, { ...change, seconds: change.seconds || null, direction: "incoming", shownAt: at });
}

/** A message that has just come, as it is with the changes that came before it. */
export function withEarlyChanges(message: TextRecord, early: readonly EarlyChange[], now: number): TextRecord {
  return early.reduce((changed, { source, sender }) => {
    const change = readChangeOrNull(source);
    return (change && changedByThem(changed, change, sender, now)) ?? changed;
  }, message);
}

function changedByThem(
  message: TextRecord,
  change: MessageChange,
  sender: ChangeSender,
  now: number,
): TextRecord | null {
  return mayChange(message, change, sender) && comesInTime(message, change, now)
    ? withChange(message, change, "incoming")
    : null;
}

/** The person changes a message. What it becomes and the envelope that says so are stored in one transaction. */
export async function changeMessage(
  state: AccountState,
  peer: string,
  sequence: number,
  own: OwnChange,
): Promise<ChangeOutcome> {
  try {
    return await state.exclusive(() => storeOwnChange(state, peer, sequence, own));
  } catch (error) {
    if (error instanceof StorageError && (error.code === "unavailable" || error.code === "full")) {
      return { kind: "storage-unavailable" };
    }
    throw error;
  }
}

async function storeOwnChange(
  state: AccountState,
  peer: string,
  sequence: number,
  own: OwnChange,
): Promise<ChangeOutcome> {
  const message = await state.store.read("messages", [peer, sequence]);
  const conversation = state.conversations.get(peer);
  if (conversation === undefined || message?.kind !== "text") return { kind: "gone" };
  // Asked for once more, since the answer was lost.
  if (isDone(message, own)) return { kind: "done" };
  if (own.kind === "remove-here") {
    await state.commit(await removedHere(state, conversation, { sequence, message }));
    return { kind: "done" };
  }
  if (state.identities.get(peer)?.kind === "changed") return { kind: "identity-changed" };
  const change = ownChange(message, own, state.ports.clock.now());
  if ("outcome" in change) return { kind: change.outcome };
  const changed = withChange(message, change, "outgoing");
  if (changed === null) return { kind: "gone" };
  const content = await changeContent(state, peer, change);
  const stored = await storedChange(state, conversation, { sequence, before: message, changed });
  await state.commit([...stored, ...(await queued(state, peer, content))]);
  return { kind: "done" };
}

function isDone({ text, marks }: TextRecord, own: OwnChange): boolean {
  if (own.kind === "delete") return marks?.deletedAt != null;
  if (own.kind === "edit") return own.text === text;
  return own.kind === "reaction" && own.emoji === (marks?.reactions.ours?.emoji ?? null);
}

/** What goes out, or why nothing does. */
function ownChange(
  message: TextRecord,
  own: Exclude<OwnChange, { readonly kind: "remove-here" }>,
  now: number,
): MessageChange | { readonly outcome: Exclude<ChangeOutcome["kind"], "done"> } {
  const target = message.contentId;
  const { reactions = null, editedAt = null } = message.marks ?? {};
  if (own.kind === "reaction") {
    if (own.emoji !== null && !isEmoji(own.emoji)) return { outcome: "refused" };
    // Later than the one before, whatever this device's clock says by now.
    return { kind: "reaction", emoji: own.emoji ?? "", target, at: Math.max(now, (reactions?.ours?.at ?? 0) + 1) };
  }
  if (message.direction !== "outgoing") return { outcome: "refused" };
  const at = Math.max(now, (editedAt ?? message.writtenAt) + 1);
  if (at - message.writtenAt > CHANGE_PATIENCE_MS) return { outcome: "too-late" };
  if (own.kind === "delete") return { kind: "delete", target, at };
  if (own.text.trim() === "") return { outcome: "refused" };
  if (utf8(own.text).length > MAX_TEXT_BYTES) return { outcome: "too-long" };
  return { kind: "edit", target, at, text: own.text };
}

/** In the outbox, encrypted where there is a session. */
export async function queued(state: AccountState, peer: string, content: OutgoingChange): Promise<readonly Change[]> {
  const sealed = await sealContents(state, peer, [{ content, sequence: null, outboxNumber: null }]);
  if (sealed !== null) return sealed;
  const value = { kind: "unsealed-change", peer, sequence: null, content } as const;
  return [{ store: "outbox", id: [state.takeOutboxNumber()], value }];
}

interface ChangedMessage {
  readonly sequence: number;
  readonly before: TextRecord;
  readonly changed: TextRecord;
}

async function storedChange(
  state: AccountState,
  conversation: ConversationRecord,
  { sequence, before, changed }: ChangedMessage,
): Promise<readonly Change[]> {
  const { peer } = conversation;
  const stored: Change = { store: "messages", id: [peer, sequence], value: changed };
  if (changed.text === before.text) return [stored];
  const shown = await summaryChange(state, conversation, { sequence, changed });
  return [stored, ...shown, ...(await searchChange(state, peer, { sequence, text: changed.text }))];
}

/** The changes by which a message is here no more; the other keeps it. */
export async function removedHere(
  state: AccountState,
  conversation: ConversationRecord,
  { sequence, message }: { readonly sequence: number; readonly message: TextRecord },
): Promise<readonly Change[]> {
  const { peer } = conversation;
  return [
    { store: "messages", id: [peer, sequence], value: null },
    ...(await summaryChange(state, conversation, { sequence, changed: null })),
    ...(await searchChange(state, peer, { sequence, text: null })),
    ...(message.expiry === null ? [] : [{ store: "timers", id: [peer, sequence], value: null } as const]),
    // Its content id stays known: one that is sent again is no new message.
    { store: "messageIndex", id: [peer, message.contentId], value: { sequence } },
  ];
}

/** How far back the message is looked for that is the last one now. */
const LOOK_BACK = 200;

/** What the list of conversations says of the last message, where this is, or was, the last one. */
async function summaryChange(
  state: AccountState,
  conversation: ConversationRecord,
  { sequence, changed }: { readonly sequence: number; readonly changed: TextRecord | null },
): Promise<readonly Change[]> {
  const { peer, nextSequence } = conversation;
  const from = Math.max(0, nextSequence - LOOK_BACK);
  const listed = await state.store.list("messages", { prefix: [peer], from });
  const texts = listed.flatMap(({ value, number }) =>
    value.kind === "text" && number !== null ? [{ value, number }] : [],
  );
  const last = texts.at(-1)?.number ?? -1;
  if (last > sequence || sequence < from) return [];
  const message = changed ?? texts.at(-2)?.value ?? null;
  const emptied = {
    ...conversation,
    lastText: "",
    lastKind: "text",
    lastDirection: null,
    lastExpiresAt: null,
  } as const;
  // Only what it says of the last message: nothing has come.
  const { conversation: summed } = message === null ? { conversation: emptied } : appendMessage(conversation, message);
  const { lastText, lastKind, lastDirection, lastExpiresAt } = summed;
  const lastAt = message?.at ?? conversation.lastAt;
  const value = { ...conversation, lastText, lastKind, lastDirection, lastAt, lastExpiresAt };
  return [{ store: "conversations", id: [peer], value }];
}

/** The block of texts that holds a message, if it is made already, with its present text or without it. */
async function searchChange(
  state: AccountState,
  peer: string,
  { sequence, text }: { readonly sequence: number; readonly text: string | null },
): Promise<readonly Change[]> {
  const id = [peer, Math.floor(sequence / BLOCK_SEQUENCES)];
  const block = await state.store.read("searchBlocks", id);
  if (block === null) return [];
  const texts = block.texts.flatMap((searched) => {
    if (searched.sequence !== sequence) return [searched];
    return text === null ? [] : [{ ...searched, text }];
  });
  return [{ store: "searchBlocks", id, value: { texts } }];
}
