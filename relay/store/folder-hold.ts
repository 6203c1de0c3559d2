/**
 * Keeps a second relay off a data folder: each tells only its own sockets of new mail, and counts requests for itself.
 * The hold is a lock on a file that the system takes away when the process ends, however it ends.
 */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";

const LOCK_FILE = "relay.lock";

/**
 * What ends the hold on `folder`, which is made (mode 0700) when it is not there; null when another relay has not let go
 * of it within `patience` milliseconds. Throws what the system says when the file of the lock cannot be used.
 */
export function holdFolder(folder: string, patience: number): (() => void) | null {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, LOCK_FILE);
  closeSync(openSync(path, "a", 0o600));
  const lock = new Sqlite(path, { timeout: patience });
  try {
    lock.pragma("journal_mode = memory");
    lock.exec("begin exclusive");
  } catch (error) {
    lock.close();
    if (error instanceof Sqlite.SqliteError && error.code === "SQLITE_BUSY") return null;
    throw error;
  }
  return () => void lock.close();
}
