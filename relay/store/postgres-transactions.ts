/**
 * One transaction for each request. PostgreSQL groups the commits of many by itself; a batch of our own would hold the
 * rows of several names at once, and two such batches wait for each other (docs/decisions/0007-postgresql.md).
 */
import type { Kysely } from "kysely";
import type { Transactions, Work } from "./group-commit.ts";
import { failureOf, isCollision } from "./postgres-failures.ts";
import type { Tables } from "./tables.ts";

/** How often work is begun when it collides with other work. */
const MAX_ATTEMPTS = 3;

export class PostgresTransactions implements Transactions {
  readonly #db: Kysely<Tables>;
  readonly #onCommit: (size: number) => void;

  /** `onCommit` is told that a commit held one piece of work. */
  constructor(db: Kysely<Tables>, onCommit: (size: number) => void) {
    this.#db = db;
    this.#onCommit = onCommit;
  }

  /** Rejects with a StoreFailure when the database fails. */
  async run<T>(work: Work<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // Each statement sees what was committed before it began: what comes after a lock sees all that came before it.
        const transaction = this.#db.transaction().setIsolationLevel("read committed");
        const value = await transaction.execute(work);
        this.#onCommit(1);
        return value;
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !isCollision(error)) throw failureOf(error);
      }
    }
  }
}
