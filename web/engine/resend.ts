/**
 * Sending again what the other could not open. It goes out in a new envelope, never as the old ciphertext, only to the
 * identity it was first encrypted to, and a few times at most.
 */
import { sameBytes } from "../protocol/bytes.ts";
import type { AccountState } from "./account-state.ts";
import { textContent } from "./content.ts";
import type { Change } from "./ports.ts";
import type { AskedEnvelope, OwedReceiptRecord, PeerRecord, SentEnvelopeRecord } from "./records.ts";
import type { ContentToSeal } from "./sealing.ts";

/** How often one content is sent again. */
export const MAX_RESENDS_PER_CONTENT = 3;

export interface ResendAnswer {
  readonly resent: string[];
  readonly refused: string[];
  readonly contents: ContentToSeal[];
  /** Receipts that are owed once more, by content id. */
  readonly owed: Map<string, OwedReceiptRecord["status"]>;
  readonly changes: Change[];
}

/** What can be sent again of the envelopes they asked for. */
export async function resend(
  state: AccountState,
  known: PeerRecord,
  asked: readonly AskedEnvelope[],
): Promise<ResendAnswer> {
  const answer: ResendAnswer = { resent: [], refused: [], contents: [], owed: new Map(), changes: [] };
  const taken = new Set<string>();
  for (const { digest, envelopeId } of asked) {
    const sent = await findSent(state, { digest, envelopeId });
    const isTheirs = sent !== null && sent.peer === known.peer && sameBytes(sent.identityKey, known.identityKey);
    const isResent = isTheirs && (await addResend(state, { sent, taken, answer }));
    (isResent ? answer.resent : answer.refused).push(digest);
  }
  const { peer } = known;
  for (const [contentId, status] of answer.owed) {
    if ((await state.store.read("owedReceipts", [peer, contentId])) !== null) continue;
    const value = { peer, contentId, status, underChange: false };
    answer.changes.push({ store: "owedReceipts", id: [peer, contentId], value });
  }
  return answer;
}

/** By what arrived there, or by our id when that was altered. Both are only names: what is sent again is ours. */
async function findSent(
  state: AccountState,
  { digest, envelopeId }: AskedEnvelope,
): Promise<SentEnvelopeRecord | null> {
  const sent = await state.store.read("sentEnvelopes", [digest]);
  if (sent !== null || envelopeId === null) return sent;
  const named = await state.store.read("sentEnvelopeIds", [envelopeId]);
  return named === null ? null : await state.store.read("sentEnvelopes", [named.digest]);
}

async function addResend(
  state: AccountState,
  resend: { readonly sent: SentEnvelopeRecord; readonly taken: Set<string>; readonly answer: ResendAnswer },
): Promise<boolean> {
  const { sent, taken, answer } = resend;
  const { peer, content } = sent;
  switch (content.kind) {
    case "recovery":
      return true;
    case "receipt":
      for (const contentId of content.delivered) {
        if (!answer.owed.has(contentId)) answer.owed.set(contentId, "delivered");
      }
      for (const contentId of content.read) answer.owed.set(contentId, "read");
      return true;
    case "change":
      if (taken.has(content.content.id)) return true;
      if (content.resends >= MAX_RESENDS_PER_CONTENT) return false;
      taken.add(content.content.id);
      answer.contents.push({
        content: content.content,
        sequence: null,
        outboxNumber: null,
        resends: content.resends + 1,
      });
      return true;
    case "message": {
      if (taken.has(content.contentId)) return true;
      const again = await messageAgain(state, peer, content.contentId);
      if (typeof again === "string") return again === "arrived";
      taken.add(content.contentId);
      answer.contents.push(again.toSeal);
      answer.changes.push(again.change);
      return true;
    }
  }
}

/**
 * A message of ours as it goes out once more. "gone" when it is deleted, or went out again often enough and nothing is
 * known to have come of it; "arrived" when their device has said that it has it.
 */
async function messageAgain(
  state: AccountState,
  peer: string,
  contentId: string,
): Promise<{ readonly toSeal: ContentToSeal; readonly change: Change } | "gone" | "arrived"> {
  const index = await state.store.read("messageIndex", [peer, contentId]);
  if (index === null || index.sequence === null) return "gone";
  const { sequence } = index;
  const message = await state.store.read("messages", [peer, sequence]);
  if (message?.kind !== "text" || message.direction !== "outgoing") return "gone";
  // There is nothing to miss: that it was deleted is said by a message of its own.
  if (message.marks?.deletedAt != null) return "arrived";
  if (message.resends >= MAX_RESENDS_PER_CONTENT) {
    return message.status === "delivered" || message.status === "read" ? "arrived" : "gone";
  }
  const content = await textContent(state.account.username, peer, message);
  return {
    toSeal: { content, sequence, outboxNumber: null },
    change: { store: "messages", id: [peer, sequence], value: { ...message, resends: message.resends + 1 } },
  };
}
