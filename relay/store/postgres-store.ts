/** The store on PostgreSQL, which any number of relays share; every commit is on disk before it is answered. */
import { postgresDialect } from "./dialect.ts";
import { createKyselyStore } from "./kysely-store.ts";
import { migrate } from "./migrations.ts";
import { connectPostgres, PATIENCE_MILLISECONDS } from "./postgres-connection.ts";
import { explainPostgres } from "./postgres-failures.ts";
import { PostgresTransactions } from "./postgres-transactions.ts";
import { type OpeningOptions, type Store, StoreError, type StoreLimits } from "./store.ts";

const SLOW_CONNECTIONS = 2;
/** For chunks of blobs, so that mail does not stand in line behind them. */
const LARGE_CONNECTIONS = 4;

/**
 * Opens the store in the database at `url` (`postgres://...`), which must exist and may be empty; several relays may do
 * so at once. Every commit is said to hold one request: how PostgreSQL groups them is its own.
 * Throws StoreError when the database is out of reach, newer than this relay (or older, unless it is upgraded) or not
 * written durably.
 */
export async function openPostgresStore(
  url: string,
  limits: StoreLimits,
  { onCommit = () => {}, upgrades = true, patienceMilliseconds = PATIENCE_MILLISECONDS }: OpeningOptions = {},
): Promise<Store> {
  // What counts, sweeps and upgrades takes as long as there are rows, and no request waits for it.
  const slow = connectPostgres(url, { connections: SLOW_CONNECTIONS, patienceMilliseconds: null });
  try {
    // Holds an advisory lock of the database meanwhile.
    await migrate(slow, postgresDialect, upgrades);
  } catch (error) {
    await slow.destroy();
    if (error instanceof StoreError) throw error;
    throw new StoreError("unusable", "database could not be opened", { cause: error });
  }
  const db = connectPostgres(url, { patienceMilliseconds });
  // Of its own: whether the database works must not depend on how many wait for it.
  const checks = connectPostgres(url, { connections: 1, patienceMilliseconds });
  const large = connectPostgres(url, { connections: LARGE_CONNECTIONS, patienceMilliseconds });
  const store = createKyselyStore({
    db,
    slow,
    large,
    limits,
    dialect: postgresDialect,
    transactions: new PostgresTransactions(db, onCommit),
    slowTransactions: new PostgresTransactions(slow, onCommit),
    largeTransactions: new PostgresTransactions(large, onCommit),
    checks: new PostgresTransactions(checks, onCommit),
    explain: explainPostgres,
  });
  return {
    ...store,
    async close() {
      await Promise.all([db.destroy(), slow.destroy(), large.destroy(), checks.destroy()]);
    },
  };
}
