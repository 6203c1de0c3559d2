/**
 * The file of a backup: a SQLite database of its own, readable by its owner only. It takes its name when it is complete
 * and on disk; until then it lies beside it under another, and goes when something fails.
 */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { sqliteDialect } from "../store/dialect.ts";
import type { Tables } from "../store/tables.ts";
import { type Database, migrateToVersion } from "./database.ts";

/** Makes the file, of this shape, of what `write` puts into it; throws what `write` throws, with no file left. */
export async function writeBackupFile<T>(
  file: string,
  version: number,
  write: (database: Database) => Promise<T>,
): Promise<T> {
  const partial = `${file}.${randomBytes(6).toString("hex")}.partial`;
  closeSync(openSync(partial, "wx", 0o600));
  try {
    const result = await fill(partial, version, write);
    syncToDisk(partial);
    renameSync(partial, file);
    syncToDisk(dirname(file));
    return result;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

async function fill<T>(path: string, version: number, write: (database: Database) => Promise<T>): Promise<T> {
  const connection = new Sqlite(path);
  try {
    // A file that fails is thrown away, so no journal needs the disk; it is synced once, at the end.
    connection.pragma("journal_mode = MEMORY");
    connection.pragma("synchronous = OFF");
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: connection }) });
    await migrateToVersion({ db, dialect: sqliteDialect }, version);
    connection.pragma(`user_version = ${version}`);
    return await db.transaction().execute((trx) => write({ db: trx, dialect: sqliteDialect }));
  } finally {
    connection.close();
  }
}

/** A file or a folder; the folder, so that the name is there after a power cut, too. */
function syncToDisk(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
