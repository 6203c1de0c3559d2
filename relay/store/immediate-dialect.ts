/**
 * Kysely's SQLite dialect with transactions that take the write lock when they begin. One that reads first and writes
 * later would fail at once when another process, such as the operator's command, wrote in between: SQLite waits for a
 * lock, but never brings an old snapshot up to date (https://www.sqlite.org/isolation.html).
 */
import type Sqlite from "better-sqlite3";
import { CompiledQuery, type DatabaseConnection, type Driver, SqliteDialect, SqliteDriver } from "kysely";
import { keepStatements } from "./prepared-statements.ts";

interface ImmediateSqliteConfig {
  readonly database: Sqlite.Database;
}

export class ImmediateSqliteDialect extends SqliteDialect {
  readonly #config: ImmediateSqliteConfig;

  constructor(config: ImmediateSqliteConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new ImmediateSqliteDriver(this.#config);
  }
}

class ImmediateSqliteDriver extends SqliteDriver {
  readonly #database: Sqlite.Database;

  constructor(config: ImmediateSqliteConfig) {
    super({ database: keepStatements(config.database) });
    this.#database = config.database;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }

  /**
   * A commit for which the disk has no room left undoes the transaction by itself
   * (https://www.sqlite.org/lang_transaction.html). To be told that there is none would hide why.
   */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}
