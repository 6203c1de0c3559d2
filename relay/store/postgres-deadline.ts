/**
 * A pool whose connections are given up when the server does not answer in time. A server that is cut off (a failover, a
 * firewall that forgot the connection) says nothing at all: without a deadline every request that meets such a
 * connection waits until the kernel gives up, for minutes.
 */
import type { PostgresPool, PostgresPoolClient } from "kysely";
import type { Pool } from "pg";

/** What the driver says when `query_timeout` is over; it goes on waiting for the answer, and would let others wait, too. */
export function isReadTimeout(error: unknown): error is Error {
  return error instanceof Error && error.message === "Query read timeout";
}

/** The pool as Kysely takes it. */
export function withDeadline(pool: Pool): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect();
      let silent: Error | undefined;
      const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
        // Such as the rollback that follows.
        if (silent) throw silent;
        try {
          return await client.query(text, [...parameters]);
        } catch (error) {
          if (isReadTimeout(error)) silent = error;
          throw error;
        }
      };
      // Kysely's other form takes a cursor, which is not used here.
      return { query: query as PostgresPoolClient["query"], release: () => client.release(silent) };
    },
    end: () => pool.end(),
  };
}
