/** Counts over all of a store, for the operator; slow on large ones, so nobody else asks for them. */
import { type Kysely, sql } from "kysely";
import { PREKEY_TYPE } from "../wire/keys.ts";
import { totalBytes } from "./blob-total.ts";
import type { MailboxSize, StoreStatistics } from "./store.ts";
import type { Tables } from "./tables.ts";

export async function readStatistics(db: Kysely<Tables>): Promise<StoreStatistics> {
  const accounts = await db
    .selectFrom("account")
    .select((row) => row.fn.countAll().as("count"))
    .executeTakeFirstOrThrow();
  const mail = await db
    .selectFrom("mail")
    .select((row) => [row.fn.countAll().as("count"), sql<number>`coalesce(sum(length(body)), 0)`.as("bytes")])
    .where("body", "is not", null)
    .executeTakeFirstOrThrow();
  const prekeys = await db
    .selectFrom("one_time_prekey")
    .select((row) => row.fn.countAll().as("count"))
    .where("public_key", "is not", null)
    .executeTakeFirstOrThrow();
  const stocked = await db
    .selectFrom((from) =>
      from
        .selectFrom("one_time_prekey")
        .select(["username", "device"])
        .where("public_key", "is not", null)
        .where("type", "in", [PREKEY_TYPE.oneTime, PREKEY_TYPE.oneTimeKem])
        .groupBy(["username", "device"])
        .having((row) => sql`count(distinct ${row.ref("type")})`, "=", 2)
        .as("stocked"),
    )
    .select((row) => row.fn.countAll().as("count"))
    .executeTakeFirstOrThrow();
  const devices = await db
    .selectFrom("device")
    .select((row) => row.fn.countAll().as("count"))
    .executeTakeFirstOrThrow();
  const blobs = await db
    .selectFrom("blob")
    .select((row) => row.fn.countAll().as("count"))
    .executeTakeFirstOrThrow();
  return {
    accounts: Number(accounts.count),
    waitingEnvelopes: Number(mail.count),
    waitingBytes: Number(mail.bytes),
    oneTimePrekeys: Number(prekeys.count),
    devicesWithoutPrekeys: Number(devices.count) - Number(stocked.count),
    blobs: Number(blobs.count),
    blobBytes: await totalBytes(db),
  };
}

/** The mailboxes with the most bytes, largest first. */
export async function largestMailboxes(db: Kysely<Tables>, count: number): Promise<readonly MailboxSize[]> {
  const rows = await db
    .selectFrom("mail")
    .select((row) => [
      "recipient",
      row.fn.countAll().as("envelopes"),
      sql<number>`sum(length(body))`.as("bytes"),
      row.fn.min("received_at").as("oldest"),
    ])
    .where("body", "is not", null)
    .groupBy("recipient")
    .orderBy(sql`sum(length(body))`, "desc")
    .orderBy("recipient")
    .limit(count)
    .execute();
  return rows.map(({ recipient, envelopes, bytes, oldest }) => ({
    username: recipient,
    envelopes: Number(envelopes),
    bytes: Number(bytes),
    oldestAt: Number(oldest),
  }));
}
