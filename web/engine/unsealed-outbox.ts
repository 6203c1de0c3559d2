/** What waits in the outbox for somebody whose sessions are over: to be encrypted anew, or dropped. Loaded with those who ask. */
import type { AccountState } from "./account-state.ts";
import { isNewMessage, numbered } from "./outbox.ts";
import type { Change } from "./ports.ts";

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
    const { sequence } = value;
    const isKept = sequence !== null && (!onlyNew || (await isNewMessage(state, peer, sequence)));
    changes.push({ store: "outbox", id: [number], value: isKept ? { kind: "unsealed", peer, sequence } : null });
  }
  return changes;
}
