/** What is done once storage turns out to have been put back to an older state (epoch.ts). Loaded when that happens. */
import type { Bytes } from "../protocol/bytes.ts";
import type { AccountState } from "./account-state.ts";
import { knownEpochs, storedEpochs } from "./epoch.ts";
import { appendMessage } from "./messages.ts";
import type { Change } from "./ports.ts";
import type { PeerRecord } from "./records.ts";
import { unsealedOutbox } from "./unsealed-outbox.ts";

/** In one transaction with the epoch that showed it, so that it is said once. */
export async function putBack(state: AccountState, epoch: Bytes): Promise<void> {
  const changes: Change[] = [storedEpochs([epoch, ...(await knownEpochs(state)).slice(-1)])];
  const now = state.ports.clock.now();
  for (const { value } of await state.store.list("peers")) {
    changes.push({ store: "peers", id: [value.peer], value: retireSessions(value) });
    // What waits here may have left already; what it is encrypted with has been used.
    changes.push(...(await unsealedOutbox(state, value.peer, { onlyNew: false })));
  }
  for (const conversation of state.conversations.values()) {
    const notice = { kind: "notice", notice: "storage-put-back", at: now } as const;
    changes.push(...appendMessage(conversation, notice).changes);
  }
  await state.commit(changes);
}

function retireSessions(peer: PeerRecord): PeerRecord {
  const generations = peer.sessions.map(({ session }) => session.generation);
  return { ...peer, retiredGeneration: Math.max(peer.retiredGeneration, ...generations) };
}
