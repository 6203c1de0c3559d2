import { Client } from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSilentProxy } from "../testing/silent-proxy.ts";
import { sharedPostgres } from "../testing/test-postgres.ts";
import { DATABASE_VERSION } from "./migrations.ts";
import { openPostgresStore } from "./postgres-store.ts";
import type { Store, StoreLimits } from "./store.ts";
import { alice, CONTRACT_LIMITS, fresh, mailToBob, NOON, publication } from "./testing/contract-fixtures.ts";
import { describeStore } from "./testing/store-contract.ts";

const postgres = sharedPostgres();

async function open(url: string, limits: Partial<StoreLimits> = {}): Promise<Store> {
  // On a busy machine a thousand at once take their time.
  const store = await openPostgresStore(url, { ...CONTRACT_LIMITS, ...limits }, { patienceMilliseconds: 120_000 });
  onTestFinished(() => store.close());
  return store;
}

/** Runs a statement in this database; resolves to its rows. */
async function run(url: string, statement: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Readonly<Record<string, unknown>>>(statement)).rows;
  } finally {
    await client.end();
  }
}

let shared: Promise<string> | null = null;

/** The address of one database for the whole contract, emptied: to make one for each test takes much longer. */
async function emptyDatabase(): Promise<string> {
  shared ??= (async () => {
    const server = await postgres();
    await server.order("create database contract");
    const url = server.urlOf("contract");
    await (await openPostgresStore(url, CONTRACT_LIMITS)).close();
    return url;
  })();
  const url = await shared;
  const tables = await run(url, "select tablename from pg_tables where schemaname = 'public'");
  const names = tables.map(({ tablename }) => String(tablename)).filter((name) => !name.startsWith("kysely"));
  await run(url, names.map((name) => `delete from ${name}`).join(";"));
  return url;
}

describeStore("PostgreSQL", {
  async open(limits = {}) {
    const url = await emptyDatabase();
    const store = await open(url, limits);
    return {
      store,
      async reopen() {
        await store.close();
        return open(url, limits);
      },
      openAnother: () => open(url, limits),
    };
  },
});

