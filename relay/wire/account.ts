/** Deleting an account: the shape of `delete_account`. */
import * as v from "valibot";
import { username } from "./schemas.ts";

const deleteAccountRequest = v.strictObject({ username });

/**
 * `POST /api/delete_account/:username`: deletes the signing device's account. The body names it once more, so that a
 * request for another path that is sent here by mistake deletes nothing.
 */
export type DeleteAccountRequest = v.InferOutput<typeof deleteAccountRequest>;

/** Parses the JSON of a `delete_account`; null when it is malformed. */
export function parseDeleteAccountRequest(json: unknown): DeleteAccountRequest | null {
  const parsed = v.safeParse(deleteAccountRequest, json);
  return parsed.success ? parsed.output : null;
}

export function formatDeleteAccountRequest(request: DeleteAccountRequest): unknown {
  return { username: request.username };
}
