/** Registering an account: its keys are made and stored here first, and then published, as often as it takes. */
import { makeAccount } from "./account.ts";
import type { AccountState } from "./account-state.ts";
import type { RegisterOutcome } from "./api.ts";
import type { AccountStore, EnginePorts } from "./ports.ts";
import { maintainPrekeys } from "./prekey-upkeep.ts";
import type { AccountRecord } from "./records.ts";

/** Makes an account's keys and stores them; the relay does not have them yet. Rejects with StorageError. */
export async function storeNewAccount(
  username: string,
  { openStore, randomBytes, clock }: EnginePorts,
): Promise<{ readonly store: AccountStore; readonly account: AccountRecord }> {
  const { account, changes } = await makeAccount(username, randomBytes, clock.now());
  const store = await openStore();
  await store.commit(changes);
  return { store, account };
}

/** Publishes an account's keys. The caller forgets an account whose name is taken. */
export async function publishAccount(state: AccountState): Promise<RegisterOutcome> {
  const answer = await maintainPrekeys(state);
  if (answer.kind === "ok") return { kind: "registered" };
  if (answer.kind === "unreachable") return { kind: "offline" };
  return answer.code === "name-taken" ? { kind: "name-taken" } : answer;
}
