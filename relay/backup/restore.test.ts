import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { describe, expect, it } from "vitest";
import { sqliteDialect } from "../store/dialect.ts";
import { DATABASE_VERSION } from "../store/migrations.ts";
import { DATABASE_FILE } from "../store/sqlite-store.ts";
import type { Store } from "../store/store.ts";
import type { Tables } from "../store/tables.ts";
import { alice, bob, fresh, freshMany, mailToBob, NOON, publication } from "../store/testing/contract-fixtures.ts";
import { temporaryFolder } from "../testing/test-relay.ts";
import { migrateToVersion } from "./database.ts";
import { backUpFolder, contentOfFolder, openFile, restoreToFolder } from "./testing/backup-fixtures.ts";
import { aNonce, manyNonces, openStore, usedStore } from "./testing/used-store.ts";

const mailOf = async (store: Store) =>
  (await store.listMail({ mailbox: bob, after: 0, limit: 100, now: NOON })).envelopes;
/** The ways in which a backup comes back: by the command, and as the relay's own file. */
const WAYS = [
  { way: "restored", bring: async (file: string, folder: string) => void (await restoreToFolder(file, folder)) },
  {
    way: "copied into the relay's folder",
    bring: async (file: string, folder: string) => copyFileSync(file, join(folder, DATABASE_FILE)),
  },
] as const;

describe("a backup that is restored", () => {
  it("holds every row of every table, with its number", async () => {
    const { folder } = await usedStore();
    const target = temporaryFolder();
    expect(await restoreToFolder(await backUpFolder(folder), target)).toEqual({
      kind: "restored",
      rows: { name: 3, account: 2, device: 2, one_time_prekey: 10, mail: 4, invite: 1, retired_identity: 1, nonce: 1 },
    });
    const [original, restored] = [await contentOfFolder(folder), await contentOfFolder(target)];
    const apart = { one_time_prekey: [] };
    expect({ ...restored, ...apart }).toEqual({ ...original, ...apart });
    for (const [table, rows] of Object.entries(restored ?? {})) expect(rows.length, table).toBeGreaterThan(0);
  });

  it("holds no blobs, nor what they take of the total", async () => {
    const { folder, store } = await usedStore();
    const creation = { owner: alice, deviceKey: publication().deviceKey, id: fresh(), length: 8192, now: NOON };
    await store.createBlob(creation);
    await store.addChunk({ ...creation, owner: "alice", index: 0, bytes: fresh(8192) });
    const target = temporaryFolder();
    await restoreToFolder(await backUpFolder(folder), target);
    await store.close();
    const restored = await openStore(target);
    expect(await restored.readBlob(creation)).toBeNull();
    expect(await restored.statistics()).toMatchObject({ accounts: 2, blobs: 0, blobBytes: 0 });
    expect(await restored.createBlob(creation)).toMatchObject({ kind: "created", status: { missing: [0] } });
  });

  it("goes on counting after the highest number that was ever given", async () => {
    const { folder, store } = await usedStore();
    openFile(join(folder, DATABASE_FILE)).prepare("delete from mail where number > 2").run();
    const target = temporaryFolder();
    await restoreToFolder(await backUpFolder(folder), target);
    await store.close();
    const restored = await openStore(target);
    await restored.addMail(mailToBob());
    expect((await mailOf(restored)).map(({ number }) => number)).toEqual([2, 5]);
  });

  it("is of one piece over many pages", async () => {
    const { folder } = await usedStore();
    openFile(join(folder, DATABASE_FILE)).prepare(manyNonces).run();
    const target = temporaryFolder();
    const pages: number[] = [];
    const onProgress = (rows: number) => void pages.push(rows);
    await restoreToFolder(await backUpFolder(folder), target, { onProgress });
    expect(pages.length).toBeGreaterThan(5);
    expect((await contentOfFolder(target))?.["nonce"]).toEqual((await contentOfFolder(folder))?.["nonce"]);
  });
});

