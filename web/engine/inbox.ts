/**
 * The inbox: each envelope is opened, stored with the session that opened it, and only then acknowledged. Those that
 * come together are stored in one transaction.
 *
 * An envelope that does not open changes no session and no prekey. It is remembered as dealt with, so that it blocks
 * nothing and is not tried again, and the recovery (recovery.ts) takes over. A repeat of one that was dealt with is
 * acknowledged silently. What is seldom needed for it comes late; where it cannot be had, mail stays on the relay.
 */
import { toBase64url } from "../../relay/wire/bytes.ts";
import type { ReceivedEnvelope } from "../../relay/wire/mail.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { decodeMessage } from "../protocol/message-format.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { suiteV1, suiteV2 } from "../protocol/suite.ts";
import type { AccountState } from "./account-state.ts";
import { conversationId, decodeContent, type IncomingContent } from "./content.ts";
import { envelopeDigest } from "./envelope-digest.ts";
import { loadLate } from "./left-out.ts";
import { appendMessage, NEW_MESSAGE, newConversation, quoteRecord } from "./messages.ts";
import { type OpenedMessage, openMessage } from "./open-message.ts";
import { storedPeer } from "./peers.ts";
import type { Change } from "./ports.ts";
import { applyReceipt, droppedReceipts } from "./receipts.ts";
import type { ConversationRecord, TextRecord } from "./records.ts";
import { missingCauseOf, RefusedEnvelope } from "./refused-envelope.ts";
import { noteSign } from "./signs-of-life.ts";
import { stageState } from "./staged-state.ts";

/**
 * Opens envelopes in their order and stores what came of them; resolves when they may be acknowledged. One that does not
 * open leaves the others alone. Rejects with StorageError when they could not be stored, with KemUnavailableError and
 * with PartMissingError: then they must stay on the relay.
 */
export async function receiveEnvelopes(state: AccountState, envelopes: readonly ReceivedEnvelope[]): Promise<void> {
  const digests = await Promise.all(envelopes.map(envelopeDigest));
  const staged = stageState(state);
  for (const digest of digests) staged.prefetch("handledEnvelopes", [digest]);
  try {
    for (const [index, envelope] of envelopes.entries()) {
      await receiveEnvelope(staged.state, envelope, digests[index] ?? (await envelopeDigest(envelope)));
    }
  } finally {
    // Also when one could not be dealt with: those before it need not be opened again.
    await staged.flush();
  }
}

async function receiveEnvelope(state: AccountState, envelope: ReceivedEnvelope, digest: string): Promise<void> {
  if ((await state.store.read("handledEnvelopes", [digest])) !== null) return;
  const at = state.ports.clock.now();
  try {
    const changes = await openEnvelope(state, envelope);
    const handled: Change = { store: "handledEnvelopes", id: [digest], value: { digest, at, failure: null } };
    await state.commit([handled, ...changes]);
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof RefusedEnvelope)) throw error;
    const handled: Change = { store: "handledEnvelopes", id: [digest], value: { digest, at, failure: error.code } };
    const isBlocked = state.identities.get(envelope.from)?.isBlocked === true;
    const cause = isBlocked ? null : missingCauseOf(error.code);
    const failed =
      cause === null
        ? []
        : await (await loadLate()).failureChanges(state, envelope.from, {
            digest,
            envelopeId: toBase64url(envelope.id),
            cause,
          });
    await state.commit([handled, ...failed]);
  }
}

