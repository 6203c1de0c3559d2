/** Whether messages are to be got across that were not opened (recovery.ts): asked often, and mostly there is nothing. */
import type { AccountState } from "./account-state.ts";

/** Whether there is anything that recovery.ts could do. */
export async function hasRecoveryWork(state: AccountState): Promise<boolean> {
  if ([...state.identities.values()].some(({ toConfirm }) => toConfirm)) return true;
  return (await state.store.list("recoveries", { limit: 1 })).length > 0;
}
