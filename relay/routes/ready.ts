/** `GET /ready`: whether the relay can take mail. The one request that is not signed. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import { describeError } from "../middleware/errors.ts";
import { Refusal } from "../refusal.ts";

/** 200 when the store answers, otherwise `unavailable`. */
export function ready(relay: RelayContext) {
  return async (ctx: RouterContext): Promise<void> => {
    try {
      await relay.store.check();
    } catch (error) {
      relay.logger.error(describeError(error), "store does not answer");
      throw new Refusal("unavailable");
    }
    ctx.body = { ready: true };
  };
}
