/**
 * Runs one relay in this process: reads the environment, opens the store, listens, and ends it on SIGTERM or SIGINT.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { destination, pino } from "pino";
import type { Configuration } from "./configuration/configuration.ts";
import { configure, errorCode, fail, openStore, type Surroundings } from "./configuration/surroundings.ts";
import { createRelay, type Relay } from "./create-relay.ts";
import { RelayMetrics } from "./health/metrics.ts";
import { hasApp } from "./http/static-app.ts";
import { limitsOf } from "./limits.ts";
import { openSharing } from "./sharing.ts";
import { holdFolder } from "./store/folder-hold.ts";

/** Resolves once the relay listens, or once it is clear that it cannot: the exit code is then 1. */
export async function serve(surroundings: Surroundings): Promise<void> {
  const { say, complain } = surroundings;
  const configuration = configure(surroundings);
  if (!configuration) return;
  const logger = pino({ base: null, level: configuration.logLevel }, destination({ dest: 2, sync: true }));
  const metrics = new RelayMetrics();
  // Before the store is opened, which brings its database up to date: the other relay may be of an earlier version.
  const release = holdData(configuration);
  if (typeof release === "string") return fail([release], complain);
  const store = await openStore(configuration, surroundings, { onCommit: metrics.observeCommit });
  if (!store) return release();
  const { registration, mailDays } = configuration;
  logger.info({ node: process.versions.node, registration, mailDays }, "starting");
  const sharing = await openSharing(configuration, logger);
  const appFolder = hasApp(configuration.appFolder) ? configuration.appFolder : null;
  const relay = createRelay({
    store,
    hub: sharing.hub,
    clock: Date.now,
    uptime: () => performance.now(),
    limits: limitsOf(configuration),
    buckets: sharing.buckets,
    trustedProxies: configuration.trustedProxies,
    registration,
    logger,
    metrics,
    metricsFrom: configuration.metricsFrom,
    randomBytes: (length) => Uint8Array.from(randomBytes(length)),
    publicOrigin: configuration.publicOrigin,
    allowedOrigins: configuration.allowedOrigins,
    appFolder,
  });
  try {
    await listen(relay, configuration);
  } catch (error) {
    await relay.close();
    await sharing.close();
    await store.close();
    release();
    return fail([listenFault(error, configuration)], complain);
  }
  closeOnSignal(async () => {
    await relay.close();
    await sharing.close();
    await store.close();
    release();
    logger.info(relay.counts.snapshot(), "drained");
  });
  logger.info("ready");
  if (appFolder === null) say("There is no built app here: only the API is served.");
  say(`Sotto is open at ${configuration.publicOrigin ?? new URL(`http://localhost:${relay.port()}`).origin}`);
}

async function listen({ server }: Relay, { host, port }: Configuration): Promise<void> {
  server.listen({ host, port });
  await once(server, "listening");
}

/** What ends the hold on the data folder, or why there is none. */
function holdData({ databaseUrl, dataFolder }: Configuration): (() => void) | string {
  if (databaseUrl !== null) return () => {};
  try {
    const taken = `Another relay serves ${dataFolder}: end it, or choose another RELAY_DATA.`;
    return holdFolder(dataFolder, HOLD_MILLISECONDS) ?? taken;
  } catch (error) {
    return `The relay cannot lock ${dataFolder} (${errorCode(error)}): it must own that folder and relay.lock in it; see RELAY_DATA.`;
  }
}

/** How long to wait for a relay that is just ending; the process stands still meanwhile. */
const HOLD_MILLISECONDS = 5000;

/** How long ending in order may take, should the database hang. */
const END_MILLISECONDS = 20_000;

/** The first signal ends the relay in order, a second one at once. */
function closeOnSignal(close: () => Promise<void>): void {
  let closing = false;
  const onSignal = () => {
    if (closing) process.exit(1);
    closing = true;
    setTimeout(() => process.exit(1), END_MILLISECONDS).unref();
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

function listenFault(error: unknown, { host, port }: Configuration): string {
  const code = errorCode(error);
  if (code === "EADDRINUSE") return `Port ${port} on ${host} is taken: end what uses it, or choose another with PORT.`;
  if (code === "EACCES") return `Port ${port} on ${host} may not be used by this account: choose another with PORT.`;
  return `The relay cannot listen on ${host}, port ${port} (${code}): see HOST and PORT.`;
}
