/**
 * Lets pages of other origins use the API: for those who serve the app from where the relay cannot write. Who may read
 * an answer is all that this decides; who may ask for something, signatures do.
 */
import type { Context, Next } from "koa";

const METHODS = "GET, POST, PUT, DELETE";
/** What a signed request carries beyond what every page may send. */
const REQUEST_HEADERS = "content-digest, content-type, signature, signature-input";
/** How long a browser may remember the answer to its question, in seconds; Chromium's own limit. */
const MAX_AGE_SECONDS = 7200;

/** For pages of exactly these origins, e.g. `https://app.example`. */
export function allowOrigins(origins: readonly string[]) {
  const allowed: ReadonlySet<string> = new Set(origins);
  return async (ctx: Context, next: Next): Promise<void> => {
    if (allowed.size === 0 || !ctx.path.startsWith("/api/")) return next();
    // Set for all, so that no cache gives one origin's answer to another.
    ctx.vary("Origin");
    const origin = ctx.get("origin");
    if (!allowed.has(origin)) return next();
    ctx.set("Access-Control-Allow-Origin", origin);
    ctx.set("Access-Control-Expose-Headers", "Retry-After");
    if (ctx.method !== "OPTIONS" || ctx.get("access-control-request-method") === "") return next();
    ctx.set("Access-Control-Allow-Methods", METHODS);
    ctx.set("Access-Control-Allow-Headers", REQUEST_HEADERS);
    ctx.set("Access-Control-Max-Age", String(MAX_AGE_SECONDS));
    ctx.status = 204;
  };
}
