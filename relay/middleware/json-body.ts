/** Reads a request's body: JSON only, bounded in length and depth, and the exact bytes that its digest is about. */
import type { Context } from "koa";
import bodyParser from "koa-bodyparser";
import { Refusal } from "../refusal.ts";
import { MAX_JSON_DEPTH } from "../wire/limits.ts";

export interface RequestBody {
  readonly bytes: Uint8Array;
  /** undefined where there is none. */
  readonly json: unknown;
}

export type ReadBody = (ctx: Context) => Promise<RequestBody>;

/** Makes the reader; `requestBytes` is the longest body it accepts. Refuses with a Refusal or the parser's own 4xx. */
export function createBodyReader(requestBytes: number): ReadBody {
  const parse = bodyParser({ enableTypes: ["json"], jsonLimit: String(requestBytes), strict: true });
  return async (ctx) => {
    if (ctx.headers["content-encoding"] !== undefined) throw new Refusal("unsupported-media-type");
    if (ctx.method !== "POST") return refuseBody(ctx);
    if (!/^application\/json *(;|$)/i.test(ctx.get("content-type"))) throw new Refusal("unsupported-media-type");
    try {
      await parse(ctx, async () => {});
    } catch (error) {
      // Brackets nested tens of thousands deep exhaust the parser's stack.
      if (error instanceof RangeError) throw new Refusal("bad-request");
      throw error;
    }
    const json: unknown = ctx.request.body;
    if (!isShallow(json, MAX_JSON_DEPTH)) throw new Refusal("bad-request");
    return { bytes: Buffer.from(ctx.request.rawBody), json };
  };
}

/** Of a request that must not have a body: `bad-request` where there is one. */
export function refuseBody(ctx: Context): RequestBody {
  const hasBody = ctx.headers["transfer-encoding"] !== undefined || Number(ctx.headers["content-length"] ?? 0) !== 0;
  if (hasBody) throw new Refusal("bad-request");
  return { bytes: new Uint8Array(0), json: undefined };
}

/** Whether at most `levels` objects or arrays lie within each other. */
function isShallow(json: unknown, levels: number): boolean {
  if (typeof json !== "object" || json === null) return true;
  return levels > 0 && Object.values(json).every((value) => isShallow(value, levels - 1));
}
