/**
 * Receipts: "delivered" when a message is stored, "read" when the person has seen it. They travel inside the session
 * like any content, are batched, are never receipted, and count only for messages sent to the one they come from.
 */
import type { AccountState } from "./account-state.ts";
import { conversationId, MAX_RECEIPT_IDS, newContentId } from "./content.ts";
import { lastTimer, raiseStatus, startedTimer } from "./messages.ts";
import type { Change } from "./ports.ts";
import type { OwedReceiptRecord } from "./records.ts";
import { sealContents } from "./sealing.ts";

/** Turns owed receipts into envelopes in the outbox, one per peer and batch. Returns whether there were any. */
export async function queueOwedReceipts(state: AccountState): Promise<boolean> {
  const owed = (await state.store.list("owedReceipts")).map(({ value }) => value);
  let queued = false;
  for (const peer of new Set(owed.map((receipt) => receipt.peer))) {
    // While the person has not decided about another identity, nothing is sent: they stay owed.
    const identity = state.identities.get(peer);
    if (identity?.kind === "changed" || identity?.isBlocked === true) continue;
    const ofPeer = owed.filter((receipt) => receipt.peer === peer);
    for (let start = 0; start < ofPeer.length; start += MAX_RECEIPT_IDS) {
      if (await queueBatch(state, peer, ofPeer.slice(start, start + MAX_RECEIPT_IDS))) queued = true;
    }
  }
  return queued;
}

async function queueBatch(state: AccountState, peer: string, owed: readonly OwedReceiptRecord[]): Promise<boolean> {
  const quiet = !state.account.settings.readReceipts;
  const isSaid = ({ status }: OwedReceiptRecord) => (quiet ? "delivered" : status);
  const idsOf = (status: OwedReceiptRecord["status"]) =>
    owed.filter((receipt) => isSaid(receipt) === status).map(({ contentId }) => contentId);
  const content = {
    kind: "receipt",
    conversation: await conversationId(state.account.username, peer),
    id: newContentId(state.ports.randomBytes),
    delivered: idsOf("delivered"),
    read: idsOf("read"),
    quiet,
    typing: null,
  } as const;
  const sealed = await sealContents(state, peer, [{ content, sequence: null, outboxNumber: null }]);
  // Without a session there is no way to send them now.
  if (sealed === null) return false;
  const settled: Change[] = owed.map(({ contentId }) => ({
    store: "owedReceipts",
    id: [peer, contentId],
    value: null,
  }));
  await state.commit([...sealed, ...settled]);
  return true;
}

/**
 * The changes by which a receipt from `peer` raises the status of our messages to that peer, and starts the time after
 * which they disappear: once they are read, or delivered where nothing will be said of their reading.
 */
export async function applyReceipt(
  state: AccountState,
  peer: string,
  receipt: { readonly delivered: readonly string[]; readonly read: readonly string[]; readonly quiet: boolean },
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  const now = state.ports.clock.now();
  const read = new Set(receipt.read);
  for (const contentId of new Set([...receipt.delivered, ...receipt.read])) {
    const index = await state.store.read("messageIndex", [peer, contentId]);
    if (index === null || index.sequence === null) continue;
    const { sequence } = index;
    const message = await state.store.read("messages", [peer, sequence]);
    if (message?.kind !== "text" || message.direction !== "outgoing") continue;
    const isRead = read.has(contentId);
    const raised = raiseStatus(message, isRead ? "read" : "delivered", now);
    const timed = isRead || receipt.quiet ? startedTimer(peer, sequence, raised ?? message, now) : [];
    if (timed.length > 0) changes.push(...timed);
    else if (raised !== null) changes.push({ store: "messages", id: [peer, sequence], value: raised });
  }
  return [...changes, ...lastTimer(state.conversations.get(peer), changes)];
}

/** The changes by which nothing is owed any more for what came under an identity that was not accepted. */
export async function droppedReceipts(state: AccountState, peer: string): Promise<readonly Change[]> {
  const owed = await state.store.list("owedReceipts", { prefix: [peer] });
  return owed
    .filter(({ value }) => value.underChange)
    .map(({ value }) => ({ store: "owedReceipts", id: [peer, value.contentId], value: null }));
}
