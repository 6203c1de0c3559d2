/** Prepares each SQL text once for a SQLite connection instead of every time, which is a tenth of what a request costs. */
import type { SqliteDatabase, SqliteStatement } from "kysely";

/** More than the relay's code can say; an insert of several rows is another text for every number of them. */
const MAX_STATEMENTS = 300;

/** The same database for Kysely; statements used longest ago are prepared anew when there are more than 300. */
export function keepStatements(database: SqliteDatabase, limit: number = MAX_STATEMENTS): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    prepare(text) {
      const statement = statements.get(text) ?? database.prepare(text);
      // The newest comes last.
      statements.delete(text);
      statements.set(text, statement);
      const [oldest] = statements.keys();
      if (statements.size > limit && oldest !== undefined) statements.delete(oldest);
      return statement;
    },
    close() {
      statements.clear();
      database.close();
    },
  };
}
