/**
 * Copies a relay's rows from one database into another, in pages, with the same SQL for every pair of databases. What
 * it copies holds no one-time prekey that could still be handed out: whichever of the two relays goes on, the other
 * may have handed it out already.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "kysely";
import { COPIED_TABLES, type CopiedTable, NUMBERED_TABLES, type PageKey, pageKey } from "./copied-tables.ts";
import type { Database } from "./database.ts";
import { raiseCounter, readCounter } from "./number-counters.ts";

/** Rows in one page: of the largest envelopes some 14 MB. */
export const PAGE_ROWS = 200;
/** How many rows of each table were copied. */
export type CopiedRows = Readonly<Record<CopiedTable, number>>;

export interface Copy {
  /** Its transaction shows one state of the database throughout. */
  readonly from: Database;
  /** Empty, and of the same shape. */
  readonly to: Database;
  /** Called after every page with the number of rows copied so far. */
  readonly onProgress: (rows: number) => Promise<void> | void;
  /** Ends the copying between two pages, with the signal's reason. */
  readonly signal: AbortSignal;
}

type Row = Readonly<Record<string, unknown>>;

/** Copies every table of `COPIED_TABLES` that the first database has, and the counters of rows that count up. */
export async function copyTables(copy: Copy): Promise<CopiedRows> {
  const there = new Set((await copy.from.db.introspection.getTables()).map(({ name }) => name));
  const counts: Record<CopiedTable, number> = { ...NO_ROWS };
  let total = 0;
  for (const table of COPIED_TABLES) {
    if (!there.has(table)) continue;
    for await (const rows of pages(copy.from, table)) {
      await insert(copy.to, table, rows.map(table === "one_time_prekey" ? asHandedOut : unchanged));
      counts[table] += rows.length;
      total += rows.length;
      await copy.onProgress(total);
      // SQLite answers within the same turn: without a pause no signal would ever be heard.
      await nextTurn();
      copy.signal.throwIfAborted();
    }
  }
  for (const table of NUMBERED_TABLES) await raiseCounter(copy.to, table, await readCounter(copy.from, table));
  return counts;
}

const NO_ROWS: CopiedRows = {
  name: 0,
  account: 0,
  retired_identity: 0,
  device: 0,
  one_time_prekey: 0,
  mail: 0,
  nonce: 0,
  invite: 0,
};

async function* pages(database: Database, table: CopiedTable): AsyncGenerator<readonly Row[]> {
  const columns = pageKey(table, database.dialect.name);
  let after: readonly unknown[] = [];
  for (;;) {
    const rows = await readPage(database, { table, columns, after });
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    after = columns.map((column) => last[column]);
  }
}

interface Page {
  readonly table: CopiedTable;
  readonly columns: PageKey;
  /** The key of the last row of the page before; empty for the first page. */
  readonly after: readonly unknown[];
}

async function readPage({ db }: Database, { table, columns, after }: Page): Promise<readonly Row[]> {
  const key = sql.join(columns.map((column) => sql.ref(column)));
  const where = after.length === 0 ? sql`` : sql`where (${key}) > (${sql.join(after)})`;
  const page = sql<Row>`select * from ${sql.table(table)} ${where} order by ${key} limit ${sql.lit(PAGE_ROWS)}`;
  return (await page.execute(db)).rows;
}

/** One statement, whose columns are those of the rows. A nonce may be there: strangers leave them everywhere. */
async function insert({ db }: Database, table: CopiedTable, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const values = rows.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`);
  const conflict = table === "nonce" ? sql`on conflict do nothing` : sql``;
  await sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
    values ${sql.join(values)} ${conflict}`.execute(db);
}

function unchanged(row: Row): Row {
  return row;
}

/** A one-time prekey of which only the id is left; databases of version 1 have no column for a signature. */
function asHandedOut(row: Row): Row {
  return { ...row, public_key: null, ...("signature" in row ? { signature: null } : {}) };
}
