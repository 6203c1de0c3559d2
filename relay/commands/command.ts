/** What every command of the operator is: a name, what it takes, one line of help, and what came of it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Configuration } from "../configuration/configuration.ts";
import { configure, errorCode, openStore, type Surroundings } from "../configuration/surroundings.ts";
import { DATABASE_FILE } from "../store/sqlite-store.ts";
import { type Store, StoreFailure } from "../store/store.ts";

export type CommandOutcome =
  /** For standard output; the exit code is 0. */
  | { readonly kind: "done"; readonly lines: readonly string[] }
  /** For standard error; the exit code is 1. No lines when the reason was told already. */
  | { readonly kind: "failed"; readonly lines: readonly string[] }
  /** The arguments are not what the command takes: its usage is for standard error, and the exit code is 1. */
  | { readonly kind: "misused" };

export interface Command {
  readonly name: string;
  /** What follows the name, e.g. `<username>` or `[uses] [days]`; empty when nothing does. */
  readonly parameters: string;
  /** One line, lower case, that goes on after the name. */
  readonly summary: string;
  readonly run: (args: readonly string[], surroundings: Surroundings) => Promise<CommandOutcome>;
}

export function done(...lines: readonly string[]): CommandOutcome {
  return { kind: "done", lines };
}

export function failed(...lines: readonly string[]): CommandOutcome {
  return { kind: "failed", lines };
}

/** Runs `work` on the configured store, beside a relay that may be using it, and closes it again. */
export async function withStore(
  surroundings: Surroundings,
  work: (store: Store, configuration: Configuration) => Promise<CommandOutcome>,
): Promise<CommandOutcome> {
  const configuration = configure(surroundings);
  if (!configuration) return failed();
  const { dataFolder, databaseUrl } = configuration;
  if (databaseUrl === null && !existsSync(join(dataFolder, DATABASE_FILE))) {
    return failed(`There is no database in ${dataFolder}: set RELAY_DATA as it is for the relay.`);
  }
  const store = await openStore(configuration, surroundings, { upgrades: false });
  if (!store) return failed();
  try {
    return await work(store, configuration);
  } catch (error) {
    const reason = error instanceof StoreFailure ? error.reason : errorCode(error);
    return failed(`The database ${describePlace(configuration).place} cannot be used now (${reason}): try again.`);
  } finally {
    await store.close();
  }
}

/** Where the database is, and which variable says so. The address of a server holds a password, so it stays out. */
export function describePlace({ databaseUrl, dataFolder }: Configuration): {
  readonly place: string;
  readonly variable: string;
} {
  return databaseUrl === null
    ? { place: `in ${dataFolder}`, variable: "RELAY_DATA" }
    : { place: "of RELAY_DATABASE_URL", variable: "RELAY_DATABASE_URL" };
}

/** A whole number from `min` to `max` as a person writes it; null when it is none. */
export function parseCount(text: string, min: number, max: number): number | null {
  if (!/^[0-9]{1,9}$/.test(text)) return null;
  const count = Number(text);
  return count >= min && count <= max ? count : null;
}

/** A number with its noun, which takes an s unless there is one. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
