/**
 * Messages that disappear: setting after how long, and deleting those whose time is over. The time of each begins when it
 * is first known here to have been read (messages.ts) and goes on while the app is closed: what is over is not shown any
 * more (views.ts), and deleted at the next start.
 */
import type { AccountState } from "./account-state.ts";
import type { ChangeOutcome } from "./api.ts";
import { changeContent } from "./change-content.ts";
import { LONGEST_TIMER, SHORTEST_TIMER } from "./content.ts";
import { queued, removedHere } from "./message-changes.ts";
import { StorageError } from "./ports.ts";
import { timerChanges } from "./timer-changes.ts";

/** The person sets after how many seconds what both write from now on disappears; null for never. */
export async function setTimer(state: AccountState, peer: string, seconds: number | null): Promise<ChangeOutcome> {
  const isSettable =
    seconds === null || (Number.isInteger(seconds) && seconds >= SHORTEST_TIMER && seconds <= LONGEST_TIMER);
  if (!isSettable) return { kind: "refused" };
  try {
    return await state.exclusive(() => storeTimer(state, peer, seconds));
  } catch (error) {
    if (error instanceof StorageError && (error.code === "unavailable" || error.code === "full")) {
      return { kind: "storage-unavailable" };
    }
    throw error;
  }
}

async function storeTimer(state: AccountState, peer: string, seconds: number | null): Promise<ChangeOutcome> {
  const conversation = state.conversations.get(peer);
  if (conversation === undefined) return { kind: "gone" };
  if (conversation.timer.seconds === seconds) return { kind: "done" };
  if (state.identities.get(peer)?.kind === "changed") return { kind: "identity-changed" };
  const shownAt = state.ports.clock.now();
  // Later than the one before, whatever this device's clock says by now.
  const at = Math.max(shownAt, conversation.timer.setAt + 1);
  const content = await changeContent(state, peer, { kind: "timer", seconds: seconds ?? 0, at });
  const changes = timerChanges(conversation, { seconds, at, direction: "outgoing", shownAt });
  await state.commit([...changes, ...(await queued(state, peer, content))]);
  return { kind: "done" };
}

/** Deletes what is over, each message in a transaction of its own; resolves to when the next one is, or to null. */
export async function deleteDisappeared(state: AccountState): Promise<number | null> {
  let next: number | null = null;
  for (const { value } of await state.store.list("timers")) {
    if (value.expiresAt <= state.ports.clock.now())
      await state.exclusive(() => deleteOne(state, value.peer, value.sequence));
    else next = Math.min(next ?? value.expiresAt, value.expiresAt);
  }
  return next;
}

async function deleteOne(state: AccountState, peer: string, sequence: number): Promise<void> {
  const message = await state.store.read("messages", [peer, sequence]);
  const conversation = state.conversations.get(peer);
  if (message?.kind !== "text" || conversation === undefined) {
    await state.commit([{ store: "timers", id: [peer, sequence], value: null }]);
    return;
  }
  await state.commit(await removedHere(state, conversation, { sequence, message }));
}
