/** Makes a backup of a relay's database, of one moment, while the relay goes on. */
import { existsSync } from "node:fs";
import { writeBackupFile } from "./backup-file.ts";
import { type CopiedRows, type Copy, copyTables } from "./copy-tables.ts";
import { type Database, shapeOf } from "./database.ts";

export interface BackUp extends Pick<Copy, "onProgress" | "signal"> {
  /** On a connection of its own: its transaction stays open until the last row is read. */
  readonly source: Database;
  /** Where the backup will be. */
  readonly file: string;
}

export type BackUpOutcome =
  | { readonly kind: "written"; readonly rows: CopiedRows }
  /** It stays as it is. */
  | { readonly kind: "file-exists" }
  /** The database was written by a newer version of the relay. */
  | { readonly kind: "newer" }
  /** It is no relay's. */
  | { readonly kind: "foreign" };

/**
 * Writes everything that was answered before this was called. Throws the signal's reason when it was cancelled, and
 * what the databases and the disk throw; no file is left then.
 */
export async function backUp({ source, file, onProgress, signal }: BackUp): Promise<BackUpOutcome> {
  if (existsSync(file)) return { kind: "file-exists" };
  const shape = await shapeOf(source);
  if (shape.kind !== "known") return shape;
  const rows = await readOneMoment(source, (from) =>
    writeBackupFile(file, shape.version, (to) => copyTables({ from, to, onProgress, signal })),
  );
  return { kind: "written", rows };
}

/** Runs `read` on a database that shows it one state throughout, whatever others write meanwhile. */
function readOneMoment<T>({ db, dialect }: Database, read: (database: Database) => Promise<T>): Promise<T> {
  const transaction = db.transaction();
  // A transaction of SQLite that only reads is of one moment as it is.
  const ofOneMoment =
    dialect.name === "postgres"
      ? transaction.setIsolationLevel("repeatable read").setAccessMode("read only")
      : transaction;
  return ofOneMoment.execute((trx) => read({ db: trx, dialect }));
}
