/** The sentences about creating an account, which are loaded where one is created. */

import type { Registration } from "../state/creation.ts";
import { ENGINE_GONE, RATE_LIMITED } from "./wording.ts";

export const createAnyway = (username: string) => `Create ${username}`;
export const TRY_AGAIN = "Try again";

/** What to say when creating an account did not succeed. */
export function registrationSentence(username: string, registration: Registration): string {
  switch (registration.kind) {
    case "registered":
      return `${username} is ready.`;
    case "username-invalid":
      return "A username has 3 to 32 characters: a–z, 0–9, dots, dashes and underscores, with a letter or digit at both ends.";
    case "name-taken":
      return `${username} is taken: perhaps yours, in another browser. Open it there, or choose another name. If you removed it, only whoever runs this relay can free it.`;
    case "invite-required":
      return "This relay asks for an invite code, which is entered on the start page. Ask whoever runs it for one.";
    case "invite-refused":
      return "This invite code is not valid, or not any more. Ask whoever runs the relay for another.";
    case "registration-closed":
      return "This relay takes no new accounts. Ask whoever runs it.";
    case "already-here":
      return `${username} is on this device already.`;
    case "offline":
      return "The relay cannot be reached. Check the connection and try again; what was made here so far is kept.";
    case "refused":
      if (registration.code === RATE_LIMITED) {
        return "Many accounts were created from here just now. Wait a moment and try again; what was made here so far is kept.";
      }
      return `The relay refused this account (${registration.code}). Try again, or ask whoever runs the relay.`;
    case "storage-unavailable":
      return "This browser gives Sotto no storage, or it is full. Free some space or leave private browsing, then try again.";
    case "engine-gone":
      return ENGINE_GONE;
  }
}
