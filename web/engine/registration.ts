/** Registering an account: its keys are made and stored here first, and then published, as often as it takes. */
import { makeAccount } from "./account.ts";
import type { AccountState } from "./account-state.ts";
import type { RegisterOutcome } from "./api.ts";
import type { EnginePorts, LockableStore } from "./ports.ts";
import { maintainPrekeys } from "./prekey-upkeep.ts";
import type { AccountRecord } from "./records.ts";

/** Makes an account's keys and stores them; the relay does not have them yet. Rejects with StorageError. */
export async function storeNewAccount(
  username: string,
  { openStore, randomBytes, clock }: EnginePorts,
): Promise<{ readonly store: LockableStore; readonly account: AccountRecord }> {
  const { account, changes } = await makeAccount(username, randomBytes, clock.now());
  const store = await openStore(null);
  await store.commit(changes);
  return { store, account };
}

/**
 * Publishes an account's keys, with this invite code or the one that was kept. The caller forgets an account whose name
 * is taken, and one for which registration is closed.
 */
export async function publishAccount(state: AccountState, invite: string | null): Promise<RegisterOutcome> {
  if (invite !== null) await keepInvite(state, invite);
  const hadInvite = state.account.invite !== null;
  const answer = await maintainPrekeys(state);
  if (answer.kind === "ok") return { kind: "registered" };
  if (answer.kind === "unreachable") return { kind: "offline" };
  if (answer.kind === "limited") return { kind: "refused", code: "rate-limited" };
  switch (answer.code) {
    case "name-taken":
    case "registration-closed":
      return { kind: answer.code };
    case "invite-required":
      if (hadInvite) await keepInvite(state, null);
      return { kind: hadInvite ? "invite-refused" : answer.code };
    default:
      return answer;
  }
}

function keepInvite(state: AccountState, invite: string | null): Promise<void> {
  return state.exclusive(() => state.commit([{ store: "account", id: [], value: { ...state.account, invite } }]));
}
