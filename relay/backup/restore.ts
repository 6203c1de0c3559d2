/** Puts a backup into a database that nobody uses yet: all of it, or nothing. */
import { existsSync } from "node:fs";
import { sql } from "kysely";
import { TABLES_IN_USE } from "./copied-tables.ts";
import { type CopiedRows, type Copy, copyTables } from "./copy-tables.ts";
import type { Database, OpenDatabase } from "./database.ts";
import { openBackup } from "./open-backup.ts";

export interface Restore extends Pick<Copy, "onProgress" | "signal"> {
  readonly file: string;
  /** Opens the database to fill, brought up to date; called once the backup was found to be sound. */
  readonly openTarget: () => Promise<OpenDatabase>;
}

export type RestoreOutcome =
  | { readonly kind: "restored"; readonly rows: CopiedRows }
  /** There is no such file. */
  | { readonly kind: "missing" }
  /** It is no SQLite file, or not as it was written. */
  | { readonly kind: "damaged" }
  /** Written by a newer version of the relay. */
  | { readonly kind: "newer" }
  /** A SQLite file, but no relay's. */
  | { readonly kind: "foreign" }
  /** The database holds something already. */
  | { readonly kind: "in-use" };

/**
 * Restores in one transaction; the rows keep their numbers. Throws the signal's reason when it was cancelled, and what
 * the databases throw; nothing has changed then, and neither has it after any outcome but `restored`.
 */
export async function restore({ file, openTarget, onProgress, signal }: Restore): Promise<RestoreOutcome> {
  if (!existsSync(file)) return { kind: "missing" };
  const backup = await openBackup(file);
  if (backup.kind !== "open") return backup;
  const { database: from } = backup;
  try {
    const target = await openTarget();
    try {
      return await target.db.transaction().execute(async (trx): Promise<RestoreOutcome> => {
        const to = { db: trx, dialect: target.dialect };
        await keepOthersOut(to);
        if (await isInUse(to)) return { kind: "in-use" };
        return { kind: "restored", rows: await copyTables({ from, to, onProgress, signal }) };
      });
    } finally {
      await target.close();
    }
  } finally {
    await from.close();
  }
}

/** Until the transaction ends nobody registers: every account begins with a row here. */
async function keepOthersOut({ db, dialect }: Database): Promise<void> {
  if (dialect.name === "postgres") await sql`lock table ${sql.table("name")} in exclusive mode`.execute(db);
}

async function isInUse({ db }: Database): Promise<boolean> {
  for (const table of TABLES_IN_USE) {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db);
    if (rows.length > 0) return true;
  }
  return false;
}
