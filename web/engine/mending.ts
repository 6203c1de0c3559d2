/**
 * What is made anew of damaged records when an account opens, before anything is written: a conversation of its
 * messages, what waits to be sent of the messages that wait, and whom a name was pinned to of whom was last written to, or
 * whom its messages came from. Sessions cannot be made anew: they begin again as after any loss (recovery.ts), under fresh
 * keys. Gone are the verified state, the keys that were decided against, the highest manifest that was seen, and receipts
 * that were on their way out.
 */
import { sameBytes } from "../protocol/bytes.ts";
import type { IdentityKey } from "../protocol/keys.ts";
import type { AccountState } from "./account-state.ts";
import { appendMessage, newConversation } from "./messages.ts";
import { newPeer } from "./peers.ts";
import { type AccountStore, type Change, type SalvagedRecord, StorageError } from "./ports.ts";
import type { ConversationRecord, MessageRecord } from "./records.ts";

type SalvagedMessages = readonly SalvagedRecord<"messages">[];

/** Commits what can be made anew. Rejects with StorageError, "damaged" where nothing tells whose a conversation is. */
export async function mendRecords(state: AccountState): Promise<void> {
  const { store } = state;
  for (const peer of await knownNames(store)) await mendPerson(state, peer);
  await mendOutbox(state);
  const isWhole = (await store.salvage("conversations")).every(({ value }) => value !== null);
  if (!isWhole) throw new StorageError("damaged", "nothing names a damaged record of conversations");
  // Everybody one talks with is known again: what is left was of people with whom there is no conversation.
  await store.dropDamaged("peers");
}

/** Everybody whom any record names: that of a conversation or a person hides its name when it is damaged. */
async function knownNames(store: AccountStore): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const name of ["conversations", "peers", "outbox"] as const) {
    for (const { value } of await store.salvage(name)) if (value !== null) names.add(value.peer);
  }
  for (const name of ["sentEnvelopes", "recoveries", "owedReceipts"] as const) {
    for (const { value } of await store.list(name)) names.add(value.peer);
  }
  return names;
}

async function mendPerson(state: AccountState, peer: string): Promise<void> {
  const { store } = state;
  const isConversationLost = await isDamaged(store, "conversations", peer);
  const isPersonLost = await isDamaged(store, "peers", peer);
  if (!isConversationLost && !isPersonLost) return;
  const messages = await store.salvage("messages", { prefix: [peer] });
  const conversation = isConversationLost ? await conversationOf(state, peer, messages) : state.conversations.get(peer);
  if (conversation === undefined) {
    // Somebody with whom there is no conversation: what is known of them is not shown, and comes again.
    await state.commit([{ store: "peers", id: [peer], value: null }]);
    return;
  }
  const pin = isPersonLost ? await pinChanges(state, conversation, messages) : [];
  // The latter change holds the notice, too.
  await state.commit([{ store: "conversations", id: [peer], value: conversation }, ...pin]);
}

async function isDamaged(store: AccountStore, name: "conversations" | "peers", peer: string): Promise<boolean> {
  try {
    await store.read(name, [peer]);
    return false;
  } catch (error) {
    if (error instanceof StorageError && error.code === "damaged") return true;
    throw error;
  }
}

/** The conversation of these messages. Whether the person had seen all of them is not known: they count as seen. */
async function conversationOf(
  state: AccountState,
  peer: string,
  messages: SalvagedMessages,
): Promise<ConversationRecord> {
  const first = messages.find(({ value }) => value !== null)?.value;
  let conversation = newConversation(peer, first?.at ?? state.ports.clock.now());
  for (const { value, number } of messages) {
    if (value === null || number === null) continue;
    conversation = appendMessage({ ...conversation, nextSequence: number }, value).conversation;
  }
  const accepted = messages.some(({ value }) => value?.kind === "text" && value.direction === "outgoing");
  const nextSequence = 1 + Math.max(-1, ...(await sequencesInUse(state.store, peer, messages)));
  return { ...conversation, nextSequence, accepted, unread: 0, firstUnseen: null };
}

/** Every sequence that any record names, the damaged ones of messages too: none of them is given away again. */
async function sequencesInUse(
  store: AccountStore,
  peer: string,
  messages: SalvagedMessages,
): Promise<readonly number[]> {
  const last = messages.at(-1)?.number ?? -1;
  const card = (await store.read("recoveries", [peer]))?.card ?? -1;
  const waiting = (await store.salvage("outbox")).flatMap(({ value }) =>
    value?.peer === peer && value.sequence !== null ? [value.sequence] : [],
  );
  return [last, card, Math.max(-1, ...waiting)];
}

