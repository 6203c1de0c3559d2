/**
 * Letting the other know that one is writing: in the session, like any content, while they are likely to be there, and in
 * no hurry. Nothing of it is stored but the session that has advanced; what could not leave soon is worth nothing.
 */
import type { AccountState } from "./account-state.ts";
import { conversationId, newContentId } from "./content.ts";
import { sealContents } from "./sealing.ts";
import { LONGEST_TYPING_MS } from "./signs-of-life.ts";

/** Who was not heard of for so long is taken to be away, and is told nothing: their mailbox must not fill with it. */
const HEARD_WITHIN_MS = 5 * 60 * 1000;

/** Puts word of it in the outbox, if it is to be said now; resolves to whether it was. */
export async function sayTyping(state: AccountState, peer: string): Promise<boolean> {
  const { account, conversations, identities, ports, relay, signs } = state;
  const heardAt = signs.get(peer)?.heardAt ?? Number.NEGATIVE_INFINITY;
  const isThere = ports.clock.now() - heardAt <= HEARD_WITHIN_MS;
  const identity = identities.get(peer);
  const isKnown =
    conversations.get(peer)?.accepted === true && identity?.kind !== "changed" && identity?.isBlocked !== true;
  if (!account.settings.typing || !isThere || !isKnown) return false;
  // What does not open there is asked for and counted among what is missing: not another word before the last one arrived.
  if (!(await hasArrived(state, peer))) return false;
  // Something waits already: nothing that comes after it will be there in time.
  if ((await state.store.list("outbox", { limit: 1 })).length > 0) return false;
  const content = {
    kind: "receipt",
    conversation: await conversationId(account.username, peer),
    id: newContentId(ports.randomBytes),
    delivered: [],
    read: [],
    typing: relay.now() + LONGEST_TYPING_MS,
  } as const;
  const sealed = await sealContents(state, peer, [{ content, sequence: null, outboxNumber: null }]);
  if (sealed === null) return false;
  await state.commit(sealed);
  return true;
}

/** How far back our last message is looked for. */
const LOOK_BACK = 20;

/** Whether the last message that we wrote, if it was written lately, is known to have come to their device. */
async function hasArrived(state: AccountState, peer: string): Promise<boolean> {
  const { nextSequence = 0 } = state.conversations.get(peer) ?? {};
  const listed = await state.store.list("messages", { prefix: [peer], from: Math.max(0, nextSequence - LOOK_BACK) });
  const last = listed.findLast(({ value }) => value.kind === "text" && value.direction === "outgoing")?.value;
  return last?.kind !== "text" || last.status === "delivered" || last.status === "read";
}
