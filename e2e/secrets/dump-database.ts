/** Everything that lies in a database of the page's origin, as bytes to be searched. */
import type { Page } from "@playwright/test";

export interface DatabaseDump {
  /** Every key, every text and every byte string, one after the other. */
  readonly bytes: Buffer;
  /** How many records there are. */
  readonly records: number;
  /** How many keys of WebCrypto lie there, ready for use. */
  readonly cryptoKeys: number;
}

/** Reads the database `name` of one object store, "records". */
export async function dumpDatabase(page: Page, name: string): Promise<DatabaseDump> {
  const dump = await page.evaluate(readAll, name);
  return { ...dump, bytes: Buffer.concat(dump.parts.map((part) => Buffer.from(part, "base64"))) };
}

/** Runs in the page. */
async function readAll(name: string) {
  const parts: string[] = [];
  let cryptoKeys = 0;
  const add = (bytes: Uint8Array) => parts.push(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
  const collect = (value: unknown): void => {
    if (value instanceof CryptoKey) cryptoKeys += 1;
    else if (value instanceof Uint8Array) add(value);
    else if (typeof value === "object" && value !== null) for (const entry of Object.entries(value)) entry.map(collect);
    else add(new TextEncoder().encode(`${String(value)}\n`));
  };
  const settled = <Result>(request: IDBRequest<Result>) =>
    new Promise<Result>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await settled(indexedDB.open(name));
  const store = database.transaction("records").objectStore("records");
  const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
  database.close();
  collect([keys, values]);
  return { parts, cryptoKeys, records: keys.length };
}
