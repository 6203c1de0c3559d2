/** `GET /metrics`: numbers for Prometheus, for those only whom the operator named. Not signed. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import { Refusal } from "../refusal.ts";

/** Refuses with `forbidden`. */
export function metrics(relay: RelayContext) {
  return async (ctx: RouterContext): Promise<void> => {
    if (!relay.mayReadMetrics(ctx.req)) throw new Refusal("forbidden");
    const text = await relay.metrics.registry.metrics();
    ctx.type = relay.metrics.registry.contentType;
    ctx.body = text;
  };
}
