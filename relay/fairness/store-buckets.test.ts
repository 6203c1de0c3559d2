import Sqlite from "better-sqlite3";
import { Kysely, sql } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";
import { sqliteDialect } from "../store/dialect.ts";
import { GroupCommit } from "../store/group-commit.ts";
import { ImmediateSqliteDialect } from "../store/immediate-dialect.ts";
import { migrate } from "../store/migrations.ts";
import { explainSqlite } from "../store/sqlite-store.ts";
import { StoreFailure } from "../store/store.ts";
import type { Tables } from "../store/tables.ts";
import type { BucketRequest } from "./gcra.ts";
import { createStoreBuckets } from "./store-buckets.ts";
import { describeBuckets } from "./testing/buckets-contract.ts";

const NOON = Date.UTC(2026, 10, 24, 12);
const canary: BucketRequest = { name: ["address", "192.0.2.77"], capacity: 1, refillMilliseconds: 1000 };

/** An empty database, how often a statement ran on it, and a relay's buckets in it. */
async function openDatabase() {
  let statements = 0;
  const dialect = new ImmediateSqliteDialect({ database: new Sqlite(":memory:") });
  const db = new Kysely<Tables>({ dialect, log: () => void statements++ });
  onTestFinished(() => db.destroy());
  await migrate(db, sqliteDialect);
  const transactions = new GroupCommit(db, () => {});
  const open = () => createStoreBuckets({ transactions, relaxCommit: null, explain: explainSqlite });
  return { db, statements: () => statements, open };
}

describeBuckets("the store's table", async () => (await openDatabase()).open());

describe("buckets in the store", () => {
  it("are shared by all relays on it", async () => {
    const { open } = await openDatabase();
    expect(await open().take([canary], NOON)).toEqual({ kind: "ok" });
    expect(await open().take([canary], NOON)).toEqual({ kind: "wait", milliseconds: 1000 });
    // Each asks for the first time: what decides is the table.
    expect(await open().take([canary], NOON + 999)).toEqual({ kind: "wait", milliseconds: 1 });
    expect(await open().take([canary], NOON + 1000)).toEqual({ kind: "ok" });
  });

  it("say until when they are not full, by which a sweep finds those that are", async () => {
    const { db, open } = await openDatabase();
    await open().take([canary], NOON);
    const { empty_until } = await db.selectFrom("bucket").select("empty_until").executeTakeFirstOrThrow();
    expect(empty_until).toBe(NOON + 1000);
  });

  it("hold no address and no name, and hash the same one differently on another database", async () => {
    const keys: string[] = [];
    for (let i = 0; i < 2; i++) {
      const { db, open } = await openDatabase();
      await open().take([canary], NOON);
      const row = await db.selectFrom("bucket").selectAll().executeTakeFirstOrThrow();
      expect(row.bucket_key).toHaveLength(32);
      expect(Buffer.from(row.bucket_key).toString("latin1")).not.toContain("192.0.2.77");
      keys.push(Buffer.from(row.bucket_key).toString("hex"));
    }
    expect(new Set(keys).size).toBe(2);
  });

  it("refuse a flood without asking the database again, and ask it when it is time", async () => {
    const { statements, open } = await openDatabase();
    const buckets = open();
    await buckets.take([canary], NOON);
    await buckets.take([canary], NOON);
    const before = statements();
    for (let i = 0; i < 50; i++) expect((await buckets.take([canary], NOON + 999)).kind).toBe("wait");
    expect(statements()).toBe(before);
    expect((await buckets.take([canary], NOON + 1000)).kind).toBe("ok");
    expect(statements()).toBeGreaterThan(before);
  });

  it("reject with what the database's failure means", async () => {
    const { db, open } = await openDatabase();
    await sql`pragma query_only = on`.execute(db);
    await expect(open().take([canary], NOON)).rejects.toThrow(new StoreFailure("read-only"));
    await sql`pragma query_only = off`.execute(db);
    expect(await open().take([canary], NOON)).toEqual({ kind: "ok" });
  });

  it("reject when the database does, and work once it does again", async () => {
    const { db, open } = await openDatabase();
    const buckets = open();
    await db.schema.alterTable("relay_state").renameTo("elsewhere").execute();
    await expect(buckets.take([canary], NOON)).rejects.toThrow();
    await db.schema.alterTable("elsewhere").renameTo("relay_state").execute();
    expect(await buckets.take([canary], NOON)).toEqual({ kind: "ok" });
  });
});
