/**
 * The inbox: each envelope is opened, stored with the session that opened it, and only then acknowledged.
 *
 * An envelope that does not open changes nothing but that it is remembered as dealt with, so that it blocks nothing and
 * is not tried again. A repeat of one that was dealt with is acknowledged silently.
 */
import { toBase64url } from "../../relay/wire/bytes.ts";
import type { ReceivedEnvelope } from "../../relay/wire/mail.ts";
import { type Bytes, concat, lengthPrefixed, uint32, utf8 } from "../protocol/bytes.ts";
import { sha256 } from "../protocol/kdf.ts";
import { decodeMessage } from "../protocol/message-format.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { suiteV1 } from "../protocol/suite.ts";
import type { AccountState } from "./account-state.ts";
import type { ConversationNotice } from "./api.ts";
import { conversationId, decodeContent, type IncomingContent } from "./content.ts";
import { appendMessage, newConversation } from "./messages.ts";
import { openMessage, RefusedEnvelope } from "./open-message.ts";
import type { Change } from "./ports.ts";
import { applyReceipt } from "./receipts.ts";

/**
 * Opens one envelope and stores what came of it; resolves when the envelope may be acknowledged. Rejects with
 * StorageError when it could not be stored: then it must stay on the relay.
 */
export async function receiveEnvelope(state: AccountState, envelope: ReceivedEnvelope): Promise<void> {
  const digest = await digestOf(envelope);
  if ((await state.store.read("handledEnvelopes", [digest])) !== null) return;
  const at = state.ports.clock.now();
  try {
    const changes = await openEnvelope(state, envelope);
    const handled: Change = { store: "handledEnvelopes", id: [digest], value: { digest, at, failure: null } };
    await state.commit([handled, ...changes]);
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof RefusedEnvelope)) throw error;
    const handled: Change = { store: "handledEnvelopes", id: [digest], value: { digest, at, failure: error.code } };
    await state.commit([handled, ...(await noticeChanges(state, envelope, error))]);
  }
}

/**
 * Names an envelope by who it says it is from and what is in it. The sender is part of it: were it not, a relay could
 * show an envelope under a wrong name first and have the honest one taken for its repeat.
 */
async function digestOf({ from, fromDevice, body }: ReceivedEnvelope): Promise<string> {
  return toBase64url(await sha256(concat(lengthPrefixed(utf8(from)), uint32(fromDevice), body)));
}

/** The changes by which an envelope is taken in. Throws ProtocolError or RefusedEnvelope, having changed nothing. */
async function openEnvelope(state: AccountState, envelope: ReceivedEnvelope): Promise<readonly Change[]> {
  const { username, device } = state.account;
  if (envelope.toDevice !== device) throw new RefusedEnvelope("wrong-device");
  if (envelope.from === username) throw new RefusedEnvelope("from-oneself");
  const message = decodeMessage(envelope.body, suiteV1.version);
  const opened = await openMessage(state, { username: envelope.from, device: envelope.fromDevice }, message);
  const content = await readContent(state, envelope.from, opened.plaintext);
  return [...opened.changes, ...(await contentChanges(state, envelope, content))];
}

/** The content, or "malformed" when an authentic message holds none: the session has advanced all the same. */
async function readContent(
  state: AccountState,
  peer: string,
  plaintext: Bytes,
): Promise<IncomingContent | "malformed"> {
  try {
    return decodeContent(plaintext, await conversationId(state.account.username, peer));
  } catch (error) {
    if (error instanceof ProtocolError) return "malformed";
    throw error;
  }
}

async function contentChanges(
  state: AccountState,
  { from: peer }: ReceivedEnvelope,
  content: IncomingContent | "malformed",
): Promise<readonly Change[]> {
  const now = state.ports.clock.now();
  const conversation = state.conversations.get(peer) ?? newConversation(peer, now);
  if (content === "malformed") {
    return appendMessage(conversation, { kind: "notice", notice: "unopened-envelope", at: now }).changes;
  }
  if (content.kind === "receipt") return await applyReceipt(state, peer, content);
  const { id: contentId, source } = content;
  if ((await state.store.read("messageIndex", [peer, contentId])) !== null) return [];
  const { changes } = appendMessage(conversation, {
    kind: "text",
    contentId,
    direction: "incoming",
    text: content.kind === "text" ? content.text : content.fallback,
    at: now,
    status: null,
    unsupported: content.kind === "unsupported",
    source,
  });
  return [
    ...changes,
    { store: "owedReceipts", id: [peer, contentId], value: { peer, contentId, status: "delivered" } },
  ];
}

/**
 * Says in the conversation that something under this name could not be opened; one notice stands for several in a row.
 * Nothing is shown for someone there is no conversation with: the relay could make up any name.
 */
async function noticeChanges(
  state: AccountState,
  { from: peer }: ReceivedEnvelope,
  error: ProtocolError | RefusedEnvelope,
): Promise<readonly Change[]> {
  const conversation = state.conversations.get(peer);
  if (conversation === undefined || error.code === "handshake-replayed" || error.code === "message-key-gone") return [];
  const notice: ConversationNotice = error.code === "identity-mismatch" ? "identity-mismatch" : "unopened-envelope";
  const last = await state.store.read("messages", [peer, conversation.nextSequence - 1]);
  if (last?.kind === "notice" && last.notice === notice) return [];
  return appendMessage(conversation, { kind: "notice", notice, at: state.ports.clock.now() }).changes;
}
