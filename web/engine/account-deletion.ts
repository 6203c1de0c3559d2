/** Deleting an account on the relay: all but the name, which stays its identity's. */
import { formatDeleteAccountRequest } from "../../relay/wire/account.ts";
import type { Answer, RelayClient } from "./relay-client.ts";

/**
 * Deletes the account that the client signs for. Its link must be closed before, since it would publish the keys again.
 * A repeat whose first answer was lost is refused as `unknown-device`: it is done.
 */
export function deleteAccount(relay: RelayClient, username: string): Promise<Answer<true>> {
  const body = JSON.stringify(formatDeleteAccountRequest({ username }));
  return relay.call({ method: "POST", target: `/api/delete_account/${username}`, body }, () => true as const);
}
