/** Runs one relay in this process: reads the environment, opens the store, listens, and ends it on SIGTERM or SIGINT. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { destination, pino } from "pino";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { createRelay, type Relay } from "./create-relay.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { createLocalHub } from "./live/hub.ts";
import { hasApp } from "./static-app.ts";
import { openSqliteStore } from "./store/sqlite-store.ts";
import { type Store, StoreError } from "./store/store.ts";

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Tells the person who started it. */
  readonly say: (line: string) => void;
  readonly complain: (line: string) => void;
}

/** Resolves once the relay listens, or once it is clear that it cannot: the exit code is then 1. */
export async function serve({ environment, say, complain }: Surroundings): Promise<void> {
  const outcome = readConfiguration(environment, defaultAppFolder());
  if (outcome.kind === "invalid") return fail(outcome.faults, complain);
  const { configuration } = outcome;
  let store: Store;
  try {
    store = await openSqliteStore(configuration.dataFolder, DEFAULT_LIMITS);
  } catch (error) {
    return fail([storeFault(error, configuration)], complain);
  }
  const appFolder = hasApp(configuration.appFolder) ? configuration.appFolder : null;
  const logger = pino({ base: null }, destination({ dest: 2, sync: true }));
  const relay = createRelay({
    store,
    hub: createLocalHub(),
    clock: Date.now,
    limits: DEFAULT_LIMITS,
    logger,
    randomBytes: (length) => Uint8Array.from(randomBytes(length)),
    publicOrigin: configuration.publicOrigin,
    appFolder,
  });
  try {
    await listen(relay, configuration);
  } catch (error) {
    await relay.close();
    await store.close();
    return fail([listenFault(error, configuration)], complain);
  }
  closeOnSignal(async () => {
    await relay.close();
    await store.close();
    logger.info(relay.counts.snapshot(), "stopped");
  });
  logger.info("started");
  if (appFolder === null) say("There is no built app here: only the API is served.");
  say(`Sotto is open at ${configuration.publicOrigin ?? new URL(`http://localhost:${relay.port()}`).origin}`);
}

/** Beside the compiled relay, or where the build would put it when the relay runs from its source. */
function defaultAppFolder(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../build/web" : "../web", import.meta.url));
}

async function listen({ server }: Relay, { host, port }: Configuration): Promise<void> {
  server.listen({ host, port });
  await once(server, "listening");
}

/** The first signal ends the relay in order, a second one at once. */
function closeOnSignal(close: () => Promise<void>): void {
  let closing = false;
  const onSignal = () => {
    if (closing) process.exit(1);
    closing = true;
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

function fail(faults: readonly string[], complain: (line: string) => void): void {
  for (const fault of faults) complain(fault);
  process.exitCode = 1;
}

function listenFault(error: unknown, { host, port }: Configuration): string {
  const code = errorCode(error);
  if (code === "EADDRINUSE") return `Port ${port} on ${host} is taken: end what uses it, or choose another with PORT.`;
  if (code === "EACCES") return `Port ${port} on ${host} may not be used by this account: choose another with PORT.`;
  return `The relay cannot listen on ${host}, port ${port} (${code}): see HOST and PORT.`;
}

function storeFault(error: unknown, { dataFolder }: Configuration): string {
  if (!(error instanceof StoreError)) throw error;
  switch (error.code) {
    case "newer-database":
      return `The database in ${dataFolder} was written by a newer version of Sotto: update, or choose another RELAY_DATA.`;
    case "not-durable":
      return `The database in ${dataFolder} cannot be written durably: choose a local disk with RELAY_DATA.`;
    case "unusable":
      return `The database in ${dataFolder} cannot be opened (${errorCode(error.cause)}): see RELAY_DATA.`;
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}
