/** The outermost middleware: measures and logs every request, and turns new ones away while the relay ends. */
import { performance } from "node:perf_hooks";
import type { Context, Next } from "koa";
import type { RelayContext } from "../context.ts";
import { isHealthPath } from "../http/operators-paths.ts";
import { Refusal } from "../refusal.ts";
import { answerRefusal, routePattern } from "./errors.ts";

/** Logs route pattern, status and milliseconds; counts what it turns away. */
export function observeRequests(relay: RelayContext) {
  return async (ctx: Context, next: Next): Promise<void> => {
    const start = performance.now();
    if (relay.requests.isClosing && !isHealthPath(ctx.path)) {
      answerRefusal(ctx, new Refusal("unavailable"));
      relay.counts.refuse("unavailable");
    } else {
      await next();
    }
    if (relay.requests.isClosing && !ctx.headerSent) ctx.set("Connection", "close");
    const { status } = ctx;
    const milliseconds = performance.now() - start;
    const route = routePattern(ctx);
    relay.metrics.observeRequest({ route, status, milliseconds });
    relay.logger.debug({ route, status, milliseconds: Math.round(milliseconds * 10) / 10 }, "request");
  };
}
