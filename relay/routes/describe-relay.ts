/** `GET /api/relay`: what people may want to know of a relay before they trust it with mail. Not signed. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import { mailDaysOf } from "../limits.ts";
import type { RelayDescription } from "../wire/relay-description.ts";

export function describeRelay({ limits, registration }: RelayContext) {
  return (ctx: RouterContext): void => {
    const description: RelayDescription = { mailDays: mailDaysOf(limits), registration };
    ctx.body = description;
  };
}
