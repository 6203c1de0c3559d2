/**
 * The counters of rows that count up, which may be ahead of every row that is left: a number that was given once must
 * not be given again.
 */
import { sql } from "kysely";
import type { CopiedTable } from "./copied-tables.ts";
import type { Database } from "./database.ts";

/** The highest number that was ever given in a table; 0 when none was. */
export async function readCounter({ db, dialect }: Database, table: CopiedTable): Promise<number> {
  const query =
    dialect.name === "sqlite"
      ? sql<CounterRow>`select seq as last from sqlite_sequence where name = ${table}`
      : sql<CounterRow>`select pg_sequence_last_value(pg_get_serial_sequence(${table}, 'number')::regclass) as last`;
  const { rows } = await query.execute(db);
  return Number(rows[0]?.last ?? 0);
}

/** Makes the next number in a table greater than `last`. */
export async function raiseCounter(database: Database, table: CopiedTable, last: number): Promise<void> {
  if (last <= (await readCounter(database, table))) return;
  const { db, dialect } = database;
  if (dialect.name === "postgres") {
    await sql`select setval(pg_get_serial_sequence(${table}, 'number'), ${last})`.execute(db);
    return;
  }
  await sql`delete from sqlite_sequence where name = ${table}`.execute(db);
  await sql`insert into sqlite_sequence (name, seq) values (${table}, ${last})`.execute(db);
}

interface CounterRow {
  readonly last: number | string | null;
}
