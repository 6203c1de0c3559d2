/** `GET /live`: that the process runs, for whoever would start it anew if it did not. Not signed. */
import type { RouterContext } from "@koa/router";

export function live(ctx: RouterContext): void {
  ctx.body = { live: true };
}
