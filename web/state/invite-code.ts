/** Invite codes, by which a relay lets people register: in the address the page was opened by, and as they are typed. */

import type { Address } from "./ports.ts";

/** Takes the code of `?invite=<code>` out of the address bar, so that it neither stays nor is shared; null for none. */
export function takeInviteCode(address: Address): string | null {
  const { pathname, search, hash, state } = address.read();
  const code = new URLSearchParams(search).get("invite");
  if (code !== null) address.replace(pathname + hash, state);
  return code;
}

/** What was meant by what was typed: the code alone, or the whole link that holds it; null for nothing. */
export function readTypedInvite(typed: string | null): string | null {
  const [, code = typed?.trim()] = /[?&]invite=([^&#\s]*)/.exec(typed ?? "") ?? [];
  return code || null;
}
