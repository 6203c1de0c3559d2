/** The store on an embedded SQLite file: `relay.sqlite`, WAL, every commit on disk before it is answered. */
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely, sql } from "kysely";
import { resetName } from "./account-records.ts";
import { ImmediateSqliteDialect } from "./immediate-dialect.ts";
import { claim, publish } from "./key-records.ts";
import { acknowledge, add, list } from "./mail-records.ts";
import { DATABASE_VERSION, migrate } from "./migrations.ts";
import { type Store, StoreError, type StoreLimits } from "./store.ts";
import { columnBytes, type Tables } from "./tables.ts";

/** The database's name within its folder. */
export const DATABASE_FILE = "relay.sqlite";

const SYNCHRONOUS_FULL = 2;
/** How long to wait for another process that writes; the process stands still meanwhile. */
const BUSY_MILLISECONDS = 5000;

/**
 * Opens the store in `folder`, which is made (mode 0700) when it is not there.
 * Throws StoreError when the file is damaged, unreadable, newer than this relay or not written durably.
 */
export async function openSqliteStore(folder: string, limits: StoreLimits): Promise<Store> {
  let connection: Sqlite.Database | undefined;
  try {
    connection = openDatabase(folder);
    const db = new Kysely<Tables>({ dialect: new ImmediateSqliteDialect({ database: connection }) });
    await migrate(db);
    assertDurable(connection);
    return createSqliteStore(db, limits);
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

function createSqliteStore(db: Kysely<Tables>, limits: StoreLimits): Store {
  return {
    publishKeys: (publication) => db.transaction().execute((trx) => publish(trx, publication, limits)),
    claimKeys: (username) => db.transaction().execute((trx) => claim(trx, username)),
    resetName: (reset) => db.transaction().execute((trx) => resetName(trx, reset, limits)),
    addMail: (mail) => db.transaction().execute((trx) => add(trx, mail, limits)),
    listMail: (page) => db.transaction().execute((trx) => list(trx, page)),
    acknowledgeMail: (acknowledgement) => db.transaction().execute((trx) => acknowledge(trx, acknowledgement, limits)),

    async readDeviceKey({ username, device }) {
      const row = await db
        .selectFrom("device")
        .select("device_key")
        .where("username", "=", username)
        .where("device", "=", device)
        .executeTakeFirst();
      return row ? columnBytes(row.device_key) : null;
    },

    async claimNonce({ deviceKey, nonce, expiresAt }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("nonce")
        .values({ device_key: deviceKey, nonce, expires_at: expiresAt })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },

    async sweep(now) {
      const mail = await db.deleteFrom("mail").where("expires_at", "<=", now).executeTakeFirst();
      const nonces = await db.deleteFrom("nonce").where("expires_at", "<=", now).executeTakeFirst();
      // The write-ahead log still holds what was deleted from the file; emptied, it does not.
      await sql`pragma wal_checkpoint(truncate)`.execute(db);
      return Number(mail.numDeletedRows + nonces.numDeletedRows);
    },

    async check() {
      await sql`select count(*) from account where username = ''`.execute(db);
    },

    close: () => db.destroy(),
  };
}
