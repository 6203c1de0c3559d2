/** What every program of the relay begins with: the environment, a person to tell, and the configured store. */
import { fileURLToPath } from "node:url";
import { limitsOf } from "../limits.ts";
import { openPostgresStore } from "../store/postgres-store.ts";
import { explainSqlite, openSqliteStore } from "../store/sqlite-store.ts";
import { type OpeningOptions, type Store, StoreError } from "../store/store.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Tells the person who started it. */
  readonly say: (line: string) => void;
  readonly complain: (line: string) => void;
}

/** The configuration of the environment; null after complaining of each fault, with the exit code set. */
export function configure({ environment, complain }: Surroundings): Configuration | null {
  const outcome = readConfiguration(environment, defaultAppFolder());
  if (outcome.kind === "valid") return outcome.configuration;
  fail(outcome.faults, complain);
  return null;
}

/**
 * The store of the configuration; null after complaining that it cannot be opened, with the exit code set.
 */
export async function openStore(
  configuration: Configuration,
  { complain }: Surroundings,
  options?: OpeningOptions,
): Promise<Store | null> {
  try {
    const { databaseUrl, dataFolder } = configuration;
    const limits = limitsOf(configuration);
    return databaseUrl === null
      ? await openSqliteStore(dataFolder, limits, options)
      : await openPostgresStore(databaseUrl, limits, options);
  } catch (error) {
    fail([(configuration.databaseUrl === null ? storeFault : databaseFault)(error, configuration)], complain);
    return null;
  }
}

/** Complains of each fault; the process will exit with 1. */
export function fail(faults: readonly string[], complain: Surroundings["complain"]): void {
  for (const fault of faults) complain(fault);
  process.exitCode = 1;
}

/** A system error's code, e.g. "EACCES"; "unknown" when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}

/** Beside the compiled relay, or where the build would put it when the relay runs from its source. */
function defaultAppFolder(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../../build/web" : "../../web", import.meta.url));
}

function storeFault(error: unknown, { dataFolder }: Configuration): string {
  if (!(error instanceof StoreError)) throw error;
  switch (error.code) {
    case "newer-database":
      return `The database in ${dataFolder} was written by a newer version of Sotto: update, or choose another RELAY_DATA.`;
    case "older-database":
      return `The database in ${dataFolder} was written by an earlier version of Sotto: start this version's relay once, which brings it up to date.`;
    case "not-durable":
      return `The database in ${dataFolder} cannot be written durably: choose a local disk with RELAY_DATA.`;
    case "unusable":
      if (explainSqlite(error.cause) === "corrupt") {
        return `The database in ${dataFolder} is damaged (${errorCode(error.cause)}): restore a backup of it.`;
      }
      return `The database in ${dataFolder} cannot be opened (${errorCode(error.cause)}): see RELAY_DATA.`;
  }
}

/** Names nothing of the address, which holds a password. */
function databaseFault(error: unknown): string {
  if (!(error instanceof StoreError)) throw error;
  switch (error.code) {
    case "newer-database":
      return "The database of RELAY_DATABASE_URL was written by a newer version of Sotto: update, or choose another.";
    case "older-database":
      return "The database of RELAY_DATABASE_URL was written by an earlier version of Sotto, or by none: start this version's relay once, which brings it up to date.";
    case "not-durable":
      return "The database of RELAY_DATABASE_URL must have fsync and synchronous_commit on, or mail could be lost.";
    case "unusable":
      return `The database of RELAY_DATABASE_URL cannot be opened (${errorCode(error.cause)}): is it running, and is there such a database?`;
  }
}
