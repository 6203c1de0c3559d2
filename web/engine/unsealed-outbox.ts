/** What waits in the outbox for somebody whose sessions are over: to be encrypted anew, or dropped. Loaded with those who ask. */
import { toBase64url } from "../../relay/wire/bytes.ts";
import type { AccountState } from "./account-state.ts";
import { isNewMessage, numbered } from "./outbox.ts";
import type { Change } from "./ports.ts";
import type { OutboxRecord } from "./records.ts";

/**
 * The changes by which messages that wait for a peer are encrypted anew before they leave; the rest is dropped. With
 * `onlyNew` that includes what was sent before and would only be repeated: it was meant for another key.
 */
export async function unsealedOutbox(
  state: AccountState,
  peer: string,
  { onlyNew }: { readonly onlyNew: boolean },
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const { number, value } of numbered(await state.store.list("outbox"))) {
    if (value.peer !== peer) continue;
    changes.push({ store: "outbox", id: [number], value: await unsealed(state, value, onlyNew) });
  }
  return changes;
}

async function unsealed(state: AccountState, entry: OutboxRecord, onlyNew: boolean): Promise<OutboxRecord | null> {
  const { peer, sequence } = entry;
  if (sequence !== null) {
    return !onlyNew || (await isNewMessage(state, peer, sequence)) ? { kind: "unsealed", peer, sequence } : null;
  }
  // What it changes was meant for the earlier key.
  if (onlyNew) return null;
  if (entry.kind !== "sealed") return entry;
  const named = await state.store.read("sentEnvelopeIds", [toBase64url(entry.envelopeId)]);
  const sent = named && (await state.store.read("sentEnvelopes", [named.digest]));
  if (sent?.content.kind !== "change") return null;
  return { kind: "unsealed-change", peer, sequence, content: sent.content.content };
}
