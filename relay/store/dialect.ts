/** Everything in which the store's databases differ. What is not named here is the same SQL for all of them. */
import { type ColumnDataType, type CreateTableBuilder, type RawBuilder, sql, type Transaction } from "kysely";
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
  /** After rows that waiting readers may hold: what makes a deletion pass over them instead of waiting. */
  readonly skipLocked: RawBuilder<unknown>;
  /** Makes the disk forget what was deleted, as far as the database can. */
  forgetDeleted(): RawBuilder<unknown> | null;
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
  skipLocked: sql``,
  // The write-ahead log still holds what was deleted from the file; emptied, it does not.
  forgetDeleted: () => sql`pragma wal_checkpoint(truncate)`,
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
  skipLocked: sql`for update skip locked`,
  forgetDeleted: () => null,
};
