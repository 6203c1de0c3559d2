/** What a person does in conversations: starting one, writing a message, having read. */
import { toBase64url } from "../../relay/wire/bytes.ts";
import { isUsername } from "../../relay/wire/username.ts";
import { sameBytes, utf8 } from "../protocol/bytes.ts";
import type { IdentityKey } from "../protocol/keys.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import type { AccountState } from "./account-state.ts";
import { MAX_TEXT_BYTES, type SendOptions, type SendOutcome, type StartOutcome } from "./api.ts";
import type { BeginOutcome } from "./begin-session.ts";
import { CONTENT_ID_BYTES, encodeContent, textContent } from "./content.ts";
import { DAY_MS } from "./days.ts";
import { clearedDraft } from "./drafts.ts";
import { appendMessage, excerptOf, lastTimer, NEW_MESSAGE, newConversation, startedTimer } from "./messages.ts";
import { type Change, StorageError } from "./ports.ts";
import type { ConversationRecord, PeerRecord, QuoteRecord } from "./records.ts";
import { sealContents } from "./sealing.ts";
import { isDueForRenewal, sendingSession } from "./sessions.ts";

/** After so long a message that nobody has said to have read will not be read any more: mail and its recovery are over. */
const NOT_READ_BY_MS = 37 * DAY_MS;

/** A renewal that failed is tried again only after so long: each try uses up a one-time prekey of theirs. */
const RENEW_AGAIN_MS = DAY_MS;

/** Fetches someone's keys and opens a session, unless there is one. Nothing is kept of a bundle that is refused. */
export async function startConversation(state: AccountState, peer: string): Promise<StartOutcome> {
  if (!isUsername(peer)) return { kind: "username-invalid" };
  if (peer === state.account.username) return { kind: "oneself" };
  const isDecidedAnew = await forgetRefused(state, peer);
  const known = await state.store.read("peers", [peer]);
  const hasSession = known !== null && (known.change !== null || sendingSession(known) !== null);
  if (!hasSession || isDecidedAnew) {
    const refusal = startRefusal(await state.beginSession(peer));
    if (refusal !== null && !hasSession) return refusal;
  }
  await state.exclusive(async () => {
    const conversation = state.conversations.get(peer) ?? newConversation(peer, state.ports.clock.now());
    await state.commit(await acceptedChanges(state, conversation));
  });
  return { kind: "started" };
}

/**
 * Refuses no key of theirs any more: who starts the conversation once more may decide once more. Returns whether any
 * was.
 */
async function forgetRefused(state: AccountState, peer: string): Promise<boolean> {
  return await state.exclusive(async () => {
    state.refusedAt.delete(peer);
    const known = await state.store.read("peers", [peer]);
    if (known === null || known.refusedIdentityKeys.length === 0) return false;
    await state.commit([{ store: "peers", id: [peer], value: { ...known, refusedIdentityKeys: [] } }]);
    return true;
  });
}

/** Why a conversation cannot start; null when it can, if only to show that the other's identity has changed. */
function startRefusal(begun: BeginOutcome): StartOutcome | null {
  switch (begun.kind) {
    case "begun":
    case "identity-changed":
      return null;
    case "unreachable":
      return { kind: "offline" };
    case "limited":
      return { kind: "refused", code: "rate-limited" };
    case "refused":
      return begun.code === "unknown-user" ? { kind: "unknown-user" } : begun;
    case "bundle-refused":
      return begun;
  }
}

/** The changes by which the person takes part in a conversation: the other learns what was read, and what will be. */
export async function acceptedChanges(
  state: AccountState,
  conversation: ConversationRecord,
): Promise<readonly Change[]> {
  const { peer, accepted, firstUnseen } = conversation;
  const stored: Change = { store: "conversations", id: [peer], value: { ...conversation, accepted: true } };
  if (accepted) return state.conversations.has(peer) ? [] : [stored];
  return [stored, ...(await owedReads(state, peer, { from: 0, below: firstUnseen ?? conversation.nextSequence }))];
}

/**
 * Encrypts a message and puts it in the outbox, in one transaction; the caller then lets the outbox run. One that is there
 * under this id, 16 bytes and by default a new one, is left as it is. `answers` is the sequence of the message it answers.
 */
export async function sendText(
  state: AccountState,
  peer: string,
  text: string,
  { id = state.ports.randomBytes(CONTENT_ID_BYTES), answers = null }: SendOptions = {},
): Promise<SendOutcome> {
  if (text.trim() === "") return { kind: "empty" };
  if (utf8(text).length > MAX_TEXT_BYTES) return { kind: "too-long" };
  try {
    await renewIfDue(state, peer);
    return await state.exclusive(() => storeText(state, peer, { text, contentId: toBase64url(id), answers }));
  } catch (error) {
    if (error instanceof StorageError && (error.code === "unavailable" || error.code === "full")) {
      return { kind: "storage-unavailable" };
    }
    if (error instanceof ProtocolError && error.code === "content-too-long") return { kind: "too-long" };
    throw error;
  }
}

/** Begins anew where it is time to, once for all messages that are written meanwhile, which stay in order. */
async function renewIfDue(state: AccountState, peer: string): Promise<void> {
  const renewal = state.renewals.get(peer) ?? tryRenewal(state, peer).finally(() => state.renewals.delete(peer));
  state.renewals.set(peer, renewal);
  await renewal;
}

