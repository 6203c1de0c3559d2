import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../testing/test-relay.ts";
import { DATABASE_FILE, openSqliteStore } from "./sqlite-store.ts";
import type { Store, StoreLimits } from "./store.ts";
import { CONTRACT_LIMITS, fresh, publication } from "./testing/contract-fixtures.ts";
import { describeStore } from "./testing/store-contract.ts";

const NOON = Date.UTC(2026, 10, 24, 12);

async function open(folder: string, limits: Partial<StoreLimits> = {}): Promise<Store> {
  const store = await openSqliteStore(folder, { ...CONTRACT_LIMITS, ...limits });
  onTestFinished(() => store.close());
  return store;
}

describeStore("SQLite", {
  async open(limits = {}) {
    const folder = temporaryFolder();
    const store = await open(folder, limits);
    return {
      store,
      async reopen() {
        await store.close();
        return open(folder, limits);
      },
      // A relay's only one: a second connection of this process would wait for the first and stop it meanwhile.
      openAnother: async () => store,
    };
  },
});

describe("the SQLite file", () => {
  it("is readable by its owner only, and so is its folder when the relay makes it", async () => {
    const folder = join(temporaryFolder(), "data");
    await open(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600);
  });

  it("is refused when a newer relay has written it, and left as it is", async () => {
    const folder = temporaryFolder();
    await (await open(folder)).close();
    const database = new Sqlite(join(folder, DATABASE_FILE));
    database.exec("insert into kysely_migration (name, timestamp) values ('9999-later', '2030')");
    database.close();
    await expect(openSqliteStore(folder, CONTRACT_LIMITS)).rejects.toMatchObject({ code: "newer-database" });
  });

  it("is refused when it is no database", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, DATABASE_FILE), "not a database, ".repeat(100));
    await expect(openSqliteStore(folder, CONTRACT_LIMITS)).rejects.toMatchObject({ code: "unusable" });
  });

  it("is refused when it cannot be opened", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, DATABASE_FILE));
    await expect(openSqliteStore(folder, CONTRACT_LIMITS)).rejects.toMatchObject({ code: "unusable" });
  });

  it("holds no byte of a body after it was acknowledged and swept, and held it before", async () => {
    const folder = temporaryFolder();
    const store = await open(folder);
    const readAll = () => Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file))));
    await store.publishKeys({
      username: "bob",
      device: 1,
      identityKey: new Uint8Array(32),
      deviceKey: new Uint8Array(32),
      statement: Uint8Array.of(1),
      signature: new Uint8Array(64),
      sequence: 1,
      previousHash: new Uint8Array(32),
      oneTimePrekeys: [],
      oneTimeKemPrekeys: [],
      identityChange: null,
      replace: false,
      registration: { kind: "open" },
      now: NOON,
    });
    const canary = "canary-in-the-mail";
    // One that fits into a page, and one that spills over several.
    for (const [index, length] of [1, 2000].entries()) {
      const id = new Uint8Array(16).fill(index);
      const body = Uint8Array.from(Buffer.from(canary.repeat(length)));
      const from = { username: "alice", device: 1 };
      await store.addMail({ from, to: "bob", envelopes: [{ toDevice: 1, id, body }], now: NOON });
      expect(readAll().includes(canary)).toBe(true);
      const names = [{ from: "alice", fromDevice: 1, id }];
      await store.acknowledgeMail({ mailbox: { username: "bob", device: 1 }, names, now: NOON });
      await store.sweep(NOON);
      expect(readAll().includes(canary)).toBe(false);
    }
  });

  it("holds no row of a registration that was refused, and keeps that of a name which has an owner or had one", async () => {
    const folder = temporaryFolder();
    const store = await open(folder);
    const database = new Sqlite(join(folder, DATABASE_FILE), { readonly: true });
    onTestFinished(() => void database.close());
    const names = () => database.prepare("select username from name order by username").pluck().all();
    const refusedOf = async (username: string) => {
      const registrations = [{ kind: "closed" }, { kind: "invite", codeHash: null }] as const;
      for (const registration of registrations) {
        expect((await store.publishKeys(publication({ username, registration }))).kind).not.toBe("published");
      }
      const tooMany = Array.from({ length: CONTRACT_LIMITS.oneTimePrekeys + 1 }, () => fresh());
      expect((await store.publishKeys(publication({ username, oneTimePrekeys: tooMany }))).kind).not.toBe("published");
    };
    await refusedOf("alice");
    expect(names()).toEqual([]);
    for (const username of ["alice", "bob"]) await store.publishKeys(publication({ username }));
    await store.resetName({ username: "bob", now: NOON });
    await refusedOf("bob");
    expect((await store.publishKeys(publication({ identityKey: fresh() }))).kind).toBe("name-taken");
    expect(names()).toEqual(["alice", "bob"]);
  });

  it("hands out nothing of a record of which half is missing", async () => {
    const folder = temporaryFolder();
    const store = await open(folder);
    const prekey = { publicKey: new Uint8Array(1184), signature: new Uint8Array(64) };
    const change = { previousIdentityKey: new Uint8Array(32).fill(3), signature: new Uint8Array(64) };
    await store.publishKeys(publication({ oneTimeKemPrekeys: [prekey, { ...prekey, publicKey: fresh(1184) }] }));
    expect((await store.claimKeys("alice"))?.devices[0]?.oneTimeKemPrekey).toEqual(prekey);
    const database = new Sqlite(join(folder, DATABASE_FILE));
    database.exec("update one_time_prekey set signature = null");
    await expect(store.claimKeys("alice")).rejects.toThrow("one-time kem prekey must have a signature");
    database.exec("delete from one_time_prekey");
    expect((await store.claimKeys("alice"))?.identityChange).toBeNull();
    database.prepare("update account set previous_identity_key = ?").run(change.previousIdentityKey);
    await expect(store.claimKeys("alice")).rejects.toThrow("identity change must have a key and a signature");
    database.prepare("update account set identity_change_signature = ?").run(change.signature);
    expect((await store.claimKeys("alice"))?.identityChange).toEqual(change);
    database.close();
  });

  it("keeps what was answered when the process dies without closing it", async () => {
    const folder = temporaryFolder();
    const store = await open(folder);
    await store.claimNonce({ deviceKey: new Uint8Array(32), nonce: new Uint8Array(16), expiresAt: NOON });
    // A copy of the files as they lie there is what a crash leaves behind.
    const crashed = temporaryFolder();
    for (const file of [DATABASE_FILE, `${DATABASE_FILE}-wal`]) {
      writeFileSync(join(crashed, file), readFileSync(join(folder, file)));
    }
    const recovered = await open(crashed);
    const again = { deviceKey: new Uint8Array(32), nonce: new Uint8Array(16), expiresAt: NOON };
    expect(await recovered.claimNonce(again)).toBe(false);
  });
});
