/** Opens the file of a backup for reading, brought to the shape of this version. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { sqliteDialect } from "../store/dialect.ts";
import { DATABASE_VERSION, migrate } from "../store/migrations.ts";
import type { Tables } from "../store/tables.ts";
import { type OpenDatabase, shapeOf } from "./database.ts";

export type OpenedBackup =
  | { readonly kind: "open"; readonly database: OpenDatabase }
  | { readonly kind: "damaged" }
  | { readonly kind: "newer" }
  | { readonly kind: "foreign" };

/** Checks every page first. The file itself never changes: one of an earlier version is brought up to date as a copy. */
export async function openBackup(file: string): Promise<OpenedBackup> {
  const connection = openSound(file);
  if (connection === null) return { kind: "damaged" };
  const database = databaseOn(connection);
  const opened = await openKnown(database, connection).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  if (opened.kind !== "open" || opened.database !== database) await database.close();
  return opened;
}

async function openKnown(database: OpenDatabase, connection: Sqlite.Database): Promise<OpenedBackup> {
  const shape = await shapeOf(database);
  if (shape.kind !== "known") return shape;
  return { kind: "open", database: shape.version === DATABASE_VERSION ? database : await upToDateCopy(connection) };
}

/** Null when it is no SQLite file, or not whole. */
function openSound(file: string): Sqlite.Database | null {
  let connection: Sqlite.Database | null = null;
  try {
    connection = new Sqlite(file, { fileMustExist: true });
    connection.pragma("query_only = ON");
    if (isWhole(connection, file)) return connection;
  } catch (error) {
    connection?.close();
    if (isDamage(error)) return null;
    throw error;
  }
  connection.close();
  return null;
}

/** SQLite checks every page, but takes a last one that is cut off for one that ends in zeros. */
function isWhole(connection: Sqlite.Database, file: string): boolean {
  const pageBytes = Number(connection.pragma("page_size", { simple: true }));
  return statSync(file).size % pageBytes === 0 && connection.pragma("integrity_check", { simple: true }) === "ok";
}

function isDamage(error: unknown): boolean {
  return (
    error instanceof Sqlite.SqliteError && (error.code.startsWith("SQLITE_CORRUPT") || error.code === "SQLITE_NOTADB")
  );
}

async function upToDateCopy(connection: Sqlite.Database): Promise<OpenDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "sotto-restore-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const path = join(folder, "backup.sqlite");
    await connection.backup(path);
    const database = databaseOn(new Sqlite(path));
    await migrate(database.db, sqliteDialect);
    return { ...database, close: () => database.close().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

function databaseOn(connection: Sqlite.Database): OpenDatabase {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: connection }) });
  return { db, dialect: sqliteDialect, close: () => db.destroy() };
}
