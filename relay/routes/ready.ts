/** `GET /ready`: whether the relay can take mail. Not signed. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import { ERROR_STATUS } from "../wire/error-codes.ts";

/** 200 when a write is on disk within the last second, otherwise `unavailable` with the reason. */
export function ready(relay: RelayContext) {
  return async (ctx: RouterContext): Promise<void> => {
    const reason = relay.requests.isClosing ? "closing" : await relay.health.check();
    if (reason === null) {
      ctx.body = { ready: true };
      return;
    }
    ctx.status = ERROR_STATUS.unavailable;
    ctx.body = { error: "unavailable", reason };
  };
}
