/** Turns whatever a request throws into `{ "error": code }` with its status; nothing else ever leaves the relay. */
import type { Context, Next } from "koa";
import type { RelayContext } from "../context.ts";
import { Refusal } from "../refusal.ts";
import { StoreFailure } from "../store/store.ts";
import type { BlobErrorBody } from "../wire/blob-errors.ts";
import { ERROR_STATUS, type ErrorCode } from "../wire/error-codes.ts";

/** The outermost middleware of the API. */
export function answerErrors(relay: RelayContext) {
  return async (ctx: Context, next: Next): Promise<void> => {
    try {
      await next();
    } catch (error) {
      // Why is logged once for all the requests that it befalls.
      if (error instanceof StoreFailure) relay.health.report(error);
      const refusal = toRefusal(error);
      if (refusal) {
        relay.counts.refuse(refusal.code);
        relay.logger.debug({ code: refusal.code, route: routePattern(ctx) }, "request refused");
        answerRefusal(ctx, refusal);
      } else {
        relay.counts.failed += 1;
        relay.logger.error({ ...describeError(error), route: routePattern(ctx) }, "request failed");
        answerRefusal(ctx, new Refusal("internal"));
      }
    }
  };
}

/** Answers with a refusal's status and body. */
export function answerRefusal(ctx: Context, { code, status, time, retryAfterSeconds, free }: Refusal): void {
  const body: BlobErrorBody = {
    error: code,
    ...(time === undefined ? {} : { time }),
    ...(free === undefined ? {} : { free }),
  };
  ctx.status = status;
  ctx.set("Cache-Control", "no-store");
  if (retryAfterSeconds !== undefined) ctx.set("Retry-After", String(retryAfterSeconds));
  ctx.body = body;
}

/** Refusals as they are, `unavailable` while the store fails, and what the body parser throws about a client's bytes; null for our own failures. */
export function toRefusal(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof StoreFailure) return new Refusal("unavailable");
  if (!(error instanceof Error)) return null;
  const status = "status" in error ? error.status : undefined;
  const codes: Readonly<Record<number, ErrorCode>> = {
    [ERROR_STATUS["bad-request"]]: "bad-request",
    [ERROR_STATUS["body-too-large"]]: "body-too-large",
    [ERROR_STATUS["unsupported-media-type"]]: "unsupported-media-type",
  };
  const code = typeof status === "number" ? codes[status] : undefined;
  return code ? new Refusal(code) : null;
}

/** The pattern a request matched, such as `/api/receive/:username`: never the path, which holds a name. */
export function routePattern(ctx: Context): string {
  const route: unknown = Reflect.get(ctx, "_matchedRoute");
  return typeof route === "string" ? route : "none";
}

/** What may be logged of an error: its class, code and stack. Messages can quote a request, so they stay out. */
export function describeError(error: unknown) {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { error: error.name, code, stack: frames.map((line) => line.trim()) };
}
