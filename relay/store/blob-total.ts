/**
 * How many bytes the chunks of all blobs take together, in one row: to add them up for every new one would take longer the
 * more there are. It changes in the transactions in which chunks come and go, so it is what there is.
 */
import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "./tables.ts";

const ALL = "all";

/** Adds so many bytes unless there would be more than the limit then; whether it did. */
export async function takeBytes(trx: Transaction<Tables>, bytes: number, limit: number): Promise<boolean> {
  if (bytes > limit) return false;
  const next = sql<number>`${sql.ref("blob_total.bytes")} + ${bytes}`;
  const row = await trx
    .insertInto("blob_total")
    .values({ scope: ALL, bytes })
    .onConflict((conflict) => conflict.column("scope").doUpdateSet({ bytes: next }).where(next, "<=", limit))
    .returning("bytes")
    .executeTakeFirst();
  return row !== undefined;
}

export async function releaseBytes(trx: Transaction<Tables>, bytes: number): Promise<void> {
  await trx
    .updateTable("blob_total")
    .set((row) => ({ bytes: row("bytes", "-", bytes) }))
    .where("scope", "=", ALL)
    .execute();
}

export async function totalBytes(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom("blob_total").select("bytes").where("scope", "=", ALL).executeTakeFirst();
  return Number(row?.bytes ?? 0);
}
