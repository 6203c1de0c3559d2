/**
 * The outbox: encrypted envelopes in the order they were made, each sent until the relay has it on disk. A retry sends
 * the same bytes under the same id, so that the relay recognises it. One recipient's trouble holds up no other, and
 * nothing leaves for someone whose identity changed until the person has decided.
 */

import { MAX_ENVELOPES_PER_SEND, MAX_REQUEST_BYTES } from "../../relay/wire/limits.ts";
import { sameBytes } from "../protocol/bytes.ts";
import type { AccountState } from "./account-state.ts";
import { type OutgoingContent, textContent } from "./content.ts";
import { DAY_MS } from "./days.ts";
import { raiseStatus } from "./messages.ts";
import type { Change, ListedRecord } from "./ports.ts";
import type { OutboxRecord, SealedOutboxRecord } from "./records.ts";
import { type Limited, lacksOurKeys } from "./relay-client.ts";
import { sealContents } from "./sealing.ts";

/** Bytes of envelope bodies in one request: base64url makes them a third longer, and ids and names are added. */
const MAX_BODY_BYTES = Math.floor(MAX_REQUEST_BYTES / 2);

/** What came of a run of the outbox. */
export type OutboxRun =
  | { readonly kind: "emptied" }
  /**
   * Some recipients' mail has to wait: the relay refuses it (a full mailbox, an unknown name), or hands out no keys to
   * begin a session with. Not said of those about whose changed identity the person has to decide.
   */
  | { readonly kind: "held-up" }
  | { readonly kind: "unreachable" }
  /** The relay does not know our device any more: publish the keys, then run again. */
  | { readonly kind: "unknown-device" }
  /** The relay asks to wait. */
  | Limited;

/** Keys that were refused are fetched again only after so long: each time uses up a one-time prekey of theirs. */
const BEGIN_AGAIN_MS = DAY_MS;

/** Entries looked at together: a few requests' worth, however many wait. */
const WINDOW = 128;

interface SealedEntry {
  readonly number: number;
  readonly value: SealedOutboxRecord;
}

/** Sends what is in the outbox, oldest first. */
export async function runOutbox(state: AccountState): Promise<OutboxRun> {
  const heldUp = new Set<string>();
  const mayReceive = (peer: string) => !heldUp.has(peer) && state.identities.get(peer)?.kind !== "changed";
  let from = 0;
  for (;;) {
    const waiting = numbered(await state.store.list("outbox", { from, limit: WINDOW }));
    const first = waiting.find(({ value }) => mayReceive(value.peer));
    if (first === undefined) {
      if (waiting.length < WINDOW) return { kind: heldUp.size === 0 ? "emptied" : "held-up" };
      from = (waiting.at(-1)?.number ?? from) + 1;
      continue;
    }
    const end = await sendNext(state, first, waiting);
    if (end === "held-up") heldUp.add(first.value.peer);
    else if (typeof end !== "string") return end;
    else if (end !== "done") return { kind: end };
  }
}

interface Entry {
  readonly number: number;
  readonly value: OutboxRecord;
}

/** With their numbers, which the outbox's ids are. */
export function numbered(listed: readonly ListedRecord<"outbox">[]): readonly Entry[] {
  return listed.flatMap(({ number, value }) => (number === null ? [] : [{ number, value }]));
}

type StepEnd = "done" | "held-up" | "unreachable" | "unknown-device" | Limited;

/** Seals the first entry if it is not yet, or sends it with those of the same recipient that follow. */
async function sendNext(state: AccountState, first: Entry, waiting: readonly Entry[]): Promise<StepEnd> {
  const { peer } = first.value;
  if (first.value.kind !== "sealed") return await sealWaiting(state, first.number);
  const batch = nextBatch(waiting, peer);
  const answer = await state.relay.send({
    to: peer,
    envelopes: batch.map(({ value }) => ({ toDevice: value.toDevice, id: value.envelopeId, body: value.body })),
  });
  if (answer.kind === "limited") return answer;
  if (answer.kind === "unreachable") return "unreachable";
  if (answer.kind === "refused") return lacksOurKeys(answer) ? "unknown-device" : "held-up";
  await state.exclusive(() => settle(state, batch));
  return "done";
}

