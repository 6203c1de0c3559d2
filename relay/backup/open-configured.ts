/** Opens the database that the configuration names, to be copied from or to. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import type { Configuration } from "../configuration/configuration.ts";
import { postgresDialect, sqliteDialect } from "../store/dialect.ts";
import { ImmediateSqliteDialect } from "../store/immediate-dialect.ts";
import { connectPostgres } from "../store/postgres-connection.ts";
import { DATABASE_FILE } from "../store/sqlite-store.ts";
import type { Tables } from "../store/tables.ts";
import type { OpenDatabase } from "./database.ts";

/** How long to wait for a relay that writes, in milliseconds. */
const BUSY_MILLISECONDS = 30_000;

/** For reading, beside a relay that may be using it; null when there is none. */
export function openSource({ databaseUrl, dataFolder }: Configuration): OpenDatabase | null {
  return databaseUrl === null ? openSqliteSource(dataFolder) : openPostgres(databaseUrl);
}

/** For writing; it is there and brought up to date by now. */
export function openTarget({ databaseUrl, dataFolder }: Configuration): OpenDatabase {
  return databaseUrl === null ? openSqliteTarget(dataFolder) : openPostgres(databaseUrl);
}

/** One connection to the database at `url`, opened when it is first used. */
export function openPostgres(url: string): OpenDatabase {
  const db = connectPostgres(url, { connections: 1, patienceMilliseconds: null });
  return { db, dialect: postgresDialect, close: () => db.destroy() };
}

/** The embedded database in this folder, for reading; null when there is none. */
export function openSqliteSource(folder: string): OpenDatabase | null {
  const path = join(folder, DATABASE_FILE);
  if (!existsSync(path)) return null;
  const connection = new Sqlite(path, { fileMustExist: true, timeout: BUSY_MILLISECONDS });
  connection.pragma("query_only = ON");
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: connection }) });
  return { db, dialect: sqliteDialect, close: () => db.destroy() };
}

/** Likewise for writing, with commits that are on disk. */
export function openSqliteTarget(folder: string): OpenDatabase {
  const connection = new Sqlite(join(folder, DATABASE_FILE), { fileMustExist: true, timeout: BUSY_MILLISECONDS });
  connection.pragma("synchronous = FULL");
  connection.pragma("secure_delete = ON");
  const db = new Kysely<Tables>({ dialect: new ImmediateSqliteDialect({ database: connection }) });
  return { db, dialect: sqliteDialect, close: () => db.destroy() };
}