describe.each(WAYS)("a backup that is $way", ({ bring }) => {
  async function broughtBack(file: string): Promise<Store> {
    const folder = temporaryFolder();
    await bring(file, folder);
    return openStore(folder);
  }

  it("hands out no one-time prekey that was or will be handed out elsewhere, and takes new ones", async () => {
    const { folder, claim, oneTimePrekeys, oneTimeKemPrekeys } = await usedStore();
    const before = await claim();
    expect([before?.oneTimePrekey, before?.oneTimeKemPrekey]).toEqual([oneTimePrekeys[0], oneTimeKemPrekeys[0]]);
    const restored = await broughtBack(await backUpFolder(folder));
    const after = await claim();
    expect([after?.oneTimePrekey, after?.oneTimeKemPrekey]).toEqual([oneTimePrekeys[1], oneTimeKemPrekeys[1]]);

    expect(await claim(restored)).toMatchObject({ oneTimePrekey: null, oneTimeKemPrekey: null, remaining: 0 });
    const again = publication({ oneTimePrekeys, oneTimeKemPrekeys });
    const none = { kind: "published", oneTimePrekeyIds: [], oneTimeKemPrekeyIds: [] };
    expect(await restored.publishKeys(again)).toEqual(none);
    expect(await claim(restored)).toMatchObject({ oneTimePrekey: null, oneTimeKemPrekey: null, remaining: 0 });

    const [prekey = fresh()] = freshMany(1);
    await restored.publishKeys(publication({ oneTimePrekeys: [prekey] }));
    expect(await claim(restored)).toMatchObject({ oneTimePrekey: prekey });
  });

  it("holds the mail that waited, and knows what was acknowledged", async () => {
    const { folder, acknowledged, waiting } = await usedStore();
    const restored = await broughtBack(await backUpFolder(folder));
    expect((await mailOf(restored)).map(({ id }) => id)).toEqual(waiting.map(({ id }) => id));
    const late = await restored.addMail(mailToBob({ envelopes: [acknowledged, ...waiting] }));
    expect(late).toMatchObject({ kind: "stored", added: 0 });
    expect(await mailOf(restored)).toHaveLength(3);
  });

  it("remembers nonces, names and who lost one", async () => {
    const { folder } = await usedStore();
    const restored = await broughtBack(await backUpFolder(folder));
    expect(await restored.claimNonce(aNonce)).toBe(false);
    expect(await restored.claimNonce({ ...aNonce, nonce: fresh(16) })).toBe(true);
    expect(await restored.publishKeys(publication({ identityKey: fresh() }))).toEqual({ kind: "name-taken" });
    expect(await restored.readDeviceKey(alice)).toEqual(publication().deviceKey);
  });
});

describe("a relay's own file", () => {
  it("is restored as a backup of it would be: without a one-time prekey to hand out", async () => {
    const { folder, store, claim } = await usedStore();
    await store.close();
    const target = temporaryFolder();
    expect(await restoreToFolder(join(folder, DATABASE_FILE), target)).toMatchObject({ kind: "restored" });
    expect(await claim(await openStore(target))).toMatchObject({ oneTimePrekey: null, oneTimeKemPrekey: null });
  });
});

describe("a backup of an earlier version", () => {
  it.each(Array.from({ length: DATABASE_VERSION - 1 }, (_, index) => index + 1))(
    "of number %i is brought up to date on its way, and stays as it is",
    async (version) => {
      const file = join(temporaryFolder(), "backup.sqlite");
      const database = new Sqlite(file);
      const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
      await migrateToVersion({ db, dialect: sqliteDialect }, version);
      const insert = "insert into account (username, identity_key, created_at) values ('alice', x'01', 1)";
      database.prepare(insert).run();
      // Names have rows of their own since then.
      if (version >= 3) database.prepare("insert into name (username) values ('alice')").run();
      database
        .prepare("insert into one_time_prekey (username, device, prekey_id, public_key) values (?, 1, ?, ?)")
        .run("alice", fresh(16), fresh());
      database.close();
      const bytes = readFileSync(file);

      const target = temporaryFolder();
      expect(await restoreToFolder(file, target)).toMatchObject({ kind: "restored", rows: { name: 1, account: 1 } });
      const restored = openFile(join(target, DATABASE_FILE));
      expect(restored.prepare("select username from name").pluck().all()).toEqual(["alice"]);
      expect(restored.prepare("select type, public_key from one_time_prekey").all()).toEqual([
        { type: 2, public_key: null },
      ]);
      expect(readFileSync(file).equals(bytes)).toBe(true);
    },
  );

  it("is made of a database that this version has not brought up to date yet", async () => {
    const folder = temporaryFolder();
    const database = new Sqlite(join(folder, DATABASE_FILE));
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
    await migrateToVersion({ db, dialect: sqliteDialect }, 1);
    database.prepare("insert into account values ('alice', x'01', 1)").run();
    const file = await backUpFolder(folder);
    expect(database.prepare("select count(*) from kysely_migration").pluck().get()).toBe(1);
    expect(openFile(file).prepare("select * from account").all()).toHaveLength(1);
    expect(await restoreToFolder(file, temporaryFolder())).toMatchObject({ kind: "restored" });
  });
});
