/**
 * Renewing one's own identity, for when the present keys may have been copied: until then a thief can go on in one's
 * name. The earlier identity key signs the new one, so that the relay lets the name pass, and everyone one talks with
 * is told of the change.
 */
import { renewAccount } from "./account-making.ts";
import type { AccountState } from "./account-state.ts";
import { appendMessage } from "./messages.ts";
import { listLastingPrekeys, listOneTimePrekeys } from "./own-prekeys.ts";
import type { Change } from "./ports.ts";
import { unsealedOutbox } from "./unsealed-outbox.ts";

/**
 * Makes the new keys and forgets everything made with the earlier ones, in one transaction: prekeys, sessions, accepted
 * handshakes. Mail on its way that was encrypted to the earlier identity cannot be opened any more. Messages that still
 * wait are encrypted anew before they leave. The caller then publishes. While the relay does not have them yet, nothing
 * is made anew.
 */
export async function renewIdentity(state: AccountState): Promise<void> {
  // Were it done again, the relay would see an identity that one it never had has signed.
  if (state.account.renewalPending) return;
  const { clock, randomBytes } = state.ports;
  const { changes } = await renewAccount(state.account, randomBytes, clock.now());
  await state.commit([...(await forgottenPrekeys(state)), ...(await forgottenSessions(state)), ...changes]);
}

async function forgottenPrekeys(state: AccountState): Promise<readonly Change[]> {
  const { store } = state;
  const prekeys = [...(await listLastingPrekeys(store)), ...(await listOneTimePrekeys(store))];
  const changes: Change[] = prekeys.map((prekey) => ({ store: prekey.store, id: [prekey.id], value: null }));
  for (const { value } of await store.list("acceptedHandshakes")) {
    changes.push({ store: "acceptedHandshakes", id: [value.transcriptHash], value: null });
  }
  return changes;
}

/** Sessions end, and with our half of the safety numbers every verification, which is said where there was one. */
async function forgottenSessions(state: AccountState): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const { value } of await state.store.list("peers")) {
    const { peer, verifiedAt } = value;
    const change = value.change && { ...value.change, sessions: [] };
    changes.push({ store: "peers", id: [peer], value: { ...value, sessions: [], change, verifiedAt: null } });
    changes.push(...(await unsealedOutbox(state, peer, { onlyNew: false })));
    const conversation = state.conversations.get(peer);
    if (verifiedAt === null || conversation === undefined) continue;
    const at = state.ports.clock.now();
    const notice = { kind: "notice", notice: "verification-removed", at } as const;
    changes.push(...appendMessage(conversation, notice).changes);
  }
  return changes;
}
