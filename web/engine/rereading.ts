/**
 * Reading anew what an earlier version of the app kept and could not read: kinds of content that it did not know, and
 * fields of texts. Once after an update, some messages at a time, so that nothing else waits for long.
 */
import { sameBytes } from "../protocol/bytes.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import type { AccountState } from "./account-state.ts";
import { CONTENT_VERSION, conversationId, type IncomingContent, readContent } from "./content.ts";
import { receiveChange, removedHere } from "./message-changes.ts";
import { quoteRecord, startedTimer } from "./messages.ts";
import type { Change } from "./ports.ts";
import type { TextRecord } from "./records.ts";

/** How many sequences are looked at in one exclusive task. */
const SEQUENCES_AT_ONCE = 200;

/** Reads all messages anew where an earlier version was the last to read them, in their order. */
export async function rereadContents(state: AccountState): Promise<void> {
  if (state.account.contentVersion >= CONTENT_VERSION) return;
  for (const { peer, nextSequence } of [...state.conversations.values()]) {
    const conversation = await conversationId(state.account.username, peer);
    for (let from = 0; from < nextSequence; from += SEQUENCES_AT_ONCE) {
      await state.exclusive(() => rereadSome(state, { peer, conversation, from }));
    }
  }
  await state.exclusive(() =>
    state.commit([{ store: "account", id: [], value: { ...state.account, contentVersion: CONTENT_VERSION } }]),
  );
}

async function rereadSome(
  state: AccountState,
  { peer, conversation, from }: { readonly peer: string; readonly conversation: string; readonly from: number },
): Promise<void> {
  const range = { prefix: [peer], from, below: from + SEQUENCES_AT_ONCE };
  for (const { value, number } of await state.store.list("messages", range)) {
    if (
      number === null ||
      value.kind !== "text" ||
      value.source === null ||
      value.marks !== null ||
      value.expiry !== null
    )
      continue;
    const content = contentOf(value.source, conversation);
    if (content !== null)
      await state.commit(await rereadChanges(state, peer, { sequence: number, message: value, content }));
  }
}

function contentOf(source: string, conversation: string): IncomingContent | null {
  try {
    return readContent(source, conversation);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

interface Reread {
  readonly sequence: number;
  readonly message: TextRecord;
  readonly content: IncomingContent;
}

async function rereadChanges(state: AccountState, peer: string, reread: Reread): Promise<readonly Change[]> {
  const { sequence, message, content } = reread;
  const conversation = state.conversations.get(peer);
  if (conversation === undefined) return [];
  if (content.kind === "text") {
    const { reply, sentAt, text, expiresIn } = content;
    const writtenAt = sentAt ?? message.writtenAt;
    const expiry = expiresIn === null ? null : { seconds: expiresIn, startedAt: null };
    const value = { ...message, text, unsupported: false, writtenAt, reply: reply && quoteRecord(reply), expiry };
    const isSeen = sequence < (conversation.firstUnseen ?? conversation.nextSequence);
    const timed = isSeen ? startedTimer(peer, sequence, value, state.ports.clock.now()) : [];
    return timed.length > 0 ? timed : [{ store: "messages", id: [peer, sequence], value }];
  }
  if (content.kind !== "change") return [];
  const { source, at } = message;
  const known = await state.store.read("peers", [peer]);
  if (source !== null && known !== null) {
    const identityKey = message.identityKey ?? known.identityKey;
    const sender = { identityKey, isPinned: sameBytes(identityKey, known.identityKey) };
    await state.commit(await receiveChange(state, conversation, { source, sender, at }));
  }
  // It stood among the messages; from now on it is seen in the one that it changes. Were this not to happen, both would be
  // done again, and the change twice is the change once.
  return await removedHere(state, state.conversations.get(peer) ?? conversation, { sequence, message });
}
