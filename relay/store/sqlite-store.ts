/** The store on an embedded SQLite file: `relay.sqlite`, WAL, every commit on disk before it is answered. */
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely } from "kysely";
import { sqliteDialect } from "./dialect.ts";
import { GroupCommit } from "./group-commit.ts";
import { ImmediateSqliteDialect } from "./immediate-dialect.ts";
import { createKyselyStore } from "./kysely-store.ts";
import { DATABASE_VERSION, migrate } from "./migrations.ts";
import { roomIn, withReserve } from "./reserve.ts";
import { type OpeningOptions, type Store, StoreError, type StoreFailureReason, type StoreLimits } from "./store.ts";
import type { Tables } from "./tables.ts";

/** The database's name within its folder. */
export const DATABASE_FILE = "relay.sqlite";

const SYNCHRONOUS_FULL = 2;
/** How long to wait for another process that writes; the process stands still meanwhile. */
const BUSY_MILLISECONDS = 5000;

/**
 * Opens the store in `folder`, which is made (mode 0700) when it is not there.
 * Throws StoreError when the file is damaged, unreadable, newer than this relay (or older, unless it is upgraded) or not
 * written durably.
 */
export async function openSqliteStore(
  folder: string,
  limits: StoreLimits,
  { onCommit = () => {}, upgrades = true }: OpeningOptions = {},
): Promise<Store> {
  let connection: Sqlite.Database | undefined;
  try {
    connection = openDatabase(folder);
    const db = new Kysely<Tables>({ dialect: new ImmediateSqliteDialect({ database: connection }) });
    await migrate(db, sqliteDialect, upgrades);
    assertDurable(connection);
    const transactions = new GroupCommit(db, onCommit);
    const store = createKyselyStore({
      db,
      limits,
      dialect: sqliteDialect,
      transactions,
      largeTransactions: transactions.large,
      explain: explainSqlite,
    });
    return withReserve(store, () => roomIn(folder));
  } catch (error) {
    connection?.close();
    if (error instanceof StoreError) throw error;
    throw new StoreError("unusable", "database could not be opened", { cause: error });
  }
}

function openDatabase(folder: string): Sqlite.Database {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, DATABASE_FILE);
  // Made here first, so that it is never readable by others, not even for the moment before a chmod.
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const connection = new Sqlite(path, { timeout: BUSY_MILLISECONDS });
  connection.pragma("journal_mode = WAL");
  connection.pragma("synchronous = FULL");
  connection.pragma("secure_delete = ON");
  return connection;
}

/** Writes, then asks: SQLite builds exist that fall back to `synchronous = NORMAL` at the first write in WAL mode. */
function assertDurable(connection: Sqlite.Database): void {
  connection.pragma(`user_version = ${DATABASE_VERSION}`);
  const synchronous = connection.pragma("synchronous", { simple: true });
  const journal = connection.pragma("journal_mode", { simple: true });
  if (synchronous !== SYNCHRONOUS_FULL || journal !== "wal") {
    throw new StoreError("not-durable", `database must be in WAL mode with synchronous = ${SYNCHRONOUS_FULL}`);
  }
}

/** What SQLite's result codes mean (https://www.sqlite.org/rescode.html); null for those that are our own fault. */
export function explainSqlite(error: unknown): StoreFailureReason | null {
  if (!(error instanceof Sqlite.SqliteError)) return null;
  const { code } = error;
  if (code === "SQLITE_FULL") return "full";
  if (code.startsWith("SQLITE_READONLY") || code.startsWith("SQLITE_CANTOPEN")) return "read-only";
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") return "corrupt";
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) return "busy";
  return code.startsWith("SQLITE_IOERR") || code === "SQLITE_PROTOCOL" ? "unreachable" : null;
}
