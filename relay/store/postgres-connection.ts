/** Connections to PostgreSQL: how many, how long anything waits for them, and that what they commit is on disk. */
import { Kysely, PostgresDialect } from "kysely";
import { type ClientBase, Pool, types } from "pg";
import { withDeadline } from "./postgres-deadline.ts";
import { StoreError } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Connections of one relay; what finds none free waits in line. */
const POOL_CONNECTIONS = 10;
/** After which a connection that says nothing is asked whether it is still there. */
export const KEEP_ALIVE_MILLISECONDS = 10_000;
/**
 * How long a transaction may stand still, or wait for a row that another holds: a relay that was cut off in the middle
 * of one holds a name for seconds, not for hours.
 */
const TRANSACTION_MILLISECONDS = 10_000;
/**
 * How long a request waits for a connection, a free one of the pool or a new one, and then for the answer to a statement,
 * before the database counts as out of reach. Longer than many requests for one name take, which go one after the other,
 * and than a statement may wait for a row.
 */
export const PATIENCE_MILLISECONDS = 20_000;
/** PostgreSQL's type `bigint`, which the driver would hand over as text. */
const BIGINT = 20;
/** Values of `synchronous_commit` at which a commit is on this server's disk, and on that of its standbys if it has any. */
const DURABLE_COMMITS: readonly unknown[] = ["on", "remote_apply"];

export interface PostgresPoolOptions {
  readonly connections?: number;
  /** After which a statement, and its connection, is given up; null for work that takes as long as it takes. */
  readonly patienceMilliseconds: number | null;
}

/**
 * A pool of so many connections to the database at `url` (`postgres://...`), opened as they are needed. Each is asked
 * first whether it writes durably: if not, whoever wanted it gets a StoreError `not-durable`. Whoever asked for the pool
 * ends it with `destroy`.
 */
export function connectPostgres(
  url: string,
  { connections = POOL_CONNECTIONS, patienceMilliseconds }: PostgresPoolOptions,
): Kysely<Tables> {
  const pool = new Pool({
    connectionString: url,
    application_name: "sotto relay",
    max: connections,
    connectionTimeoutMillis: patienceMilliseconds ?? PATIENCE_MILLISECONDS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MILLISECONDS,
    idle_in_transaction_session_timeout: TRANSACTION_MILLISECONDS,
    lock_timeout: TRANSACTION_MILLISECONDS,
    ...(patienceMilliseconds === null ? {} : { query_timeout: patienceMilliseconds }),
    types: { getTypeParser: typeParser },
    verify: (client, done) => {
      // One that breaks between two statements of a transaction: unheard, the event would end the process, and the next
      // statement fails anyway.
      client.on("error", () => {});
      assertDurable(client).then(() => done(), done);
    },
  });
  // Likewise one that breaks while nobody uses it; the pool drops it.
  pool.on("error", () => {});
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: withDeadline(pool) }) });
}

async function assertDurable(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ readonly fsync: unknown; readonly commit: unknown }>(
    "select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit",
  );
  for (const { fsync, commit } of rows) {
    if (fsync === "on" && DURABLE_COMMITS.includes(commit)) continue;
    throw new StoreError("not-durable", "database must have fsync and synchronous_commit on");
  }
}

/** The driver's own parsers, but numbers for bigint; for this pool only, since the driver's table is global. */
const typeParser: typeof types.getTypeParser = (type: number, format?: "text" | "binary") =>
  type === BIGINT && format !== "binary" ? parseBigint : types.getTypeParser(type, format as "text");

function parseBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError("bigint of the database must be a safe integer");
  return value;
}
