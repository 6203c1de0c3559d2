/**
 * Runs on a page of the app's origin, as a thief's script there would: opens an account's records with the keys that lie
 * beside them and takes out everything secret. (Storage is encrypted at rest, but not from script on its own page.)
 */
import { toBase64url } from "../../relay/wire/bytes.ts";
import type { StoreName } from "../../web/engine/records.ts";
import { accountDatabaseName, openIndexedDbStore } from "../../web/storage/indexeddb.ts";
import { openSealedStore } from "../../web/storage/sealed-store.ts";

/** Those that hold keys. */
const STORES: readonly StoreName[] = [
  "account",
  "signedPrekeys",
  "oneTimePrekeys",
  "lastResortKemPrekeys",
  "oneTimeKemPrekeys",
  "peers",
];
const SECRET = /secretKey|\.seed$|rootKey|chainKey|messageKey|skipped/i;
const PUBLIC = /publicKey/;

/** A key found in an account's records. */
export interface FoundKey {
  /** Where, e.g. `account.identity.secretKey`. */
  readonly path: string;
  readonly secret: boolean;
  readonly base64url: string;
}

/** Every key of an account. No engine of the account may be running: opening the store fences it out. */
export async function readAccount(username: string): Promise<readonly FoundKey[]> {
  const store = await openSealedStore({
    account: username,
    records: openIndexedDbStore(accountDatabaseName(username)),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    now: Date.now,
  });
  const found: FoundKey[] = [];
  for (const name of STORES) {
    for (const { value } of await store.list(name)) collect(name, value, found);
  }
  await store.close();
  return found;
}

function collect(path: string, value: unknown, found: FoundKey[]): void {
  if (value instanceof Uint8Array) {
    if (value.length < 16) return;
    if (SECRET.test(path)) found.push({ path, secret: !PUBLIC.test(path), base64url: toBase64url(value) });
    else if (PUBLIC.test(path)) found.push({ path, secret: false, base64url: toBase64url(value) });
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, part] of Object.entries(value)) collect(`${path}.${name}`, part, found);
}
