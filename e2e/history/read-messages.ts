/** Runs on a page of the app's origin: every text of a conversation, in its order. */
import { accountDatabaseName, openIndexedDbStore } from "../../web/storage/indexeddb.ts";
import { openSealedStore } from "../../web/storage/sealed-store.ts";

export interface Reading {
  readonly username: string;
  readonly peer: string;
}

/** No engine of the account may be running: opening the store fences it out. */
export async function readMessages({ username, peer }: Reading): Promise<readonly string[]> {
  const store = await openSealedStore({
    account: username,
    records: openIndexedDbStore(accountDatabaseName(username)),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    now: Date.now,
  });
  const records = await store.list("messages", { prefix: [peer] });
  await store.close();
  return records.flatMap(({ value }) => (value.kind === "text" ? [value.text] : []));
}
