/** What a person does with a conversation as a whole: accept, mute, pin, archive, block, rename, delete. */
import type { AccountState } from "./account-state.ts";
import { type ConversationChange, type ConversationOutcome, MAX_GIVEN_NAME } from "./api.ts";
import { acceptedChanges } from "./conversations.ts";
import { type Change, StorageError } from "./ports.ts";
import type { ConversationRecord, OwedReceiptRecord } from "./records.ts";

/** How many messages are deleted in one transaction. */
const DELETED_AT_ONCE = 500;

/** Changes one thing about a conversation, or about whom it is with. */
export async function changeConversation(
  state: AccountState,
  peer: string,
  change: ConversationChange,
): Promise<ConversationOutcome> {
  return await orUnavailable(() =>
    state.exclusive(async () => {
      const changes = await changesOf(state, peer, change);
      if (changes === null) return { kind: "gone" };
      if (changes.length > 0) await state.commit(changes);
      return { kind: "done" };
    }),
  );
}

/**
 * Deletes a conversation, its messages first and itself last: what is cut short in between can be deleted again. A message
 * that comes later begins it anew.
 */
export async function deleteConversation(state: AccountState, peer: string): Promise<ConversationOutcome> {
  return await orUnavailable(async () => {
    let outcome = await state.exclusive(() => deleteSome(state, peer));
    while (outcome === "more") outcome = await state.exclusive(() => deleteSome(state, peer));
    return { kind: outcome };
  });
}

async function orUnavailable(work: () => Promise<ConversationOutcome>): Promise<ConversationOutcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StorageError && (error.code === "unavailable" || error.code === "full")) {
      return { kind: "storage-unavailable" };
    }
    throw error;
  }
}

/** null when there is nothing of theirs that could be changed. */
async function changesOf(
  state: AccountState,
  peer: string,
  change: ConversationChange,
): Promise<readonly Change[] | null> {
  if (change.kind === "block") return await blockChanges(state, peer, change.on);
  if (change.kind === "rename") return await renameChanges(state, peer, change.name);
  const conversation = state.conversations.get(peer);
  if (conversation === undefined) return null;
  if (change.kind === "accept") return await acceptedChanges(state, conversation);
  return [{ store: "conversations", id: [peer], value: withSetting(conversation, change, state.ports.clock.now()) }];
}

function withSetting(
  conversation: ConversationRecord,
  { kind, on }: { readonly kind: "mute" | "pin" | "archive"; readonly on: boolean },
  now: number,
): ConversationRecord {
  switch (kind) {
    case "mute":
      return { ...conversation, muted: on };
    case "pin":
      return { ...conversation, pinnedAt: on ? (conversation.pinnedAt ?? now) : null };
    case "archive":
      // What is put aside is not first.
      return { ...conversation, archived: on, pinnedAt: on ? null : conversation.pinnedAt };
  }
}

async function renameChanges(state: AccountState, peer: string, name: string): Promise<readonly Change[] | null> {
  const known = await state.store.read("peers", [peer]);
  if (known === null) return null;
  return [{ store: "peers", id: [peer], value: { ...known, givenName: readGivenName(name) } }];
}

async function blockChanges(state: AccountState, peer: string, on: boolean): Promise<readonly Change[] | null> {
  const known = await state.store.read("peers", [peer]);
  if (known === null) return null;
  const blocked: Change = { store: "peers", id: [peer], value: { ...known, blocked: on } };
  if (!on) return [blocked];
  const owed = (await state.store.list("owedReceipts", { prefix: [peer] })).map(({ value }) => value);
  return [blocked, ...owed.map(settled)];
}

function settled({ peer, contentId }: OwedReceiptRecord): Change {
  return { store: "owedReceipts", id: [peer, contentId], value: null };
}

/** Without what could make it look like something else: control characters and those that turn the direction of text. */
function readGivenName(typed: string): string | null {
  const name = typed
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return name === "" ? null : [...name].slice(0, MAX_GIVEN_NAME).join("");
}

async function deleteSome(state: AccountState, peer: string): Promise<"more" | "done" | "gone"> {
  const { store } = state;
  const conversation = state.conversations.get(peer);
  if (conversation === undefined) return "gone";
  const messages = await store.list("messages", { prefix: [peer], limit: DELETED_AT_ONCE });
  const changes = messages.flatMap(({ value, number }): readonly Change[] => {
    if (number === null) return [];
    const id = [peer, number];
    const gone: readonly Change[] = [
      { store: "messages", id, value: null },
      { store: "timers", id, value: null },
    ];
    return value.kind === "text"
      ? [...gone, { store: "messageIndex", id: [peer, value.contentId], value: null }]
      : gone;
  });
  if (messages.length === DELETED_AT_ONCE) {
    await state.commit([...changes, ...(await searchBlocksOf(state, peer))]);
    return "more";
  }
  await state.commit([...changes, ...(await restOf(state, peer))]);
  return "done";
}

async function searchBlocksOf(state: AccountState, peer: string): Promise<readonly Change[]> {
  const blocks = await state.store.list("searchBlocks", { prefix: [peer] });
  return blocks.flatMap(({ number }) =>
    number === null ? [] : [{ store: "searchBlocks", id: [peer, number], value: null }],
  );
}

/** All that is kept of a conversation but its messages. What has left for the relay already may still arrive. */
async function restOf(state: AccountState, peer: string): Promise<readonly Change[]> {
  const { store } = state;
  const early = (await store.list("messageIndex", { prefix: [peer] })).flatMap(({ value }): readonly Change[] =>
    value.sequence === null ? [{ store: "messageIndex", id: [peer, value.contentId], value: null }] : [],
  );
  const owed = (await store.list("owedReceipts", { prefix: [peer] })).map(({ value }) => settled(value));
  const waiting = (await store.list("outbox")).flatMap(({ value, number }): readonly Change[] =>
    value.peer === peer && number !== null && (value.sequence !== null || value.kind === "unsealed-change")
      ? [{ store: "outbox", id: [number], value: null }]
      : [],
  );
  return [
    ...early,
    ...owed,
    ...waiting,
    ...(await searchBlocksOf(state, peer)),
    { store: "drafts", id: [peer], value: null },
    { store: "recoveries", id: [peer], value: null },
    { store: "conversations", id: [peer], value: null },
  ];
}