/** The changes by which an envelope is taken in. Throws ProtocolError or RefusedEnvelope, having changed nothing. */
async function openEnvelope(state: AccountState, envelope: ReceivedEnvelope): Promise<readonly Change[]> {
  const { username, device } = state.account;
  if (envelope.toDevice !== device) throw new RefusedEnvelope("wrong-device");
  if (envelope.from === username) throw new RefusedEnvelope("from-oneself");
  const message = decodeMessage(envelope.body, suiteV1.version, suiteV2.version);
  const opened = await openMessage(state, { username: envelope.from, device: envelope.fromDevice }, message);
  const content = await readContent(state, envelope.from, opened.plaintext);
  const now = state.ports.clock.now();
  const isMessage = content !== "malformed" && (content.kind === "text" || content.kind === "unsupported");
  const stored = storedPeer({
    peer: opened.peer,
    // A first message begins the conversation, in which that of a key that changed before it is said above it.
    conversation:
      state.conversations.get(envelope.from) ??
      (isMessage && !opened.peer.blocked ? newConversation(envelope.from, now) : null),
    isNew: opened.identity === "new",
    now,
  });
  // What a blocked person sends has moved the session on, and goes no further.
  if (opened.peer.blocked) return [...opened.changes, ...stored.changes];
  const dropped = opened.identity === "replacing" ? await droppedReceipts(state, envelope.from) : [];
  const taken = await contentChanges(state, { opened, content, conversation: stored.conversation });
  return [...opened.changes, ...stored.changes, ...dropped, ...taken];
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

interface Received {
  readonly opened: OpenedMessage;
  readonly content: IncomingContent | "malformed";
  /** null when there is none with this peer yet. */
  readonly conversation: ConversationRecord | null;
}

async function contentChanges(state: AccountState, received: Received): Promise<readonly Change[]> {
  const { opened, content } = received;
  const { peer } = opened.peer;
  const conversation = received.conversation ?? newConversation(peer, state.ports.clock.now());
  if (content === "malformed") {
    const { lostChanges } = await loadLate();
    return await lostChanges(state, conversation, { count: 1, cause: "unreadable" });
  }
  const isPinned = opened.identity === "pinned";
  if (isPinned) noteSign(state, peer, content.kind === "receipt" ? content.typing : null);
  switch (content.kind) {
    case "text":
    case "unsupported":
      return await messageChanges(state, { opened, content, conversation });
    case "change": {
      const { receiveChange } = await loadLate();
      const sender = { identityKey: opened.identityKey, isPinned };
      return await receiveChange(state, conversation, { source: content.source, sender, at: state.ports.clock.now() });
    }
    case "receipt":
      return isPinned ? await applyReceipt(state, peer, content) : [];
    case "resend-request":
      return isPinned ? await (await loadLate()).requestChanges(state, peer, { ...content, ...opened }) : [];
    case "resend-answer":
      return isPinned ? await (await loadLate()).answerChanges(state, peer, content) : [];
  }
}

async function messageChanges(
  state: AccountState,
  received: {
    readonly opened: OpenedMessage;
    readonly content: Extract<IncomingContent, { kind: "text" | "unsupported" }>;
    readonly conversation: ConversationRecord;
  },
): Promise<readonly Change[]> {
  const { opened, content, conversation } = received;
  const { peer } = opened.peer;
  const { id: contentId, source } = content;
  const index = await state.store.read("messageIndex", [peer, contentId]);
  if (index !== null && index.sequence !== null) return [];
  const at = state.ports.clock.now();
  const { transcriptHash, version } = opened;
  const message: TextRecord = {
    ...NEW_MESSAGE,
    kind: "text",
    contentId,
    direction: "incoming",
    text: content.kind === "text" ? content.text : content.fallback,
    at,
    status: null,
    unsupported: content.kind === "unsupported",
    source,
    identityKey: opened.identityKey,
    writtenAt: (content.kind === "text" ? content.sentAt : null) ?? at,
    reply: content.kind === "text" && content.reply !== null ? quoteRecord(content.reply) : null,
    session: { version, transcriptHash },
    expiry: expiryOf(content),
  };
  const { changes } = appendMessage(
    conversation,
    index === null ? message : (await loadLate()).withEarlyChanges(message, index.early, at),
  );
  const owed = { peer, contentId, status: "delivered", underChange: opened.identity !== "pinned" } as const;
  return [...changes, { store: "owedReceipts", id: [peer, contentId], value: owed }];
}

function expiryOf(content: Extract<IncomingContent, { readonly kind: "text" | "unsupported" }>) {
  if (content.kind !== "text" || content.expiresIn === null) return null;
  return { seconds: content.expiresIn, startedAt: null };
}
