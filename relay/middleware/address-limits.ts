/** What every request is asked first, before any work is done for it: is there room for its address, and for its headers? */
import type { Context, Next } from "koa";
import type { RelayContext } from "../context.ts";
import { isOperatorsPath } from "../http/operators-paths.ts";
import { Refusal } from "../refusal.ts";

/** Refuses with `rate-limited` and `headers-too-large`. */
export function limitAddresses(relay: RelayContext) {
  return async (ctx: Context, next: Next): Promise<void> => {
    // They do no work that could pile up, and must answer also when the buckets cannot.
    if (isOperatorsPath(ctx.path)) return next();
    await relay.fairness.admitAddress(relay.clientAddress(ctx.req));
    // Names and values alternate.
    if (ctx.req.rawHeaders.length > 2 * relay.limits.http.headers) throw new Refusal("headers-too-large");
    await next();
  };
}
