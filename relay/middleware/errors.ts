/** Turns whatever a request throws into `{ "error": code }` with its status; nothing else ever leaves the relay. */
import type { Context, Next } from "koa";
import type { RelayContext } from "../context.ts";
import { Refusal } from "../refusal.ts";
import { ERROR_STATUS, type ErrorBody, type ErrorCode } from "../wire/error-codes.ts";

/** The outermost middleware of the API. */
export function answerErrors(relay: RelayContext) {
  return async (ctx: Context, next: Next): Promise<void> => {
    try {
      await next();
    } catch (error) {
      const refusal = toRefusal(error);
      if (refusal) {
        relay.counts.refused += 1;
        relay.logger.debug({ code: refusal.code, route: routePattern(ctx) }, "request refused");
        answer(ctx, refusal);
      } else {
        relay.counts.failed += 1;
        relay.logger.error({ ...describeError(error), route: routePattern(ctx) }, "request failed");
        answer(ctx, new Refusal("internal"));
      }
    }
  };
}

function answer(ctx: Context, { code, status, time }: Refusal): void {
  const body: ErrorBody = { error: code, ...(time === undefined ? {} : { time }) };
  ctx.status = status;
  ctx.set("Cache-Control", "no-store");
  ctx.body = body;
}

/** Refusals as they are, and what the body parser throws about a client's bytes; null for our own failures. */
function toRefusal(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
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
function routePattern(ctx: Context): string {
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
