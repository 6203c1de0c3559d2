/** Makes the relay's real database fail, in ways that need no privileges, and on a real full disk where there may be one. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { onTestFinished, vi } from "vitest";
import { DATABASE_FILE } from "../store/sqlite-store.ts";
import { startTestRelay, type TestRelay, type TestRelayOptions, temporaryFolder } from "./test-relay.ts";

/** A relay whose database fails on demand; `mend` takes back what `fail` did. */
export interface FailingRelay {
  readonly relay: TestRelay;
  readonly fail: () => void;
  readonly mend: () => void;
}

export interface Fault {
  readonly name: string;
  readonly start: (options?: TestRelayOptions) => Promise<FailingRelay>;
}

/** Pages that the database may still grow by; more than a test's people take, and less than it sends. */
const SPARE_PAGES = 400;
const NO_MAXIMUM = 0xffff_fffe;

/** The database may not grow beyond its present size and a little more. */
export const sizeLimit: Fault = {
  name: "a database that may not grow",
  async start(options = {}) {
    const { relay, connection } = await startWithConnection(options);
    return {
      relay,
      fail() {
        const pages = Number(connection.pragma("page_count", { simple: true }));
        connection.pragma(`max_page_count = ${pages + SPARE_PAGES}`);
      },
      mend: () => void connection.pragma(`max_page_count = ${NO_MAXIMUM}`),
    };
  },
};

const DISK_BYTES = 4 * 1024 * 1024;
const BALLAST_BYTES = 2 * 1024 * 1024;

/** The database lies on a disk of 4 MiB, half of which something else takes up. */
export const smallDisk: Fault = {
  name: "a small disk",
  async start(options = {}) {
    const folder = mountMemory(DISK_BYTES);
    const ballast = join(folder, "ballast");
    const relay = await startTestRelay({ ...options, folder });
    return {
      relay,
      fail: () => writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES)),
      mend: () => rmSync(ballast),
    };
  },
};

/** The connection of the relay takes no writes. */
export const readOnlyConnection: Fault = {
  name: "a database that takes no writes",
  async start(options = {}) {
    const { relay, connection } = await startWithConnection(options);
    return {
      relay,
      fail: () => void connection.pragma("query_only = 1"),
      mend: () => void connection.pragma("query_only = 0"),
    };
  },
};

/** Whether this account may mount a disk in memory, as root may on most Linux machines but not in most containers. */
export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "sotto-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" });
    execFileSync("umount", [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** A folder on a disk of so many bytes that is gone after the test. */
export function mountMemory(bytes: number): string {
  const folder = temporaryFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]);
  // Lazily, since the relay that uses it ends about the same time.
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
  return folder;
}

/** Overwrites the first page of a table in the database of a relay that has ended. */
export function damageTable(folder: string, table: string): void {
  const path = join(folder, DATABASE_FILE);
  const database = new Sqlite(path, { readonly: true });
  const pageSize = Number(database.pragma("page_size", { simple: true }));
  const page = Number(database.prepare("select rootpage from sqlite_master where name = ?").pluck().get(table));
  database.close();
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(pageSize, 0xa5), 0, pageSize, (page - 1) * pageSize);
  closeSync(file);
}

/** The pragmas that hold for one connection only are set on the relay's own. */
async function startWithConnection(options: TestRelayOptions) {
  const spy = vi.spyOn(Sqlite.prototype, "pragma");
  try {
    const relay = await startTestRelay(options);
    const connection: unknown = spy.mock.contexts[0];
    if (!(connection instanceof Sqlite)) throw new Error("relay opened no database");
    return { relay, connection };
  } finally {
    spy.mockRestore();
  }
}
