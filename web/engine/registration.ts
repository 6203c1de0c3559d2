/** Registering an account: its keys are made and stored here first, and then published, as often as it takes. */

import type { PublishResponse } from "../../relay/wire/keys.ts";
import { makeAccount } from "./account-making.ts";
import type { AccountState } from "./account-state.ts";
import type { RegisterOutcome } from "./api.ts";
import { openNewStore } from "./new-store.ts";
import type { EnginePorts, LockableStore } from "./ports.ts";
import { maintainPrekeys } from "./prekey-upkeep.ts";
import { publishAbove } from "./publish-above.ts";
import type { AccountRecord } from "./records.ts";
import type { Answer } from "./relay-client.ts";

/** Makes an account's keys and stores them; the relay does not have them yet. Rejects as `openNewStore` does. */
export async function storeNewAccount(
  username: string,
  { openStore, randomBytes, clock }: EnginePorts,
): Promise<{ readonly store: LockableStore; readonly account: AccountRecord }> {
  const { account, changes } = await makeAccount(username, randomBytes, clock.now());
  const store = await openNewStore(openStore);
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
  const answer = await maintainAbove(state);
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

/** Of an account that the relay has not confirmed yet a later manifest there is of a device that it is restored from. */
async function maintainAbove(state: AccountState): Promise<Answer<PublishResponse>> {
  const answer = await maintainPrekeys(state);
  // "forbidden" where the relay's manifest is the one right before ours, and another than we know.
  const isElsewhere = answer.kind === "refused" && (answer.code === "manifest-outdated" || answer.code === "forbidden");
  if (!isElsewhere || state.account.registered) return answer;
  const above = await publishAbove(state);
  return above.kind === "ok" ? await maintainPrekeys(state) : above;
}