/** The changes that pin a name anew, unverified and without sessions, and say so in the conversation. */
async function pinChanges(
  state: AccountState,
  conversation: ConversationRecord,
  messages: SalvagedMessages,
): Promise<readonly Change[]> {
  const { peer } = conversation;
  const readable = messages.flatMap(({ value }) => (value === null ? [] : [value]));
  const sent = await lastSentTo(state.store, peer);
  const isAcceptedSince = readable.some((message) => isAcceptance(message) && message.at > (sent?.at ?? 0));
  const identityKey = sent === null || isAcceptedSince ? pinnedBy(readable) : sent.identityKey;
  const notice = { kind: "notice", notice: "keys-lost", at: state.ports.clock.now() } as const;
  return [
    // With nothing to go by, the next key to be seen is pinned, as for somebody new.
    { store: "peers", id: [peer], value: identityKey === null ? null : newPeer(peer, identityKey) },
    ...appendMessage(conversation, notice).changes,
  ];
}

function isAcceptance(message: MessageRecord): boolean {
  return message.kind === "notice" && message.notice === "identity-accepted";
}

/** Nothing is ever sent but to the pinned identity. */
async function lastSentTo(store: AccountStore, peer: string) {
  const sent = (await store.list("sentEnvelopes")).flatMap(({ value }) => (value.peer === peer ? [value] : []));
  return sent.sort((one, other) => other.at - one.at)[0] ?? null;
}

/**
 * The identity that the person had accepted, as far as the messages show; null when they do not. One that waited for a
 * decision is not it: it is met again, and then decided about.
 */
function pinnedBy(messages: readonly MessageRecord[]): IdentityKey | null {
  let pinned: IdentityKey | null = null;
  let offered: IdentityKey | null = null;
  let isUndecided = false;
  for (const message of messages) {
    if (message.kind === "notice") {
      const { notice } = message;
      if (notice === "identity-changed" || notice === "identity-changed-signed") isUndecided = true;
      if (notice !== "identity-accepted" && notice !== "identity-kept") continue;
      // A decision about what nothing here shows to have begun: whom it was for is not known.
      if (!isUndecided) pinned = null;
      else if (notice === "identity-accepted") pinned = offered;
      offered = null;
      isUndecided = false;
    }
    if (message.kind !== "text" || message.identityKey === null) continue;
    if (isUndecided) offered = message.identityKey;
    else pinned ??= message.identityKey;
  }
  return pinned;
}

/**
 * Puts every message that waits, or was to be sent again, and is nowhere in the outbox, in a damaged record's place. Its
 * envelope may have left: whoever has it knows it by its content id.
 */
async function mendOutbox(state: AccountState): Promise<void> {
  const outbox = await state.store.salvage("outbox");
  const damaged = outbox.flatMap(({ value, number }) => (value === null && number !== null ? [number] : []));
  if (damaged.length === 0) return;
  const queued = new Set(outbox.map(({ value }) => (value === null ? "" : place(value.peer, value.sequence))));
  const sentTo = await identitiesSentTo(state.store);
  const lost: { readonly peer: string; readonly sequence: number; readonly at: number }[] = [];
  for (const peer of state.conversations.keys()) {
    const pinned = (await state.store.read("peers", [peer]))?.identityKey ?? null;
    for (const { value, number } of await state.store.list("messages", { prefix: [peer] })) {
      if (number === null || value.kind !== "text" || queued.has(place(peer, number))) continue;
      const isNew = value.status === "waiting" && value.resends === 0;
      if (isNew || isToBeRepeated(value, sentTo, pinned)) lost.push({ peer, sequence: number, at: value.at });
    }
  }
  lost.sort((one, other) => one.at - other.at);
  const changes = lost.map(({ peer, sequence }, index): Change => {
    const number = damaged[index] ?? state.takeOutboxNumber();
    return { store: "outbox", id: [number], value: { kind: "unsealed", peer, sequence } };
  });
  const others = damaged.slice(lost.length).map((number): Change => ({ store: "outbox", id: [number], value: null }));
  await state.commit([...changes, ...others]);
}

/** To whom each message was encrypted the last time, by content id. */
async function identitiesSentTo(store: AccountStore): Promise<ReadonlyMap<string, IdentityKey>> {
  const sent = (await store.list("sentEnvelopes")).map(({ value }) => value);
  sent.sort((one, other) => one.at - other.at);
  return new Map(
    sent.flatMap(({ content, identityKey }) =>
      content.kind === "message" ? [[content.contentId, identityKey] as const] : [],
    ),
  );
}

/** Whether a message was being sent again: only to whom it was sent before (resend.ts). */
function isToBeRepeated(
  { status, resends, contentId }: Extract<MessageRecord, { readonly kind: "text" }>,
  sentTo: ReadonlyMap<string, IdentityKey>,
  pinned: IdentityKey | null,
): boolean {
  if (resends === 0 || (status !== "waiting" && status !== "sent")) return false;
  const before = sentTo.get(contentId);
  return before !== undefined && pinned !== null && sameBytes(before, pinned);
}

function place(peer: string, sequence: number | null): string {
  return `${peer}/${sequence}`;
}
