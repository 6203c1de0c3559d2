/** The store in SQL, the same for every database: what differs is in dialect.ts, and who shares a commit is the caller's. */
import { randomBytes } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Bytes } from "../wire/bytes.ts";
import { deleteAccount, resetName } from "./account-records.ts";
import {
  addChunk,
  collectPiece,
  createBlob,
  DELETED,
  deleteBlob,
  readBlob,
  readChunk,
  TotalReached,
} from "./blob-records.ts";
import { setEpoch } from "./epoch-records.ts";
import type { Transactions } from "./group-commit.ts";
import { addInvite } from "./invite-records.ts";
import { claim, publish } from "./key-records.ts";
import { acknowledge, add, count, expireMailbox, list, mailboxesBefore, newest } from "./mail-records.ts";
import { largestMailboxes, readStatistics } from "./statistics.ts";
import { type Store, StoreFailure, type StoreFailureReason } from "./store.ts";
import type { StoreRules } from "./store-rules.ts";
import { columnBytes, type Tables } from "./tables.ts";

/** Rows that one transaction of a sweep deletes, so that requests wait for few. */
const SWEEP_ROWS = 1000;
/** Under which the time of the last sweep is kept, 8 bytes, the highest first. */
const SWEPT = "swept";

export interface KyselyStoreParts extends StoreRules {
  readonly db: Kysely<Tables>;
  readonly transactions: Transactions;
  /** For what goes over many rows; the others unless given, as is the next. */
  readonly slow?: Kysely<Tables>;
  readonly slowTransactions?: Transactions;
  /** For what writes much, so that whatever else there is to do does not wait for more than one piece of it. */
  readonly largeTransactions?: Transactions;
  /** For what reads as much. */
  readonly large?: Kysely<Tables>;
  /** For finding out whether the store works. */
  readonly checks?: Transactions;
  /** What an error of the driver means; null when it is no failure of the database but ours. */
  readonly explain: (error: unknown) => StoreFailureReason | null;
}

