/** A store that is in use in every way, to be backed up and restored. */
import { onTestFinished } from "vitest";
import { openSqliteStore } from "../../store/sqlite-store.ts";
import type { Store } from "../../store/store.ts";
import {
  bob,
  CONTRACT_LIMITS,
  envelope,
  fresh,
  freshKemPrekeys,
  freshMany,
  mailToBob,
  NOON,
  publication,
} from "../../store/testing/contract-fixtures.ts";
import { temporaryFolder } from "../../testing/test-relay.ts";
import type { Bytes } from "../../wire/bytes.ts";

/** Goes with the test. */
export async function openStore(folder: string): Promise<Store> {
  const store = await openSqliteStore(folder, CONTRACT_LIMITS);
  onTestFinished(() => store.close());
  return store;
}

const named = (id: Bytes) => ({ mailbox: bob, names: [{ from: "alice", fromDevice: 1, id }], now: NOON });
/** Claimed in a used store. */
export const aNonce = { deviceKey: fresh(), nonce: fresh(16), expiresAt: NOON + 1000 };
/** A statement that fills more pages than one. */
export const manyNonces = `with recursive counted(n) as (select 1 union all select n + 1 from counted where n < 1000)
  insert into nonce select randomblob(32), randomblob(16), 0 from counted`;

/** The folder of a store that is in use in every way, the store, and what was put in. */
export async function usedStore() {
  const folder = temporaryFolder();
  const store = await openStore(folder);
  const oneTimePrekeys = freshMany(5);
  const oneTimeKemPrekeys = freshKemPrekeys(5);
  await store.publishKeys(publication({ oneTimePrekeys, oneTimeKemPrekeys }));
  for (const username of ["bob", "carol"]) await store.publishKeys(publication({ username, identityKey: fresh() }));
  await store.resetName({ username: "carol", now: NOON });
  const envelopes = Array.from({ length: 4 }, () => envelope());
  const [acknowledged = envelope(), first = envelope(), second = envelope(), newest = envelope()] = envelopes;
  await store.addMail(mailToBob({ envelopes }));
  await store.acknowledgeMail(named(acknowledged.id));
  await store.addInvite({ codeHash: fresh(), uses: 3, expiresAt: NOON });
  await store.claimNonce(aNonce);
  const claim = async (from: Store = store) => (await from.claimKeys("alice"))?.devices[0];
  return { folder, store, claim, oneTimePrekeys, oneTimeKemPrekeys, acknowledged, waiting: [first, second, newest] };
}
