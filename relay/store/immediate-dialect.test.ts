import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely, SqliteDialect, sql } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../testing/test-relay.ts";
import { ImmediateSqliteDialect } from "./immediate-dialect.ts";

/** Two connections to one file, as of two processes; neither waits for the other. */
function openTwice() {
  const path = join(temporaryFolder(), "test.sqlite");
  const [ours, theirs] = [new Sqlite(path, { timeout: 0 }), new Sqlite(path, { timeout: 0 })];
  ours.pragma("journal_mode = WAL");
  ours.exec("create table note (text)");
  onTestFinished(() => void ours.close());
  onTestFinished(() => void theirs.close());
  return { ours, write: () => theirs.exec("insert into note values ('theirs')") };
}

const count = sql<{ readonly count: number }>`select count(*) as count from note`;
const insert = sql`insert into note values ('ours')`;

describe("a transaction that reads first and writes later", () => {
  it("keeps other processes from writing in between, and succeeds", async () => {
    const { ours, write } = openTwice();
    const db = new Kysely<unknown>({ dialect: new ImmediateSqliteDialect({ database: ours }) });
    await db.transaction().execute(async (trx) => {
      await count.execute(trx);
      expect(write).toThrow("database is locked");
      await insert.execute(trx);
    });
    write();
    expect((await count.execute(db)).rows).toEqual([{ count: 2 }]);
  });

  it("fails for the reason that it was given up for, when SQLite gave it up by itself", async () => {
    const { ours } = openTwice();
    const db = new Kysely<unknown>({ dialect: new ImmediateSqliteDialect({ database: ours }) });
    const failing = db.transaction().execute(async (trx) => {
      await insert.execute(trx);
      // As a commit does for which the disk has no room.
      ours.exec("rollback");
      throw new Error("no room");
    });
    await expect(failing).rejects.toThrow("no room");
    await db.transaction().execute((trx) => insert.execute(trx));
    expect((await count.execute(db)).rows).toEqual([{ count: 1 }]);
  });

  it("is rolled back whole when it fails", async () => {
    const { ours, write } = openTwice();
    const db = new Kysely<unknown>({ dialect: new ImmediateSqliteDialect({ database: ours }) });
    const failing = db.transaction().execute(async (trx) => {
      await insert.execute(trx);
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    write();
    expect((await count.execute(db)).rows).toEqual([{ count: 1 }]);
  });

  it("would fail if it did not lock when it begins", async () => {
    const { ours, write } = openTwice();
    const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: ours }) });
    const deferred = db.transaction().execute(async (trx) => {
      await count.execute(trx);
      write();
      await insert.execute(trx);
    });
    await expect(deferred).rejects.toMatchObject({ code: "SQLITE_BUSY_SNAPSHOT" });
  });
});
