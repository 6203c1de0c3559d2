/** What relays share beside the store: news for each other's sockets, and how much everyone may still ask for. */
import { sql } from "kysely";
import type { Logger } from "pino";
import type { Configuration } from "./configuration/configuration.ts";
import type { Buckets } from "./fairness/buckets.ts";
import { createMemoryBuckets } from "./fairness/memory-buckets.ts";
import { createStoreBuckets } from "./fairness/store-buckets.ts";
import { createLocalHub, type Hub } from "./live/hub.ts";
import { openPostgresHub } from "./live/postgres-hub.ts";
import { describeError } from "./middleware/errors.ts";
import { connectPostgres, PATIENCE_MILLISECONDS } from "./store/postgres-connection.ts";
import { explainPostgres } from "./store/postgres-failures.ts";
import { PostgresTransactions } from "./store/postgres-transactions.ts";

/** Connections for buckets alone, so that a flood that is to be refused does not stand in line with mail. */
const BUCKET_CONNECTIONS = 4;

export interface Sharing {
  readonly hub: Hub;
  readonly buckets: Buckets;
  /** After the relay, which uses both, and before the store. */
  close(): Promise<void>;
}

/** Through PostgreSQL where there is one, which the store must have opened before; within this process otherwise. */
export async function openSharing({ databaseUrl }: Configuration, logger: Logger): Promise<Sharing> {
  if (databaseUrl === null) {
    const hub = createLocalHub();
    return { hub, buckets: createMemoryBuckets(), close: () => hub.close() };
  }
  const db = connectPostgres(databaseUrl, {
    connections: BUCKET_CONNECTIONS,
    patienceMilliseconds: PATIENCE_MILLISECONDS,
  });
  const hub = await openPostgresHub({
    url: databaseUrl,
    onLost: (error) => logger.error(describeError(error), "listening connection lost"),
  });
  const buckets = createStoreBuckets({
    transactions: new PostgresTransactions(db, () => {}),
    relaxCommit: sql`set local synchronous_commit = off`,
    explain: explainPostgres,
  });
  return {
    hub,
    buckets,
    async close() {
      await hub.close();
      await db.destroy();
    },
  };
}
