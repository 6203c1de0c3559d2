/**
 * Runs on a page of the app's origin: how long the parts of catching up take when each is done alone. Nothing is kept of
 * it, and the mail stays on the relay.
 */
import { AccountState } from "../../web/engine/account-state.ts";
import { receiveEnvelopes } from "../../web/engine/inbox.ts";
import { MailboxReader } from "../../web/engine/mailbox-reader.ts";
import type { Clock, EnginePorts } from "../../web/engine/ports.ts";
import { RelayClient } from "../../web/engine/relay-client.ts";
import { createRelayNetwork } from "../../web/network/relay-network.ts";
import { accountDatabaseName, openIndexedDbStore } from "../../web/storage/indexeddb.ts";
import type { Entry, KeyValueStore } from "../../web/storage/key-value-store.ts";
import { createMemoryDisk } from "../../web/storage/memory.ts";
import { openSealedStore } from "../../web/storage/sealed-store.ts";

const EVERYTHING = { from: "", below: "\uffff" };

/** Milliseconds. */
export interface BacklogParts {
  /** Asking for all pages, one after the other. */
  readonly fetch: number;
  /** Opening what came and encrypting the records, into memory. */
  readonly open: number;
  /** Writing as many records into IndexedDB, a transaction for each page. */
  readonly store: number;
}

const clock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** No engine of the account may be running. */
export async function measureParts({ username }: { readonly username: string }): Promise<BacklogParts> {
  const records = await copyInMemory(openIndexedDbStore(accountDatabaseName(username)));
  const store = await openSealedStore({ account: username, records, randomBytes, now: clock.now });
  const account = await store.read("account", []);
  if (account === null) throw new Error("there is no such account");
  const ports: EnginePorts = {
    openStore: () => Promise.reject(new Error("it is open")),
    deleteStore: () => Promise.resolve(),
    network: createRelayNetwork({
      origin: location.origin,
      fetch: (url, init) => fetch(url, init),
      WebSocket,
      clock,
      random: Math.random,
    }),
    clock,
    randomBytes,
  };
  const { device, deviceKeys } = account;
  const relay = new RelayClient(ports, () => ({ keyId: { username, device }, secretKey: deviceKeys.secretKey }));
  const state = new AccountState({
    store,
    ports,
    relay,
    account,
    beginSession: () => Promise.resolve({ kind: "unreachable" }),
    onCommit: () => undefined,
  });
  await state.load();

  const begun = performance.now();
  const pages = [];
  const reader = new MailboxReader(relay);
  for (;;) {
    const page = await reader.read();
    if (page.kind !== "ok") throw new Error(`the mailbox was not read: ${page.kind}`);
    pages.push(page.value.envelopes);
    if (!reader.advance(page.value.envelopes.length)) break;
  }
  const fetched = performance.now();

  const before = new Set((await records.list(EVERYTHING)).map(([key]) => key));
  const opening = performance.now();
  for (const envelopes of pages) await state.exclusive(() => receiveEnvelopes(state, envelopes));
  const opened = performance.now();

  const added = (await records.list(EVERYTHING)).filter(([key]) => !before.has(key));
  const stored = await writeTime(added, pages.length);
  return { fetch: fetched - begun, open: opened - opening, store: stored };
}

async function copyInMemory(original: KeyValueStore): Promise<KeyValueStore> {
  const entries = await original.list(EVERYTHING);
  await original.close();
  const copy = createMemoryDisk().open("copy");
  await copy.transact([], () => entries.map(([key, value]) => ({ kind: "put", key, value })));
  return copy;
}

/** Writes the entries into a database of their own, in so many transactions, and deletes it. */
async function writeTime(entries: readonly Entry[], transactions: number): Promise<number> {
  const database = openIndexedDbStore("sotto/bench");
  const each = Math.ceil(entries.length / transactions);
  const begun = performance.now();
  for (let first = 0; first < entries.length; first += each) {
    const part = entries.slice(first, first + each);
    await database.transact([], () => part.map(([key, value]) => ({ kind: "put", key, value })));
  }
  const time = performance.now() - begun;
  await database.destroy();
  return time;
}
