/** Builds one relay from what it is given: no globals, and it does not listen; that is the caller's to do. */
import { createServer, type Server } from "node:http";
import Koa, { type Context, type Next } from "koa";
import type { Logger } from "pino";
import { allowedOrigins } from "./allowed-origins.ts";
import type { Clock, RelayContext } from "./context.ts";
import { RelayCounts } from "./counts.ts";
import type { RelayLimits } from "./limits.ts";
import type { Hub } from "./live/hub.ts";
import { LiveServer } from "./live/live-server.ts";
import { answerErrors, describeError } from "./middleware/errors.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { createApi, isApiPath, refuseUnrouted } from "./routes/api.ts";
import { staticApp } from "./static-app.ts";
import type { Store } from "./store/store.ts";
import type { Bytes } from "./wire/bytes.ts";

const HEADERS_TIMEOUT_MILLISECONDS = 10_000;
const REQUEST_TIMEOUT_MILLISECONDS = 60_000;
/** Longer than the proxies in front of it keep theirs, so that they never write into a closed connection. */
const KEEP_ALIVE_MILLISECONDS = 75_000;
const SWEEP_MILLISECONDS = 10 * 60 * 1000;
/** How long open requests may take to finish when the relay closes. */
const DRAIN_MILLISECONDS = 5000;

export interface RelayParts {
  /** Stays the caller's, like the hub: neither is closed with the relay. */
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly limits: RelayLimits;
  /** Who may register a name that nobody owns. */
  readonly registration: RelayContext["registration"];
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Bytes;
  /** E.g. `https://chat.example`; null for every loopback name at the port the server listens on. */
  readonly publicOrigin: string | null;
  /** The folder of the built app; null to serve the API only. */
  readonly appFolder: string | null;
}

export interface Relay {
  /** Not listening yet. */
  readonly server: Server;
  readonly counts: RelayCounts;
  /** The port it listens on; 0 while it does not. */
  port(): number;
  /** How many live sockets are open. */
  sockets(): number;
  /** Deletes what has expired; happens at once and every ten minutes by itself, too. */
  sweep(): Promise<void>;
  /** Closes sockets with 1001, lets open requests finish and stops listening. */
  close(): Promise<void>;
}

/** Builds the relay; it begins to sweep at once. */
export function createRelay(parts: RelayParts): Relay {
  const relay: RelayContext = {
    store: parts.store,
    hub: parts.hub,
    clock: parts.clock,
    limits: parts.limits,
    registration: parts.registration,
    logger: parts.logger,
    counts: new RelayCounts(),
    randomBytes: parts.randomBytes,
    allowed: () => allowedOrigins(parts.publicOrigin, portOf(server)),
  };
  const server = createHttpServer(createApp(relay, parts));
  const live = new LiveServer(relay);
  server.on("upgrade", (request, socket, head) => live.upgrade(request, socket, head));

  const sweep = async () => {
    try {
      const rows = await relay.store.sweep(relay.clock());
      relay.logger.info({ rows, sockets: live.size, ...relay.counts.snapshot() }, "swept");
    } catch (error) {
      relay.logger.error(describeError(error), "sweep failed");
    }
  };
  const firstSweep = sweep();
  const sweepTimer = setInterval(() => void sweep(), SWEEP_MILLISECONDS);
  sweepTimer.unref();

  return {
    server,
    counts: relay.counts,
    port: () => portOf(server),
    sockets: () => live.size,
    sweep,
    async close() {
      clearInterval(sweepTimer);
      await live.close();
      await closeServer(server);
      await firstSweep;
    },
  };
}

function createApp(relay: RelayContext, { publicOrigin, appFolder }: RelayParts): Koa {
  const app = new Koa();
  app.on("error", (error: unknown) => relay.logger.debug(describeError(error), "answer not delivered"));
  app.use(securityHeaders(publicOrigin?.startsWith("https:") ?? false));
  app.use(answerErrors(relay));
  const api = createApi(relay);
  const serveApp = appFolder === null ? null : staticApp(appFolder);
  app.use(async (ctx: Context, next: Next) => {
    if (isApiPath(ctx.path)) await api(ctx, next);
    else if (serveApp) await serveApp(ctx, next);
    else await next();
  });
  app.use(refuseUnrouted);
  return app;
}

function createHttpServer(app: Koa): Server {
  const handle = app.callback();
  return createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MILLISECONDS,
      requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    },
    (request, response) => void handle(request, response),
  );
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  const impatience = setTimeout(() => server.closeAllConnections(), DRAIN_MILLISECONDS);
  await closed;
  clearTimeout(impatience);
}
