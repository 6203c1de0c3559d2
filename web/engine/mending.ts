/**
 * What is made anew of damaged records when an account opens, before anything is written: a conversation of its
 * messages, what waits to be sent of the messages that wait, and whom a name was pinned to of whom its messages came
 * from, or last was sent to. Sessions cannot be made anew: they begin again as after any loss (recovery.ts), under fresh
 * keys. Gone are the verified state, the keys that were decided against, and the highest manifest that was seen.
 */
import type { IdentityKey } from "../protocol/keys.ts";
import type { AccountState } from "./account-state.ts";
import { appendMessage, newConversation } from "./messages.ts";
import { newPeer } from "./peers.ts";
import { type AccountStore, type Change, type ListedRecord, StorageError } from "./ports.ts";
import type { ConversationRecord, MessageRecord } from "./records.ts";

type ListedMessages = readonly ListedRecord<"messages">[];

/** Of which records are damaged. */
interface Damage {
  readonly conversations: boolean;
  readonly peers: boolean;
}

/** Commits what can be made anew. Rejects with StorageError, "damaged" where a record's name cannot be told. */
export async function mendRecords(state: AccountState): Promise<void> {
  const damage = await damageOf(state.store);
  if (damage.conversations || damage.peers) {
    for (const peer of await knownNames(state)) await mendPerson(state, peer, damage);
  }
  await mendOutbox(state);
  const left = await damageOf(state.store);
  if (left.conversations || left.peers) throw new StorageError("damaged", "nothing names a record that is damaged");
}

async function damageOf(store: AccountStore): Promise<Damage> {
  const isDamaged = async (name: "conversations" | "peers") =>
    (await store.salvage(name)).some(({ value }) => value === null);
  return { conversations: await isDamaged("conversations"), peers: await isDamaged("peers") };
}

/**
 * Everybody whom any record names: that of a conversation or a person hides its name when it is damaged. Recoveries and
 * what was sent for them also name people with whom there is no conversation: those are nobody here.
 */
async function knownNames({ store }: AccountState): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const name of ["conversations", "peers", "outbox"] as const) {
    for (const { value } of await store.salvage(name)) if (value !== null) names.add(value.peer);
  }
  for (const name of ["sentEnvelopes", "recoveries", "owedReceipts"] as const) {
    for (const { value } of await store.list(name)) {
      const { peer } = value;
      if (!names.has(peer) && (await store.list("messages", { prefix: [peer], limit: 1 })).length > 0) names.add(peer);
    }
  }
  return names;
}

async function mendPerson(state: AccountState, peer: string, damage: Damage): Promise<void> {
  const known = state.conversations.get(peer);
  const isLost = known === undefined && damage.conversations;
  const isUnpinned = !state.identities.has(peer) && damage.peers;
  if (!isLost && !isUnpinned) return;
  const messages = await state.store.list("messages", { prefix: [peer] });
  const conversation = known ?? conversationOf(peer, messages, state.ports.clock.now());
  const pin = isUnpinned ? await pinChanges(state, conversation, messages) : [];
  // The latter change holds the notice, too.
  await state.commit([{ store: "conversations", id: [peer], value: conversation }, ...pin]);
}

/** The conversation of these messages. Whether the person had seen all of them is not known: they count as seen. */
function conversationOf(peer: string, messages: ListedMessages, now: number): ConversationRecord {
  const [first] = messages;
  let conversation = newConversation(peer, first?.value.at ?? now);
  for (const { value, number } of messages) {
    if (number === null) continue;
    conversation = appendMessage({ ...conversation, nextSequence: number }, value).conversation;
  }
  const accepted = messages.some(({ value }) => value.kind === "text" && value.direction === "outgoing");
  return { ...conversation, accepted, unread: 0, firstUnseen: null };
}

/** The changes that pin a name anew, unverified and without sessions, and say so in the conversation. */
async function pinChanges(
  state: AccountState,
  conversation: ConversationRecord,
  messages: ListedMessages,
): Promise<readonly Change[]> {
  const { peer } = conversation;
  const identityKey = pinnedBy(messages.map(({ value }) => value)) ?? (await lastSentTo(state.store, peer));
  const notice = { kind: "notice", notice: "keys-lost", at: state.ports.clock.now() } as const;
  return [
    // With nothing to go by, the next key to be seen is pinned, as for somebody new.
    { store: "peers", id: [peer], value: identityKey === null ? null : newPeer(peer, identityKey) },
    ...appendMessage(conversation, notice).changes,
  ];
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
      if (notice === "identity-accepted") pinned = offered;
      if (notice === "identity-accepted" || notice === "identity-kept") {
        offered = null;
        isUndecided = false;
      }
    }
    if (message.kind !== "text" || message.identityKey === null) continue;
    if (isUndecided) offered = message.identityKey;
    else pinned ??= message.identityKey;
  }
  return pinned;
}

async function lastSentTo(store: AccountStore, peer: string): Promise<IdentityKey | null> {
  const sent = (await store.list("sentEnvelopes")).flatMap(({ value }) => (value.peer === peer ? [value] : []));
  return sent.sort((one, other) => other.at - one.at)[0]?.identityKey ?? null;
}

/**
 * Puts every message that waits, and is nowhere in the outbox, in a damaged record's place. Its envelope may have left:
 * whoever has it knows it by its content id.
 */
async function mendOutbox(state: AccountState): Promise<void> {
  const outbox = await state.store.salvage("outbox");
  const damaged = outbox.flatMap(({ value, number }) => (value === null && number !== null ? [number] : []));
  if (damaged.length === 0) return;
  const queued = new Set(outbox.map(({ value }) => (value === null ? "" : place(value.peer, value.sequence))));
  const lost: { readonly peer: string; readonly sequence: number; readonly at: number }[] = [];
  for (const peer of state.conversations.keys()) {
    for (const { value, number } of await state.store.list("messages", { prefix: [peer] })) {
      if (number === null || value.kind !== "text" || value.status !== "waiting") continue;
      if (!queued.has(place(peer, number))) lost.push({ peer, sequence: number, at: value.at });
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

function place(peer: string, sequence: number | null): string {
  return `${peer}/${sequence}`;
}
