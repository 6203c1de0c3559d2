import { describe, expect, it, onTestFinished } from "vitest";
import { openPostgresStore } from "../store/postgres-store.ts";
import { openSqliteStore } from "../store/sqlite-store.ts";
import type { Store } from "../store/store.ts";
import {
  CONTRACT_LIMITS,
  envelope,
  fresh,
  freshKemPrekeys,
  freshMany,
  mailToBob,
  NOON,
  publication,
} from "../store/testing/contract-fixtures.ts";
import { sharedPostgres } from "../testing/test-postgres.ts";
import { temporaryFolder } from "../testing/test-relay.ts";
import { openPostgres } from "./open-configured.ts";
import {
  backUpDatabase,
  backUpFolder,
  contentOf,
  contentOfFolder,
  restoreTo,
  restoreToFolder,
} from "./testing/backup-fixtures.ts";

const server = sharedPostgres();
const page = { mailbox: { username: "bob", device: 1 }, after: 0, limit: 100, now: NOON };

async function openPostgresTarget(url: string) {
  await (await openPostgresStore(url, CONTRACT_LIMITS)).close();
  return openPostgres(url);
}

async function contentOfUrl(url: string) {
  const database = openPostgres(url);
  const content = await contentOf(database);
  await database.close();
  return content;
}

/** More rows than fit one page. */
async function use(store: Store): Promise<void> {
  const prekeys = { oneTimePrekeys: freshMany(110), oneTimeKemPrekeys: freshKemPrekeys(110) };
  await store.publishKeys(publication(prekeys));
  await store.publishKeys(publication({ username: "bob", identityKey: fresh() }));
  await store.claimKeys("alice");
  const sent = [envelope(fresh(60_000)), envelope(new Uint8Array(3)), envelope()];
  await store.addMail(mailToBob({ envelopes: sent }));
  const names = sent.slice(0, 1).map(({ id }) => ({ from: "alice", fromDevice: 1, id }));
  await store.acknowledgeMail({ mailbox: page.mailbox, names, now: NOON });
  await store.claimNonce({ deviceKey: fresh(), nonce: fresh(16), expiresAt: NOON + 1 });
  await store.addInvite({ codeHash: fresh(), uses: 3, expiresAt: NOON + 1 });
}

describe("a relay that moves", { timeout: 120_000 }, () => {
  it("to PostgreSQL and back keeps every row and number, and hands out no one-time prekey it brought along", async () => {
    const folder = temporaryFolder();
    const store = await openSqliteStore(folder, CONTRACT_LIMITS);
    onTestFinished(() => store.close());
    await use(store);
    const first = await backUpFolder(folder);
    const url = await (await server()).freshDatabase();
    expect(await restoreTo(first, () => openPostgresTarget(url))).toMatchObject({
      kind: "restored",
      rows: { account: 2, mail: 3, one_time_prekey: 220 },
    });
    const moved = await contentOfUrl(url);
    const apart = { one_time_prekey: [] };
    expect({ ...moved, ...apart }).toEqual({ ...(await contentOfFolder(folder)), ...apart });

    const home = temporaryFolder();
    expect(await restoreToFolder(await backUpDatabase(openPostgres(url)), home)).toMatchObject({ kind: "restored" });
    expect(await contentOfFolder(home)).toEqual(moved);

    for (const next of [await openPostgresStore(url, CONTRACT_LIMITS), await openSqliteStore(home, CONTRACT_LIMITS)]) {
      onTestFinished(() => next.close());
      const [device] = (await next.claimKeys("alice"))?.devices ?? [];
      expect(device).toMatchObject({ oneTimePrekey: null, oneTimeKemPrekey: null, remaining: 0 });
      const before = (await next.listMail(page)).envelopes;
      await next.addMail(mailToBob());
      const { envelopes } = await next.listMail(page);
      expect(envelopes.slice(0, -1)).toEqual(before);
      expect(envelopes.at(-1)?.number).toBe(4);
      const [oneTimePrekey = fresh()] = freshMany(1);
      expect(await next.publishKeys(publication({ oneTimePrekeys: [oneTimePrekey] }))).toMatchObject({
        kind: "published",
        oneTimePrekeyIds: [expect.anything()],
      });
    }
  });

  it("is refused by a PostgreSQL that holds something, which stays as it is", async () => {
    const folder = temporaryFolder();
    const store = await openSqliteStore(folder, CONTRACT_LIMITS);
    onTestFinished(() => store.close());
    await use(store);
    const file = await backUpFolder(folder);
    const url = await (await server()).freshDatabase();
    const other = await openPostgresStore(url, CONTRACT_LIMITS);
    await other.publishKeys(publication({ username: "carol" }));
    await other.close();
    const before = await contentOfUrl(url);
    expect(await restoreTo(file, () => openPostgresTarget(url))).toEqual({ kind: "in-use" });
    expect(await contentOfUrl(url)).toEqual(before);
  });

  it("brings all or nothing into PostgreSQL, and keeps registrations out meanwhile", async () => {
    const folder = temporaryFolder();
    const store = await openSqliteStore(folder, CONTRACT_LIMITS);
    onTestFinished(() => store.close());
    await use(store);
    const file = await backUpFolder(folder);
    const url = await (await server()).freshDatabase();
    const relay = await openPostgresStore(url, CONTRACT_LIMITS);
    onTestFinished(() => relay.close());
    const failure = new Error("cancelled");
    const cancelled = restoreTo(file, () => openPostgresTarget(url), {
      onProgress: (rows) => (rows > 200 ? Promise.reject(failure) : undefined),
    });
    await expect(cancelled).rejects.toBe(failure);
    expect(Object.values(await contentOfUrl(url)).flat()).toEqual([]);

    let registered: Promise<{ readonly kind: string }> | null = null;
    const onProgress = () => {
      registered ??= relay.publishKeys(publication({ identityKey: fresh(), statement: fresh() }));
    };
    expect(await restoreTo(file, () => openPostgresTarget(url), { onProgress })).toMatchObject({ kind: "restored" });
    expect(await registered).toEqual({ kind: "name-taken" });
  });

  it("is backed up from PostgreSQL as of one moment, while people go on writing", async () => {
    const url = await (await server()).freshDatabase();
    const relay = await openPostgresStore(url, CONTRACT_LIMITS);
    onTestFinished(() => relay.close());
    await use(relay);
    const before = await contentOfUrl(url);
    let pages = 0;
    const file = await backUpDatabase(openPostgres(url), async () => {
      pages += 1;
      await relay.publishKeys(publication({ username: `carol${pages}`, identityKey: fresh() }));
      await relay.claimKeys("alice");
      if (pages === 1) await relay.addMail(mailToBob());
    });
    expect(pages).toBeGreaterThan(6);
    expect(await contentOfUrl(url)).not.toEqual(before);
    const target = temporaryFolder();
    await restoreToFolder(file, target);
    const apart = { one_time_prekey: [] };
    expect({ ...(await contentOfFolder(target)), ...apart }).toEqual({ ...before, ...apart });
  });
});
