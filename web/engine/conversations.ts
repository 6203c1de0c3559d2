/** What a person does in conversations: starting one, writing a message, having read. */
import { toBase64url } from "../../relay/wire/bytes.ts";
import { ENVELOPE_ID_BYTES } from "../../relay/wire/mail.ts";
import { type Manifest, parseManifest } from "../../relay/wire/manifest.ts";
import { isUsername } from "../../relay/wire/username.ts";
import { sameBytes, utf8 } from "../protocol/bytes.ts";
import { type VerifiedPrekeyBundle, verifyPrekeyBundle } from "../protocol/prekey-bundle.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { beginSession, encryptMessage } from "../protocol/session.ts";
import { suiteV1 } from "../protocol/suite.ts";
import { DEVICE, dayOf, ourParty } from "./account.ts";
import type { AccountState } from "./account-state.ts";
import { MAX_TEXT_BYTES, type SendOutcome, type StartOutcome } from "./api.ts";
import { CONTENT_ID_BYTES, conversationId, encodeContent, type OutgoingContent } from "./content.ts";
import { appendMessage, newConversation } from "./messages.ts";
import { type Change, StorageError } from "./ports.ts";
import type { OutboxRecord, PeerRecord } from "./records.ts";
import { nextGeneration, sendingSession, UNANSWERED_SESSION_LIFETIME_MS, withSession } from "./sessions.ts";

/** Hands out the outbox's numbers, which keep the order of sending. */
export type TakeOutboxNumber = () => number;

/** Fetches someone's keys and opens a session, unless there is one. Nothing is kept of a bundle that is refused. */
export async function startConversation(state: AccountState, peer: string): Promise<StartOutcome> {
  if (!isUsername(peer)) return { kind: "username-invalid" };
  if (peer === state.account.username) return { kind: "oneself" };
  const known = await state.store.read("peers", [peer]);
  if (known === null || sendingSession(known) === null) {
    const outcome = await openSession(state, peer);
    if (outcome.kind !== "started") return outcome;
  }
  await state.exclusive(async () => {
    if (state.conversations.has(peer)) return;
    const value = newConversation(peer, state.ports.clock.now());
    await state.commit([{ store: "conversations", id: [peer], value }]);
  });
  return { kind: "started" };
}

/** Fetches a bundle, checks it and stores a session begun with it (X3DH §3.3). */
async function openSession(state: AccountState, peer: string): Promise<StartOutcome> {
  const answer = await state.relay.getKeys(peer);
  if (answer.kind === "unreachable") return { kind: "offline" };
  if (answer.kind === "refused") {
    return answer.code === "unknown-user" ? { kind: "unknown-user" } : { kind: "refused", code: answer.code };
  }
  const device = answer.value.devices
    .map(({ manifest, ...rest }) => ({ manifest: parseManifest(manifest), ...rest }))
    .find(({ manifest }) => manifest?.device === DEVICE);
  const manifest = device?.manifest ?? null;
  if (device === undefined || manifest === null) return { kind: "bundle-refused", code: "bundle-mismatch" };
  try {
    const bundle = verifyPrekeyBundle({
      bundle: { manifest, signature: device.signature, oneTimePrekey: device.oneTimePrekey },
      username: peer,
      device: DEVICE,
      version: suiteV1.version,
      ourIdentityKey: state.account.identity.publicKey,
      today: dayOf(state.ports.clock.now()),
    });
    return await state.exclusive(() => storeNewSession(state, manifest, bundle));
  } catch (error) {
    if (error instanceof ProtocolError) return { kind: "bundle-refused", code: error.code };
    throw error;
  }
}

async function storeNewSession(
  state: AccountState,
  manifest: Manifest,
  bundle: VerifiedPrekeyBundle,
): Promise<StartOutcome> {
  const { clock, randomBytes, observeHandshake } = state.ports;
  const now = clock.now();
  const known = await state.store.read("peers", [bundle.username]);
  if (known !== null && !sameBytes(known.identityKey, bundle.identityKey)) {
    return { kind: "bundle-refused", code: "identity-mismatch" };
  }
  if (known !== null && manifest.sequence < known.manifestSequence) {
    return { kind: "bundle-refused", code: "manifest-outdated" };
  }
  const sessions = known?.sessions ?? [];
  const { session, handshake } = await beginSession({
    suite: suiteV1,
    us: ourParty(state.account),
    bundle,
    generation: nextGeneration(sessions, now),
    randomBytes,
  });
  observeHandshake?.("initiator", handshake);
  const value: PeerRecord = {
    peer: bundle.username,
    device: bundle.device,
    identityKey: bundle.identityKey,
    manifestSequence: manifest.sequence,
    sessions: withSession(sessions, { session, createdAt: now, lastUsedAt: now }),
  };
  await state.commit([{ store: "peers", id: [bundle.username], value }]);
  return { kind: "started" };
}

