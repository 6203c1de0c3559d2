/**
 * The outbox: encrypted envelopes in the order they were made, each sent until the relay has it on disk. A retry sends
 * the same bytes under the same id, so that the relay recognises it. One recipient's trouble holds up no other.
 */

import { MAX_ENVELOPES_PER_SEND, MAX_REQUEST_BYTES } from "../../relay/wire/limits.ts";
import type { AccountState } from "./account-state.ts";
import { raiseStatus } from "./messages.ts";
import type { Change, ListedRecord } from "./ports.ts";

/** Bytes of envelope bodies in one request: base64url makes them a third longer, and ids and names are added. */
const MAX_BODY_BYTES = Math.floor(MAX_REQUEST_BYTES / 2);

/** What came of a run of the outbox. */
export type OutboxRun =
  | { readonly kind: "emptied" }
  /** Some recipients' mail has to wait: their mailbox is full, or the relay does not know them (now). */
  | { readonly kind: "held-up" }
  | { readonly kind: "unreachable" }
  /** The relay does not know our device any more: publish the keys, then run again. */
  | { readonly kind: "unknown-device" };

/** Entries looked at together: a few requests' worth, however many wait. */
const WINDOW = 128;

/** Sends what is in the outbox, oldest first. */
export async function runOutbox(state: AccountState): Promise<OutboxRun> {
  const heldUp = new Set<string>();
  let from = 0;
  for (;;) {
    const waiting = await state.store.list("outbox", { from, limit: WINDOW });
    const batch = nextBatch(waiting, heldUp);
    const first = batch[0]?.value;
    if (first === undefined) {
      if (waiting.length < WINDOW) return { kind: heldUp.size === 0 ? "emptied" : "held-up" };
      from = (waiting.at(-1)?.number ?? from) + 1;
      continue;
    }
    const answer = await state.relay.send({
      to: first.peer,
      envelopes: batch.map(({ value }) => ({ toDevice: value.toDevice, id: value.envelopeId, body: value.body })),
    });
    if (answer.kind === "unreachable") return { kind: "unreachable" };
    if (answer.kind === "ok") await state.exclusive(() => settle(state, batch));
    else if (answer.code === "unknown-device") return { kind: "unknown-device" };
    else heldUp.add(first.peer);
  }
}

/** The oldest envelopes of one recipient that is not held up, as many as fit in a request. */
function nextBatch(
  waiting: readonly ListedRecord<"outbox">[],
  heldUp: ReadonlySet<string>,
): readonly ListedRecord<"outbox">[] {
  const first = waiting.find(({ value }) => !heldUp.has(value.peer));
  const batch: ListedRecord<"outbox">[] = [];
  let bytes = 0;
  for (const entry of waiting) {
    if (entry.value.peer !== first?.value.peer) continue;
    bytes += entry.value.body.length;
    if (batch.length === MAX_ENVELOPES_PER_SEND || (batch.length > 0 && bytes > MAX_BODY_BYTES)) break;
    batch.push(entry);
  }
  return batch;
}

/** The relay has them on disk: out of the outbox, and "sent" unless a receipt was faster. */
async function settle(state: AccountState, batch: readonly ListedRecord<"outbox">[]): Promise<void> {
  const changes: Change[] = [];
  for (const { number, value } of batch) {
    changes.push({ store: "outbox", id: [number ?? 0], value: null });
    if (value.sequence === null) continue;
    const message = await state.store.read("messages", [value.peer, value.sequence]);
    const raised = message === null ? null : raiseStatus(message, "sent");
    if (raised !== null) changes.push({ store: "messages", id: [value.peer, value.sequence], value: raised });
  }
  await state.commit(changes);
}