describe("a PostgreSQL database", () => {
  it("is brought up to date once when eight relays start on it at the same moment", async () => {
    const url = await (await postgres()).freshDatabase();
    const stores = await Promise.all(Array.from({ length: 8 }, () => open(url)));
    for (const store of stores) await store.check();
    expect(await run(url, "select name from kysely_migration")).toHaveLength(DATABASE_VERSION);
  });

  it("is refused when a newer relay has written it, and left as it is", async () => {
    const url = await (await postgres()).freshDatabase();
    await (await open(url)).close();
    await run(url, "insert into kysely_migration (name, timestamp) values ('9999-later', '2030')");
    await expect(openPostgresStore(url, CONTRACT_LIMITS)).rejects.toMatchObject({ code: "newer-database" });
    await run(url, "delete from kysely_migration where name = '9999-later'");
    await open(url);
  });

  it("is refused when it does not write durably", async () => {
    const server = await postgres();
    const url = await server.freshDatabase();
    const set = (value: string) => run(url, `alter database ${new URL(url).pathname.slice(1)} set ${value}`);
    for (const value of ["off", "local", "remote_write"]) {
      await set(`synchronous_commit = ${value}`);
      await expect(openPostgresStore(url, CONTRACT_LIMITS), value).rejects.toMatchObject({ code: "not-durable" });
    }
    await set("synchronous_commit = on");
    await open(url);
  });

  it("is refused when it is not there", async () => {
    const missing = (await postgres()).urlOf("missing");
    await expect(openPostgresStore(missing, CONTRACT_LIMITS)).rejects.toMatchObject({ code: "unusable" });
  });

  it("is out of reach while the server is down, and in reach again by itself, whoever was connected", async () => {
    const server = await postgres();
    const store = await open(await server.freshDatabase());
    await store.publishKeys(publication());
    await server.restart(async () => {
      await expect(store.check()).rejects.toMatchObject({ name: "StoreFailure", reason: "unreachable" });
      const nonce = { deviceKey: fresh(), nonce: fresh(16), expiresAt: NOON };
      await expect(store.claimNonce(nonce)).rejects.toMatchObject({ reason: "unreachable" });
      await expect(store.claimKeys("alice")).rejects.toMatchObject({ reason: "unreachable" });
    });
    await store.check();
    expect((await store.claimKeys("alice"))?.devices).toHaveLength(1);
  });

  it("that says nothing any more is out of reach after a while, and in reach on new connections", async () => {
    const url = new URL(await (await postgres()).freshDatabase());
    const proxy = await startSilentProxy(Number(url.port));
    url.port = String(proxy.port);
    const store = await openPostgresStore(url.href, CONTRACT_LIMITS, { patienceMilliseconds: 500 });
    onTestFinished(() => store.close());
    await store.publishKeys(publication());
    await store.check();
    proxy.fallSilent();
    const asked = [store.publishKeys(publication({ username: "bob" })), store.check()];
    for (const outcome of await Promise.allSettled(asked)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { name: "StoreFailure", reason: "unreachable" } });
    }
    proxy.heal();
    await store.check();
    expect((await store.claimKeys("alice"))?.devices).toHaveLength(1);
    expect(await store.claimKeys("bob")).toBeNull();
  });

  it("is only read while it is made read-only, and says so", async () => {
    const url = await (await postgres()).freshDatabase();
    await (await open(url)).close();
    await run(url, `alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`);
    const store = await open(url);
    await expect(store.check()).rejects.toMatchObject({ reason: "read-only" });
    expect((await store.statistics()).accounts).toBe(0);
  });

  it("does not try to compress chunks, which are encrypted", async () => {
    const url = await (await postgres()).freshDatabase();
    await open(url);
    const storage = "select attstorage from pg_attribute where attrelid = 'blob_chunk'::regclass and attname = 'bytes'";
    expect(await run(url, storage)).toEqual([{ attstorage: "e" }]);
  });

  it("takes mail while everything that may write chunks waits", async () => {
    const url = await (await postgres()).freshDatabase();
    const store = await open(url);
    const owner = publication();
    await store.publishKeys(owner);
    await store.publishKeys(publication({ username: "bob" }));
    const creation = { owner: alice, deviceKey: owner.deviceKey, id: fresh(), length: 8192, now: NOON };
    await store.createBlob(creation);
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query("begin");
    await client.query("select 1 from blob for update");
    let done = 0;
    const chunks = Array.from({ length: 30 }, async () => {
      const bytes = new Uint8Array(8192);
      const outcome = await store.addChunk({ id: creation.id, owner: "alice", index: 0, bytes, now: NOON });
      done += 1;
      return outcome;
    });
    for (let sent = 0; sent < 5; sent += 1) expect((await store.addMail(mailToBob())).kind).toBe("stored");
    expect(done).toBe(0);
    await client.query("commit");
    await client.end();
    const added = (await Promise.all(chunks)).filter((outcome) => outcome.kind === "stored" && outcome.added);
    expect(added).toHaveLength(1);
  });

  it("undoes a request whose connection is cut in the middle, and the process lives on", async () => {
    const url = await (await postgres()).freshDatabase();
    const store = await open(url);
    await store.publishKeys(publication());
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query("begin");
    await client.query("select 1 from name for update");
    const cutOff = expect(store.publishKeys(publication({ oneTimePrekeys: [fresh()] }))).rejects.toMatchObject({
      reason: "unreachable",
    });
    const cut = "select pg_terminate_backend(pid) as cut from pg_stat_activity where wait_event_type = 'Lock'";
    await expect.poll(() => run(url, cut)).toEqual([{ cut: true }]);
    await cutOff;
    await client.end();
    expect((await store.claimKeys("alice"))?.devices[0]?.oneTimePrekey).toBeNull();
  });
});