/** The oldest envelopes of this recipient up to the first unsealed one, as many as fit in a request. */
function nextBatch(waiting: readonly Entry[], peer: string): readonly SealedEntry[] {
  const batch: SealedEntry[] = [];
  let bytes = 0;
  for (const { number, value } of waiting) {
    if (value.peer !== peer) continue;
    if (value.kind !== "sealed") break;
    bytes += value.body.length;
    if (batch.length === MAX_ENVELOPES_PER_SEND || (batch.length > 0 && bytes > MAX_BODY_BYTES)) break;
    batch.push({ number, value });
  }
  return batch;
}

/** How many messages wait for a peer that never left this device. */
export async function countNewMessages(state: AccountState, peer: string): Promise<number> {
  let count = 0;
  for (const { value } of await state.store.list("outbox")) {
    if (value.peer !== peer || value.sequence === null) continue;
    if (await isNewMessage(state, peer, value.sequence)) count++;
  }
  return count;
}

/** Whether a message waits that never left this device. */
export async function isNewMessage(state: AccountState, peer: string, sequence: number): Promise<boolean> {
  const message = await state.store.read("messages", [peer, sequence]);
  return message?.kind === "text" && message.status === "waiting" && message.resends === 0;
}

/** Encrypts an entry that had no session, after beginning one if there still is none. */
async function sealWaiting(state: AccountState, number: number): Promise<StepEnd> {
  const sealed = await state.exclusive(() => sealEntry(state, number));
  if (sealed.kind === "done") return "done";
  const now = state.ports.clock.now();
  if (now - (state.refusedAt.get(sealed.peer) ?? Number.NEGATIVE_INFINITY) < BEGIN_AGAIN_MS) return "held-up";
  const begun = await state.beginSession(sealed.peer);
  if (begun.kind === "bundle-refused") state.refusedAt.set(sealed.peer, now);
  if (begun.kind === "limited") return begun;
  if (begun.kind === "unreachable") return "unreachable";
  if (begun.kind === "refused" && lacksOurKeys(begun)) return "unknown-device";
  return begun.kind === "begun" ? "done" : "held-up";
}

async function sealEntry(
  state: AccountState,
  number: number,
): Promise<{ readonly kind: "done" } | { readonly kind: "no-session"; readonly peer: string }> {
  const entry = await state.store.read("outbox", [number]);
  if (entry === null || entry.kind === "sealed") return { kind: "done" };
  const { peer, sequence } = entry;
  const content = entry.kind === "unsealed-change" ? entry.content : await waitingContent(state, peer, entry.sequence);
  if (content === null) {
    await state.commit([{ store: "outbox", id: [number], value: null }]);
    return { kind: "done" };
  }
  const changes = await sealContents(state, peer, [{ content, sequence, outboxNumber: number }]);
  if (changes === null) return { kind: "no-session", peer };
  await state.commit(changes);
  return { kind: "done" };
}

/** A message as it goes out; null when it is here no more, or was deleted meanwhile. */
async function waitingContent(state: AccountState, peer: string, sequence: number): Promise<OutgoingContent | null> {
  const message = await state.store.read("messages", [peer, sequence]);
  if (message?.kind !== "text" || message.marks?.deletedAt != null) return null;
  return await textContent(state.account.username, peer, message);
}

/** The relay has them on disk: out of the outbox, and "sent" unless a receipt was faster. */
async function settle(state: AccountState, batch: readonly SealedEntry[]): Promise<void> {
  const changes: Change[] = [];
  for (const { number, value } of batch) {
    const { peer, sequence } = value;
    const entry = await state.store.read("outbox", [number]);
    // While the request was under way the person may have accepted another key, for which it is encrypted anew.
    if (entry?.kind !== "sealed" || !sameBytes(entry.envelopeId, value.envelopeId)) continue;
    changes.push({ store: "outbox", id: [number], value: null });
    if (sequence === null) continue;
    const message = await state.store.read("messages", [peer, sequence]);
    const raised = message === null ? null : raiseStatus(message, "sent", state.ports.clock.now());
    if (raised !== null) changes.push({ store: "messages", id: [peer, sequence], value: raised });
  }
  await state.commit(changes);
}
