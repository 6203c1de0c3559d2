/** Builds one relay from what it is given: no globals, and it does not listen; that is the caller's to do. */
import type { Server } from "node:http";
import type { BlockList } from "node:net";
import Koa, { type Context, type Next } from "koa";
import type { Logger } from "pino";
import type { Clock, RelayContext } from "./context.ts";
import type { Buckets } from "./fairness/buckets.ts";
import { createFairness } from "./fairness/fairness.ts";
import type { RelayCounts } from "./health/counts.ts";
import { registerGauges } from "./health/gauges.ts";
import type { RelayMetrics } from "./health/metrics.ts";
import { createMetricsReaders } from "./health/metrics-readers.ts";
import { StoreHealth } from "./health/store-health.ts";
import { allowedOrigins } from "./http/allowed-origins.ts";
import { createClientAddresses } from "./http/client-address.ts";
import { createHttpServer } from "./http/http-server.ts";
import { OpenRequests } from "./http/open-requests.ts";
import { staticApp } from "./http/static-app.ts";
import { Transfers } from "./http/transfers.ts";
import type { RelayLimits } from "./limits.ts";
import type { Hub } from "./live/hub.ts";
import { LiveServer } from "./live/live-server.ts";
import { limitAddresses } from "./middleware/address-limits.ts";
import { allowOrigins } from "./middleware/cross-origin.ts";
import { answerErrors, describeError } from "./middleware/errors.ts";
import { observeRequests } from "./middleware/observe-requests.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { createApi, isApiPath, refuseUnrouted } from "./routes/api.ts";
import { BlobCollector } from "./store/blob-collector.ts";
import { type Store, StoreFailure } from "./store/store.ts";
import { SweepClock } from "./store/sweep-clock.ts";
import type { Bytes } from "./wire/bytes.ts";

const SWEEP_MILLISECONDS = 10 * 60 * 1000;
/** How long open requests, and a sweep, may take to finish when the relay closes. */
const DRAIN_MILLISECONDS = 5000;
/** How long a connection may take to end after its last answer. */
const LINGER_MILLISECONDS = 1000;

export interface RelayParts {
  /** Stays the caller's, like the hub: neither is closed with the relay. */
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  /** Milliseconds of this process that no setting of a clock changes. */
  readonly uptime: Clock;
  readonly limits: RelayLimits;
  /** In which it counts who asks how much; shared when the store is. */
  readonly buckets: Buckets;
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: BlockList;
  /** Who may register a name that nobody owns. */
  readonly registration: RelayContext["registration"];
  readonly logger: Logger;
  /** Its own: no other relay counts there. */
  readonly metrics: RelayMetrics;
  /** Who may read the metrics. */
  readonly metricsFrom: BlockList;
  readonly randomBytes: (length: number) => Bytes;
  /** E.g. `https://chat.example`; null for every loopback name at the port the server listens on. */
  readonly publicOrigin: string | null;
  /** Further origins whose pages may use this relay. */
  readonly allowedOrigins: readonly string[];
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
  /** Deletes what has expired, if the clock may be believed; happens at once and every ten minutes by itself, too. */
  sweep(): Promise<void>;
  /** Takes nothing more on, closes sockets with 1001, lets open requests finish (5 s at most) and stops listening. */
  close(): Promise<void>;
}

/** Builds the relay; it begins to sweep at once. */
export function createRelay(parts: RelayParts): Relay {
  const { buckets, limits, clock, metrics, store, logger } = parts;
  const addresses = createClientAddresses(parts.trustedProxies);
  const ending = new AbortController();
  const reportFailure = (what: string) => (error: unknown) => {
    if (error instanceof StoreFailure) relay.health.report(error);
    else logger.error(describeError(error), `${what} failed`);
  };
  const relay: RelayContext = {
    store: parts.store,
    hub: parts.hub,
    clock: parts.clock,
    limits: parts.limits,
    registration: parts.registration,
    logger: parts.logger,
    counts: metrics.counts,
    metrics,
    mayReadMetrics: createMetricsReaders({ ...parts, addresses }),
    health: new StoreHealth({ store, logger, onRecovered: () => live.deliverMail() }),
    requests: new OpenRequests(),
    transfers: new Transfers(limits.transfers),
    collector: new BlobCollector({ store, signal: ending.signal, onFailure: reportFailure("deleting blobs") }),
    fairness: createFairness({ buckets, limits: limits.fairness, clock }),
    clientAddress: (request) => addresses.of(request),
    randomBytes: parts.randomBytes,
    allowed: () => allowedOrigins(parts.publicOrigin, portOf(server), parts.allowedOrigins),
  };
  const handle = createApp(relay, parts).callback();
  const server = createHttpServer({
    limits: limits.http,
    addresses,
    handle: (request, response) => {
      relay.requests.add(response);
      void handle(request, response);
    },
    onRefused: (code) => relay.counts.refuse(code),
  });
  const live = new LiveServer(relay);
  server.on("upgrade", (request, socket, head) => live.upgrade(request, socket, head));

  const sweepClock = new SweepClock();
  let sweepHeld = false;
  metrics.gauge("sotto_sweep_held", "1 while the clock may be wrong and nothing is deleted by it", () =>
    sweepHeld ? 1 : 0,
  );
  const sweep = async () => {
    // What people have deleted goes whatever the clock says.
    relay.collector.wake();
    try {
      const now = relay.clock();
      const sweptAt = await relay.store.sweptAt(now);
      sweepHeld = !sweepClock.mayBelieve({ now, uptime: parts.uptime(), swept: sweptAt });
      if (sweepHeld) {
        logger.warn({ sweptAt }, "long since the last sweep: nothing is deleted until the clock has held for an hour");
        return;
      }
      const rows = await relay.store.sweep(now, ending.signal);
      relay.logger.info({ rows, sockets: live.size, ...relay.counts.snapshot() }, "swept");
    } catch (error) {
      reportFailure("sweep")(error);
    }
  };
  let sweeping = sweep();
  const sweepTimer = setInterval(() => {
    sweeping = sweep();
  }, SWEEP_MILLISECONDS);
  sweepTimer.unref();
  const stopMeasuring = registerGauges(relay, () => live.size);

  return {
    server,
    counts: relay.counts,
    port: () => portOf(server),
    sockets: () => live.size,
    sweep,
    async close() {
      clearInterval(sweepTimer);
      ending.abort();
      await Promise.all([relay.requests.drain(DRAIN_MILLISECONDS), live.close()]);
      await closeServer(server);
      relay.health.close();
      stopMeasuring();
      await within(DRAIN_MILLISECONDS, Promise.all([sweeping, relay.collector.settled()]));
    },
  };
}

function createApp(relay: RelayContext, { publicOrigin, appFolder, allowedOrigins: elsewhere }: RelayParts): Koa {
  const app = new Koa();
  app.on("error", (error: unknown) => relay.logger.debug(describeError(error), "answer not delivered"));
  app.use(securityHeaders(publicOrigin?.startsWith("https:") ?? false));
  app.use(observeRequests(relay));
  app.use(allowOrigins(elsewhere));
  app.use(answerErrors(relay));
  app.use(limitAddresses(relay));
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

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  const impatience = setTimeout(() => server.closeAllConnections(), LINGER_MILLISECONDS);
  await closed;
  clearTimeout(impatience);
}

/** Waits for what is under way, but not longer than so many milliseconds. */
async function within(milliseconds: number, underWay: Promise<unknown>): Promise<void> {
  let patience: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    patience = setTimeout(resolve, milliseconds);
  });
  await Promise.race([underWay, tooLong]);
  clearTimeout(patience);
}
