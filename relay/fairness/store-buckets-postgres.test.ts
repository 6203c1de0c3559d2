import { sql } from "kysely";
import { onTestFinished } from "vitest";
import { postgresDialect } from "../store/dialect.ts";
import { migrate } from "../store/migrations.ts";
import { connectPostgres } from "../store/postgres-connection.ts";
import { explainPostgres } from "../store/postgres-failures.ts";
import { PostgresTransactions } from "../store/postgres-transactions.ts";
import { sharedPostgres } from "../testing/test-postgres.ts";
import { createStoreBuckets } from "./store-buckets.ts";
import { describeBuckets } from "./testing/buckets-contract.ts";

const postgres = sharedPostgres();
describeBuckets("the table of PostgreSQL", async () => {
  const db = connectPostgres(await (await postgres()).freshDatabase(), { patienceMilliseconds: null });
  onTestFinished(() => db.destroy());
  await migrate(db, postgresDialect);
  return createStoreBuckets({
    transactions: new PostgresTransactions(db, () => {}),
    relaxCommit: sql`set local synchronous_commit = off`,
    explain: explainPostgres,
  });
});
