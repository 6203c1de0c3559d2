/** What the tests of backups share: databases that are open beside their relay, and what a database holds. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { sql } from "kysely";
import { onTestFinished } from "vitest";
import { openSqliteStore } from "../../store/sqlite-store.ts";
import { CONTRACT_LIMITS } from "../../store/testing/contract-fixtures.ts";
import { temporaryFolder } from "../../testing/test-relay.ts";
import { type BackUp, backUp } from "../back-up.ts";
import { COPIED_TABLES } from "../copied-tables.ts";
import type { Database, OpenDatabase } from "../database.ts";
import { openSqliteSource, openSqliteTarget } from "../open-configured.ts";
import { type Restore, type RestoreOutcome, restore } from "../restore.ts";

const quietly = { onProgress: () => {}, signal: new AbortController().signal };

/** Makes a backup of the database in `folder`, as the command does; returns its file. */
export async function backUpFolder(folder: string): Promise<string> {
  const source = openSqliteSource(folder);
  if (!source) throw new Error("there is no database to back up");
  return backUpDatabase(source);
}

/** Makes a backup of a database, and closes it. */
export async function backUpDatabase(
  source: OpenDatabase,
  onProgress: BackUp["onProgress"] = () => {},
): Promise<string> {
  const file = join(temporaryFolder(), "backup.sqlite");
  const outcome = await backUp({ source, file, ...quietly, onProgress });
  await source.close();
  if (outcome.kind !== "written") throw new Error(`backup ended as ${outcome.kind}`);
  return file;
}

/** Restores into the database that `openTarget` opens. */
export function restoreTo(
  file: string,
  openTarget: Restore["openTarget"],
  options: Partial<Restore> = {},
): Promise<RestoreOutcome> {
  return restore({ file, openTarget, ...quietly, ...options });
}

/** Restores into the database in `folder`, which is made when it is not there. */
export function restoreToFolder(file: string, folder: string, options: Partial<Restore> = {}): Promise<RestoreOutcome> {
  return restoreTo(file, () => openFolder(folder), options);
}

async function openFolder(folder: string): Promise<OpenDatabase> {
  await (await openSqliteStore(folder, CONTRACT_LIMITS)).close();
  return openSqliteTarget(folder);
}

/** Every row of every table that is copied, in an order of its own. */
export async function contentOf({ db }: Database): Promise<Readonly<Record<string, readonly string[]>>> {
  const content: Record<string, readonly string[]> = {};
  for (const table of COPIED_TABLES) {
    const { rows } = await sql<Readonly<Record<string, unknown>>>`select * from ${sql.table(table)}`.execute(db);
    content[table] = rows.map(spellOut).sort();
  }
  return content;
}

/** Columns by name, and bytes in hexadecimal: databases differ in the order of the former and the class of the latter. */
function spellOut(row: Readonly<Record<string, unknown>>): string {
  const columns = Object.entries(row).sort(([left], [right]) => left.localeCompare(right));
  return JSON.stringify(
    columns.map(([name, value]) => [name, value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value]),
  );
}

/** Likewise for the database in `folder`; null when there is none. */
export async function contentOfFolder(folder: string): Promise<Readonly<Record<string, readonly string[]>> | null> {
  const source = openSqliteSource(folder);
  if (!source) return null;
  const content = await contentOf(source);
  await source.close();
  return content;
}

/** A database file that goes with the test. */
export function openFile(file: string): Sqlite.Database {
  if (!existsSync(file)) throw new Error("there is no such file");
  const database = new Sqlite(file);
  onTestFinished(() => void database.close());
  return database;
}