/** Encrypts a message and puts it in the outbox, in one transaction; the caller then lets the outbox run. */
export async function sendText(
  state: AccountState,
  takeNumber: TakeOutboxNumber,
  peer: string,
  text: string,
): Promise<SendOutcome> {
  if (text.trim() === "") return { kind: "empty" };
  if (utf8(text).length > MAX_TEXT_BYTES) return { kind: "too-long" };
  try {
    await renewUnanswered(state, peer);
    return await state.exclusive(() => storeText(state, takeNumber, peer, text));
  } catch (error) {
    if (error instanceof StorageError && error.code === "unavailable") return { kind: "storage-unavailable" };
    if (error instanceof ProtocolError && error.code === "content-too-long") return { kind: "too-long" };
    throw error;
  }
}

/** Begins anew with someone who has not answered for a week; when that fails, the session that is there will do. */
async function renewUnanswered(state: AccountState, peer: string): Promise<void> {
  const known = await state.store.read("peers", [peer]);
  const current = known === null ? null : sendingSession(known);
  if (current?.session.phase !== "awaiting-first-reply") return;
  const age = state.ports.clock.now() - current.createdAt;
  if (age > UNANSWERED_SESSION_LIFETIME_MS) await openSession(state, peer);
}

async function storeText(
  state: AccountState,
  takeNumber: TakeOutboxNumber,
  peer: string,
  text: string,
): Promise<SendOutcome> {
  const { clock, randomBytes } = state.ports;
  const now = clock.now();
  const conversation = state.conversations.get(peer) ?? newConversation(peer, now);
  const content: OutgoingContent = {
    kind: "text",
    conversation: await conversationId(state.account.username, peer),
    id: toBase64url(randomBytes(CONTENT_ID_BYTES)),
    text,
    sentAt: now,
  };
  const sealed = await sealContent(state, peer, content, conversation.nextSequence);
  if (sealed === null) return { kind: "no-session" };
  const { changes } = appendMessage(conversation, {
    kind: "text",
    contentId: content.id,
    direction: "outgoing",
    text,
    at: now,
    status: "waiting",
    unsupported: false,
    source: null,
  });
  const queued: Change = { store: "outbox", id: [takeNumber()], value: sealed.envelope };
  await state.commit([sealed.change, queued, ...changes]);
  return { kind: "queued" };
}

/**
 * Encrypts content to a peer: the change that stores the advanced session, and the envelope for the outbox, which must
 * be committed together. null when there is no session with this peer.
 */
export async function sealContent(
  state: AccountState,
  peer: string,
  content: OutgoingContent,
  sequence: number | null,
): Promise<{ readonly change: Change; readonly envelope: OutboxRecord } | null> {
  const { clock, randomBytes } = state.ports;
  const known = await state.store.read("peers", [peer]);
  const current = known === null ? null : sendingSession(known);
  if (known === null || current === null) return null;
  const plaintext = encodeContent(content);
  const { session, message } = await encryptMessage({
    suite: suiteV1,
    session: current.session,
    plaintext,
    randomBytes,
  });
  const sessions = withSession(known.sessions, { ...current, session, lastUsedAt: clock.now() });
  return {
    change: { store: "peers", id: [peer], value: { ...known, sessions } },
    envelope: { peer, toDevice: known.device, envelopeId: randomBytes(ENVELOPE_ID_BYTES), body: message, sequence },
  };
}

/** The person has seen the conversation: nothing is unread, and "read" is owed for what came in. Returns whether any did. */
export async function markRead(state: AccountState, peer: string): Promise<boolean> {
  const conversation = state.conversations.get(peer);
  if (conversation === undefined || conversation.firstUnseen === null) return false;
  const unseen = await state.store.list("messages", { prefix: [peer], from: conversation.firstUnseen });
  const owed: Change[] = [];
  for (const { value: message } of unseen) {
    if (message.kind !== "text" || message.direction !== "incoming") continue;
    const { contentId } = message;
    owed.push({ store: "owedReceipts", id: [peer, contentId], value: { peer, contentId, status: "read" } });
  }
  const value = { ...conversation, unread: 0, firstUnseen: null };
  await state.commit([{ store: "conversations", id: [peer], value }, ...owed]);
  return true;
}
