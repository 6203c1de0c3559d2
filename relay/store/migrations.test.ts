import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely, Migrator, SqliteDialect } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../testing/test-relay.ts";
import { sqliteDialect } from "./dialect.ts";
import { DATABASE_VERSION, migrationsFor } from "./migrations.ts";
import { DATABASE_FILE, openSqliteStore } from "./sqlite-store.ts";
import {
  CONTRACT_LIMITS,
  freshKemPrekeys,
  freshMany,
  kemPrekeyId,
  publication,
  x25519PrekeyId,
} from "./testing/contract-fixtures.ts";

/** A folder with a database in the shape of the first migrations, so many. */
async function databaseAt(version: number): Promise<{ readonly folder: string; readonly database: Sqlite.Database }> {
  const folder = join(temporaryFolder(), "data");
  mkdirSync(folder);
  const database = new Sqlite(join(folder, DATABASE_FILE));
  onTestFinished(() => void database.close());
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) });
  const migrations = Object.fromEntries(Object.entries(migrationsFor(sqliteDialect)).slice(0, version));
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest();
  if (error) throw error;
  return { folder, database };
}

describe("a database of version 1", () => {
  it("keeps its account, device and prekeys, and takes KEM prekeys beside them", async () => {
    const { folder, database } = await databaseAt(1);
    const old = publication();
    const [taken = new Uint8Array(32), waiting = taken] = freshMany(2);
    database.prepare("insert into account values (?, ?, ?)").run("alice", old.identityKey, 1);
    database
      .prepare("insert into device values (?, ?, ?, ?, ?, ?, ?, ?)")
      .run("alice", 1, old.deviceKey, old.statement, new Uint8Array(32), old.signature, 1, 1);
    const insert = database.prepare(
      "insert into one_time_prekey (username, device, prekey_id, public_key) values ('alice', 1, ?, ?)",
    );
    insert.run(x25519PrekeyId(taken), null);
    insert.run(x25519PrekeyId(waiting), waiting);
    database.close();

    const store = await openSqliteStore(folder, CONTRACT_LIMITS);
    onTestFinished(() => store.close());
    const oneTimeKemPrekeys = freshKemPrekeys(1);
    expect(await store.publishKeys({ ...old, oneTimePrekeys: [taken], oneTimeKemPrekeys })).toEqual({
      kind: "published",
      oneTimePrekeyIds: [x25519PrekeyId(waiting)],
      oneTimeKemPrekeyIds: oneTimeKemPrekeys.map(kemPrekeyId),
    });
    expect(await store.claimKeys("alice")).toMatchObject({
      devices: [{ manifest: old.statement, oneTimePrekey: waiting, oneTimeKemPrekey: oneTimeKemPrekeys[0] }],
      identityChange: null,
    });
  });
});

describe("every database", () => {
  it("is left as it is by who does not upgrade it", async () => {
    for (let version = 1; version < DATABASE_VERSION; version += 1) {
      const { folder, database } = await databaseAt(version);
      const opening = openSqliteStore(folder, CONTRACT_LIMITS, { upgrades: false });
      await expect(opening).rejects.toMatchObject({ code: "older-database" });
      expect(database.prepare("select name from kysely_migration").all()).toHaveLength(version);
    }
    const { folder } = await databaseAt(DATABASE_VERSION);
    await (await openSqliteStore(folder, CONTRACT_LIMITS, { upgrades: false })).close();
  });

  it("has one shape, whichever version it began with", async () => {
    const shapeOf = (database: Sqlite.Database) =>
      database.prepare("select name, sql from sqlite_master where name not like 'kysely%' order by name").all();
    const { database: newest } = await databaseAt(DATABASE_VERSION);
    for (let version = 1; version < DATABASE_VERSION; version += 1) {
      const { folder, database } = await databaseAt(version);
      expect(shapeOf(database)).not.toEqual(shapeOf(newest));
      await (await openSqliteStore(folder, CONTRACT_LIMITS)).close();
      expect(shapeOf(database)).toEqual(shapeOf(newest));
    }
  });
});
