/** What routes read from a request's address. */
import type { RouterContext } from "@koa/router";
import { Refusal } from "../refusal.ts";
import type { KeyId } from "../wire/request-signature.ts";
import { isUsername } from "../wire/username.ts";

/** The `:username` of the path; refuses with `username-invalid`. */
export function usernameParameter(ctx: RouterContext): string {
  const { username = "" }: Readonly<Record<string, string | undefined>> = ctx.params;
  if (!isUsername(username)) throw new Refusal("username-invalid");
  return username;
}

/** The signer's own mailbox; refuses with `forbidden` when the path names somebody else's. */
export function ownMailbox(ctx: RouterContext, signer: KeyId): KeyId {
  if (usernameParameter(ctx) !== signer.username) throw new Refusal("forbidden");
  return signer;
}