export function createKyselyStore(parts: KyselyStoreParts): Store {
  const { db, explain, dialect, slow = db, large = db } = parts;

  async function translate<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      const reason = explain(error);
      throw reason === null ? error : new StoreFailure(reason, { cause: error });
    }
  }
  const translated = (some: Transactions): Transactions => ({ run: (work) => translate(some.run(work)) });
  const transactions = translated(parts.transactions);
  const slowTransactions = translated(parts.slowTransactions ?? parts.transactions);
  const largeTransactions = translated(parts.largeTransactions ?? parts.transactions);
  const collection = parts.slowTransactions ? slowTransactions : largeTransactions;
  const checks = translated(parts.checks ?? parts.transactions);

  /** Deletes in pieces what has expired; resolves to how many rows went. */
  async function deleteExpired(table: "mail" | "nonce" | "invite" | "bucket", now: number): Promise<number> {
    const column = sql.ref(table === "bucket" ? "empty_until" : "expires_at");
    const key = {
      mail: ["recipient", "number"],
      nonce: ["device_key", "nonce"],
      invite: ["code_hash"],
      bucket: ["bucket_key"],
    };
    const names = sql.join(key[table].map((name) => sql.ref(name)));
    let deleted = 0;
    for (;;) {
      const { numAffectedRows = 0n } = await slowTransactions.run((trx) =>
        sql`delete from ${sql.table(table)} where (${names}) in
          (select ${names} from ${sql.table(table)} where ${column} <= ${now}
           limit ${sql.lit(SWEEP_ROWS)} ${dialect.skipLocked})`.execute(trx),
      );
      deleted += Number(numAffectedRows);
      if (numAffectedRows < SWEEP_ROWS) return deleted;
    }
  }

  /** Deletes in pieces the blobs whose time was over by then, until it is told to end; resolves to how many went. */
  async function collect(until: number, signal?: AbortSignal): Promise<number> {
    let collected = 0;
    while (signal?.aborted !== true) {
      const piece = { until, chunks: dialect.chunksPerDeletion };
      const isGone = await collection.run((trx) => collectPiece(trx, piece, parts));
      if (isGone === null) break;
      if (isGone) collected += 1;
    }
    return collected;
  }

  async function keepState(within: Transactions, key: string, value: Bytes): Promise<void> {
    await within.run((trx) =>
      trx
        .insertInto("relay_state")
        .values({ key, value })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
        .execute(),
    );
  }

  return {
    publishKeys: (publication) => transactions.run((trx) => publish(trx, publication, parts)),
    claimKeys: (username, withOneTimePrekeys = true) =>
      transactions.run((trx) => claim(trx, { username, withOneTimePrekeys }, parts)),
    resetName: (reset) => transactions.run((trx) => resetName(trx, reset, parts)),
    deleteAccount: (deletion) => transactions.run((trx) => deleteAccount(trx, deletion, parts)),
    setEpoch: (change) => transactions.run((trx) => setEpoch(trx, change, parts)),
    addInvite: (invite) => transactions.run((trx) => addInvite(trx, invite)),
    addMail: (mail) => transactions.run((trx) => add(trx, mail, parts)),
    acknowledgeMail: (acknowledgement) => transactions.run((trx) => acknowledge(trx, acknowledgement, parts)),
    listMail: (page) => translate(list(db, page)),
    countMail: (mailbox) => translate(count(db, mailbox)),
    newestMail: (mailbox) => translate(newest(db, mailbox)),
    statistics: () => translate(readStatistics(slow)),
    largestMailboxes: (count) => translate(largestMailboxes(slow, count)),

    async expireMail(expiry) {
      const recipients = expiry.recipient ? [expiry.recipient] : await translate(mailboxesBefore(slow, expiry));
      let dropped = 0;
      for (const recipient of recipients) {
        dropped += await slowTransactions.run((trx) => expireMailbox(trx, { ...expiry, recipient }, parts));
      }
      return dropped;
    },

    async readDeviceKey({ username, device }) {
      const row = await translate(
        db
          .selectFrom("device")
          .select("device_key")
          .where("username", "=", username)
          .where("device", "=", device)
          .executeTakeFirst(),
      );
      return row ? columnBytes(row.device_key) : null;
    },

    claimNonce: ({ deviceKey, nonce, expiresAt }) =>
      transactions.run(async (trx) => {
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto("nonce")
          .values({ device_key: deviceKey, nonce, expires_at: expiresAt })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        return numInsertedOrUpdatedRows === 1n;
      }),

    async sweptAt(now) {
      const mail = await translate(db.selectFrom("mail").select("number").limit(1).executeTakeFirst());
      const blob = await translate(db.selectFrom("blob").select("length").limit(1).executeTakeFirst());
      if (mail === undefined && blob === undefined) return now;
      const swept = db.selectFrom("relay_state").select("value").where("key", "=", SWEPT);
      const row = await translate(swept.executeTakeFirst());
      return row ? Number(Buffer.from(row.value).readBigUInt64BE()) : null;
    },

    async sweep(now, signal) {
      await keepState(slowTransactions, SWEPT, bigEndian(now));
      let deleted = 0;
      for (const table of ["mail", "nonce", "invite", "bucket"] as const) deleted += await deleteExpired(table, now);
      deleted += await collect(now, signal);
      await translate(dialect.forgetDeleted(slow));
      return deleted;
    },

    check: (bytes = 8) => keepState(checks, "written", Uint8Array.from(randomBytes(bytes))),

    createBlob: (creation) => transactions.run((trx) => createBlob(trx, creation, parts)),
    async addChunk(chunk) {
      try {
        return await largeTransactions.run((trx) => addChunk(trx, chunk, parts));
      } catch (error) {
        if (error instanceof TotalReached) return { kind: "blob-store-full" };
        throw error;
      }
    },
    readBlob: (name) => translate(readBlob(db, name)),
    readChunk: (name) => translate(readChunk(large, name)),
    deleteBlob: (deletion) => transactions.run((trx) => deleteBlob(trx, deletion)),
    collectBlobs: (signal) => collect(DELETED, signal),

    close: () => db.destroy(),
  };
}

function bigEndian(milliseconds: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.max(0, milliseconds)));
  return bytes;
}
