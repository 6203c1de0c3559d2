/** All routes of the relay in one place, and what becomes of requests that match none. */
import Router, { type RouterContext } from "@koa/router";
import type { Context, Next } from "koa";
import type { RelayContext } from "../context.ts";
import { isOperatorsPath } from "../http/operators-paths.ts";
import { createChunkReader } from "../middleware/chunk-body.ts";
import { createBodyReader } from "../middleware/json-body.ts";
import { createRequestSignatures } from "../middleware/request-signature.ts";
import { Refusal } from "../refusal.ts";
import { CHUNK_BYTES } from "../wire/blob.ts";
import { acknowledge } from "./acknowledge.ts";
import { getChunk, putChunk } from "./blob-chunks.ts";
import { createBlob, deleteBlob, describeBlob } from "./blobs.ts";
import { deleteAccount } from "./delete-account.ts";
import { describeRelay } from "./describe-relay.ts";
import { epoch } from "./epoch.ts";
import { getKeys } from "./get-keys.ts";
import { live } from "./live.ts";
import { metrics } from "./metrics.ts";
import { publishKeys } from "./publish-keys.ts";
import { ready } from "./ready.ts";
import { receive } from "./receive.ts";
import { send } from "./send.ts";

/** Whether a path is the API's, so that the app never answers it. */
export function isApiPath(path: string): boolean {
  return isOperatorsPath(path) || path === "/api" || path.startsWith("/api/");
}

/** Of all routes; HEAD is none, or the router would answer it like GET, and hand out a one-time prekey that nobody reads. */
const METHODS: readonly string[] = ["GET", "POST", "PUT", "DELETE"];

/** The router's middleware: JSON in and out, but for chunks of blobs, and nothing cached. */
export function createApi(relay: RelayContext) {
  const signatures = createRequestSignatures(relay, {
    json: createBodyReader(relay.limits.requestBytes),
    chunk: createChunkReader(CHUNK_BYTES),
  });
  const router = new Router({ sensitive: true, strict: true });
  // Refused before anything of them is read or stored.
  const whileStoreWorks = (_ctx: RouterContext, next: Next) => {
    relay.health.refuseWhileFailing();
    return next();
  };
  router.get("/live", live);
  router.get("/ready", ready(relay));
  router.get("/metrics", metrics(relay));
  router.get("/api/relay", describeRelay(relay));
  router.post("/api/publish_keys", whileStoreWorks, publishKeys(relay, signatures));
  router.get("/api/get_keys/:username", getKeys(relay, signatures));
  router.post("/api/send", whileStoreWorks, send(relay, signatures));
  router.get("/api/receive/:username", receive(relay, signatures));
  router.post("/api/acknowledge/:username", acknowledge(relay, signatures));
  router.post("/api/epoch/:username", epoch(relay, signatures));
  router.post("/api/delete_account/:username", deleteAccount(relay, signatures));
  router.post("/api/blobs", whileStoreWorks, createBlob(relay, signatures));
  router.get("/api/blobs/:id", describeBlob(relay, signatures));
  router.delete("/api/blobs/:id", deleteBlob(relay, signatures));
  router.put("/api/blobs/:id/:index", whileStoreWorks, putChunk(relay, signatures));
  router.get("/api/blobs/:id/:index", getChunk(relay, signatures));
  const routes = router.routes();

  return async (ctx: Context, next: Next): Promise<void> => {
    ctx.set("Cache-Control", "no-store");
    if (!METHODS.includes(ctx.method) && isKnown(ctx)) throw new Refusal("method-not-allowed");
    // The router completes the context it is given; Koa's own type does not know the additions.
    await routes(ctx as unknown as RouterContext, next);
  };

  function isKnown(ctx: Context): boolean {
    return router.match(ctx.path, ctx.method).path.length > 0;
  }
}

/** What no route has answered: `method-not-allowed` where another method would do, else `not-found`. */
export function refuseUnrouted(ctx: Context): never {
  const matched: unknown = Reflect.get(ctx, "matched");
  const known = Array.isArray(matched) && matched.length > 0;
  throw new Refusal(known ? "method-not-allowed" : "not-found");
}
