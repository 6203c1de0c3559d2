/** The store on PostgreSQL, which any number of relays share; every commit is on disk before it is answered. */
import { postgresDialect } from "./dialect.ts";
import { createKyselyStore } from "./kysely-store.ts";
import { migrate } from "./migrations.ts";
import { connectPostgres } from "./postgres-connection.ts";
import { explainPostgres } from "./postgres-failures.ts";
import { PostgresTransactions } from "./postgres-transactions.ts";
import { type OpeningOptions, type Store, StoreError, type StoreLimits } from "./store.ts";

/**
 * Opens the store in the database at `url` (`postgres://...`), which must exist and may be empty; several relays may do
 * so at once. Every commit is said to hold one request: how PostgreSQL groups them is its own.
 * Throws StoreError when the database is out of reach, newer than this relay (or older, unless it is upgraded) or not
 * written durably.
 */
export async function openPostgresStore(
  url: string,
  limits: StoreLimits,
  { onCommit = () => {}, upgrades = true }: OpeningOptions = {},
): Promise<Store> {
  const db = connectPostgres(url);
  try {
    // Holds an advisory lock of the database meanwhile.
    await migrate(db, postgresDialect, upgrades);
  } catch (error) {
    await db.destroy();
    if (error instanceof StoreError) throw error;
    throw new StoreError("unusable", "database could not be opened", { cause: error });
  }
  const transactions = new PostgresTransactions(db, onCommit);
  return createKyselyStore({ db, limits, dialect: postgresDialect, transactions, explain: explainPostgres });
}
