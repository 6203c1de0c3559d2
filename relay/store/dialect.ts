/** Everything in which the store's databases differ. What is not named here is the same SQL for all of them. */
import {
  type ColumnDataType,
  type CreateTableBuilder,
  type Kysely,
  type RawBuilder,
  sql,
  type Transaction,
} from "kysely";
import type { Tables } from "./tables.ts";

export interface StoreDialect {
  readonly name: "sqlite" | "postgres";
  /** The type of a column of raw bytes. */
  readonly bytes: ColumnDataType | RawBuilder<unknown>;
  /** Adds the column `number`, which counts up by itself, and makes it the table's key; per `owner` where it can. */
  addNumber<T extends string>(table: CreateTableBuilder<T>, owner: string): CreateTableBuilder<T, "number">;
  /**
   * Holds the row of a name until the transaction ends, so that whatever else concerns the name waits; false when the
   * name was never registered. A database that has one writer at a time needs no lock.
   */
  lockName(trx: Transaction<Tables>, username: string): Promise<boolean>;
  /**
   * Whether several transactions write at a time: a row that is read to be decided upon must then be locked, or another
   * decides upon it too.
   */
  readonly hasManyWriters: boolean;
  /** After rows that waiting readers may hold: what makes a deletion pass over them instead of waiting. */
  readonly skipLocked: RawBuilder<unknown>;
  /** Spares the database from trying to compress what is encrypted. */
  keepUncompressed(db: Kysely<unknown>, table: string, column: string): Promise<void>;
  /** Chunks of a blob that one transaction deletes, so that whoever waits for it waits no longer than for an upload. */
  readonly chunksPerDeletion: number;
  /** Makes the disk forget what was deleted, as far as the database can without waiting for anybody. */
  forgetDeleted(db: Kysely<Tables>): Promise<void>;
}

async function isKnown(trx: Transaction<Tables>, username: string, lock: boolean): Promise<boolean> {
  const name = trx.selectFrom("name").select("username").where("username", "=", username);
  return (await (lock ? name.forUpdate() : name).executeTakeFirst()) !== undefined;
}

export const sqliteDialect: StoreDialect = {
  name: "sqlite",
  bytes: "blob",
  addNumber: (table) => table.addColumn("number", "integer", (column) => column.primaryKey().autoIncrement()),
  // `begin immediate` has the lock of the whole database already.
  lockName: (trx, username) => isKnown(trx, username, false),
  hasManyWriters: false,
  skipLocked: sql``,
  keepUncompressed: async () => {},
  // What is deleted is overwritten: a chunk takes as long to delete as to write.
  chunksPerDeletion: 1,
  // The write-ahead log still holds what was deleted from the file; emptied, it does not.
  forgetDeleted: (db) =>
    db.connection().execute(async (connection) => {
      const { rows } = await sql<{ readonly timeout: number }>`pragma busy_timeout`.execute(connection);
      // While a backup reads, the log cannot be emptied: the relay would stand still until it gave up.
      await sql`pragma busy_timeout = 0`.execute(connection);
      try {
        await sql`pragma wal_checkpoint(truncate)`.execute(connection);
      } finally {
        await sql`pragma busy_timeout = ${sql.lit(rows[0]?.timeout ?? 0)}`.execute(connection);
      }
    }),
};

export const postgresDialect: StoreDialect = {
  name: "postgres",
  bytes: sql`bytea`,
  // The owner comes first in the key, so that the table can be distributed by it.
  addNumber: (table, owner) =>
    table
      .addColumn("number", "bigint", (column) => column.notNull().generatedByDefaultAsIdentity())
      .addPrimaryKeyConstraint(`${owner}_number`, [owner as never, "number" as never]),
  lockName: (trx, username) => isKnown(trx, username, true),
  hasManyWriters: true,
  skipLocked: sql`for update skip locked`,
  keepUncompressed: async (db, table, column) => {
    await sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} set storage external`.execute(db);
  },
  chunksPerDeletion: 64,
  forgetDeleted: async () => {},
};
