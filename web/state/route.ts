/**
 * The addresses of the page: `/`, `/u/<username>`, and an invitation in the fragment, `#invite=<username>`, which
 * never reaches a server. Everything else is not found.
 */

import { isUsername } from "../engine/api.ts";

export type Route =
  | { readonly kind: "start"; readonly invite: string | null }
  | { readonly kind: "account"; readonly username: string; readonly invite: string | null }
  | { readonly kind: "not-found" };

/** Reads a route from an address's path and fragment (`""` or with its `#`). */
export function parseRoute(pathname: string, hash: string): Route {
  const invite = parseInvite(hash);
  if (pathname === "/") return { kind: "start", invite };
  const [, username = ""] = /^\/u\/([^/]+)\/?$/.exec(pathname) ?? [];
  return isUsername(username) ? { kind: "account", username, invite } : { kind: "not-found" };
}

/** The path of the start page, with an invitation if there is one. */
export function startPath(invite: string | null): string {
  return `/${inviteFragment(invite)}`;
}

/** The path of an account's app, with an invitation if there is one. */
export function accountPath(username: string, invite: string | null = null): string {
  return `/u/${username}${inviteFragment(invite)}`;
}

/** The link by which others start a conversation with `username`. */
export function inviteLink(origin: string, username: string): string {
  return `${origin}${startPath(username)}`;
}

function inviteFragment(invite: string | null): string {
  return invite === null ? "" : `#invite=${invite}`;
}

function parseInvite(hash: string): string | null {
  const [, username = ""] = /^#invite=([^&]+)$/.exec(hash) ?? [];
  return isUsername(username) ? username : null;
}