/** When it fails, the session that is there will do. */
async function tryRenewal(state: AccountState, peer: string): Promise<void> {
  const now = state.ports.clock.now();
  const current = sendingSession(await state.store.read("peers", [peer]));
  if (current === null || !isDueForRenewal(current, now)) return;
  if (now - (state.renewalsTriedAt.get(peer) ?? 0) < RENEW_AGAIN_MS) return;
  const begun = await state.beginSession(peer);
  // No answer cost nothing; the next message may try again.
  if (begun.kind !== "unreachable" && begun.kind !== "limited") state.renewalsTriedAt.set(peer, now);
}

async function storeText(
  state: AccountState,
  peer: string,
  written: { readonly text: string; readonly contentId: string; readonly answers: number | null },
): Promise<SendOutcome> {
  const { text, contentId, answers } = written;
  if ((await state.store.read("messageIndex", [peer, contentId])) !== null) return { kind: "queued" };
  const identity = state.identities.get(peer);
  if (identity?.isBlocked === true) return { kind: "blocked" };
  if (identity?.kind === "changed") return { kind: "identity-changed" };
  const at = state.ports.clock.now();
  const conversation = state.conversations.get(peer) ?? newConversation(peer, at);
  const reply = answers === null ? null : await quoteOf(state, peer, answers);
  const { seconds } = conversation.timer;
  const expiry = seconds === null ? null : { seconds, startedAt: null };
  const content = await textContent(state.account.username, peer, { contentId, text, at, reply, expiry });
  // Also when it cannot be encrypted yet: what does not fit must be said now.
  encodeContent(content);
  const sequence = conversation.nextSequence;
  const sealed = await sealContents(state, peer, [{ content, sequence, outboxNumber: null }]);
  const { changes } = appendMessage(
    { ...conversation, accepted: true, draft: "" },
    {
      ...NEW_MESSAGE,
      kind: "text",
      contentId,
      direction: "outgoing",
      text,
      at,
      status: "waiting",
      unsupported: false,
      source: null,
      identityKey: null,
      writtenAt: at,
      reply,
      expiry,
    },
  );
  const unsealed = (): Change => {
    return { store: "outbox", id: [state.takeOutboxNumber()], value: { kind: "unsealed", peer, sequence } };
  };
  // Should nobody ever say that it was read.
  const latestTimer = (): readonly Change[] => {
    if (seconds === null) return [];
    const expiresAt = at + NOT_READ_BY_MS + seconds * 1000;
    return [{ store: "timers", id: [peer, sequence], value: { peer, sequence, expiresAt } }];
  };
  const accepted = conversation.accepted ? [] : await acceptedChanges(state, conversation);
  const draft = await clearedDraft(state, peer);
  await state.commit([...accepted, ...(sealed ?? [unsealed()]), ...changes, ...draft, ...latestTimer()]);
  return { kind: "queued" };
}

/** What an answer quotes; null when the message is here no more, and then it answers nothing. */
async function quoteOf(state: AccountState, peer: string, sequence: number): Promise<QuoteRecord | null> {
  const message = await state.store.read("messages", [peer, sequence]);
  if (message?.kind !== "text" || message.marks?.deletedAt != null) return null;
  const { contentId, direction, text, expiry } = message;
  // What disappears must not stay in the answers to it.
  return { contentId, direction, excerpt: expiry === null ? excerptOf(text) : "" };
}

/**
 * The person has seen the conversation: nothing is unread, and "read" is owed for what came in, if the person takes
 * part in it. Returns whether any is.
 */
export async function markRead(state: AccountState, peer: string): Promise<boolean> {
  const conversation = state.conversations.get(peer);
  if (conversation === undefined || conversation.firstUnseen === null) return false;
  const { accepted, firstUnseen, nextSequence } = conversation;
  const range = { from: firstUnseen, below: nextSequence };
  const owed = accepted ? await owedReads(state, peer, range) : [];
  const timed = await startedTimers(state, peer, range);
  const [last] = lastTimer(conversation, timed);
  const value = { ...(last?.value ?? conversation), unread: 0, firstUnseen: null };
  await state.commit([{ store: "conversations", id: [peer], value }, ...owed, ...timed]);
  return owed.length > 0;
}

/** The changes by which the time runs after which incoming messages of a range disappear, now that they were seen. */
async function startedTimers(
  state: AccountState,
  peer: string,
  range: { readonly from: number; readonly below: number },
): Promise<readonly Change[]> {
  const now = state.ports.clock.now();
  const seen = await state.store.list("messages", { prefix: [peer], ...range });
  return seen.flatMap(({ value, number }) =>
    value.kind === "text" && value.direction === "incoming" && number !== null
      ? startedTimer(peer, number, value, now)
      : [],
  );
}

/** The changes by which "read" is owed for the incoming messages of a range, to the identity that each came from. */
async function owedReads(
  state: AccountState,
  peer: string,
  range: { readonly from: number; readonly below: number },
): Promise<readonly Change[]> {
  const known = await state.store.read("peers", [peer]);
  const owed: Change[] = [];
  for (const { value: message } of await state.store.list("messages", { prefix: [peer], ...range })) {
    if (message.kind !== "text" || message.direction !== "incoming") continue;
    const sender = known === null ? "pinned" : senderOf(known, message.identityKey);
    if (sender === "gone") continue;
    const { contentId } = message;
    const value = { peer, contentId, status: "read", underChange: sender === "waiting" } as const;
    owed.push({ store: "owedReceipts", id: [peer, contentId], value });
  }
  return owed;
}

/** Whether an identity is the pinned one, the one that waits for a decision, or neither any more. */
function senderOf({ identityKey, change }: PeerRecord, sender: IdentityKey | null): "pinned" | "waiting" | "gone" {
  if (sender === null || sameBytes(sender, identityKey)) return "pinned";
  return change !== null && sameBytes(sender, change.identityKey) ? "waiting" : "gone";
}
