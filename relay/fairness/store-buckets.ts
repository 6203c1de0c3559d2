/**
 * Buckets in the store's table `bucket`, for relays that share it. A bucket is taken from in one statement, and those of
 * one request in the order of their keys, so that no two relays wait for each other. Keys are HMACs of the names under a
 * secret that the relays share: the table holds no address and no name.
 */
import { createHmac, randomBytes } from "node:crypto";
import { type RawBuilder, sql, type Transaction } from "kysely";
import type { Transactions } from "../store/group-commit.ts";
import { StoreFailure, type StoreFailureReason } from "../store/store.ts";
import type { Tables } from "../store/tables.ts";
import { type Bytes, toBase64url } from "../wire/bytes.ts";
import type { Buckets, TakeOutcome } from "./buckets.ts";
import { type BucketRequest, CLOCKS_DIFFER_MILLISECONDS, type Price, priceOf, waitFor } from "./gcra.ts";
import { BucketTimes, joinName } from "./memory-buckets.ts";

const SECRET_NAME = "bucket-secret";
const SECRET_BYTES = 32;

export interface StoreBucketsParts {
  readonly transactions: Transactions;
  /**
   * Run first in each transaction, e.g. `set local synchronous_commit = off` on PostgreSQL: a token that is given back
   * by a power cut is no harm, and waiting for the disk would be. Null where there is no such thing.
   */
  readonly relaxCommit: RawBuilder<unknown> | null;
  /** What an error of the driver means; null when it is no failure of the database. */
  readonly explain: (error: unknown) => StoreFailureReason | null;
}

interface PricedKey extends Price {
  readonly key: Bytes;
  /** The key as text. */
  readonly name: string;
}

/** Thrown inside a transaction, so that what was taken from other buckets is undone. */
class BucketEmpty extends Error {
  override readonly name = "BucketEmpty";
  readonly bucket: string;
  readonly emptyUntil: number;
  constructor(bucket: string, emptyUntil: number) {
    super("bucket holds too little");
    this.bucket = bucket;
    this.emptyUntil = emptyUntil;
  }
}

/**
 * Buckets in the database of these transactions; the secret is made by whichever relay needs it first. `take` rejects
 * with StoreFailure when the database fails.
 */
export function createStoreBuckets({ transactions, relaxCommit, explain }: StoreBucketsParts): Buckets {
  let secret: Promise<Bytes> | null = null;
  // What the database said last. A bucket only gets emptier than that, or time passes: what cannot be granted by it is
  // refused here, so that a flood does not reach the database.
  const lastSeen = new BucketTimes();

  async function priceAll(requests: readonly BucketRequest[]): Promise<readonly PricedKey[]> {
    secret ??= transactions.run(sharedSecret).catch((error: unknown) => {
      secret = null;
      throw error;
    });
    const hmacKey = await secret;
    const priced = requests.map((request) => {
      const key = Uint8Array.from(createHmac("sha256", hmacKey).update(joinName(request.name)).digest());
      return { key, name: toBase64url(key), ...priceOf(request) };
    });
    return priced.sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  function longestWait(priced: readonly PricedKey[], now: number): number {
    return Math.max(0, ...priced.map((one) => waitFor(lastSeen.get(one.name), one, now)));
  }

  /** Resolves to the new times in the same order; throws BucketEmpty. */
  async function takeAll(trx: Transaction<Tables>, priced: readonly PricedKey[], now: number) {
    if (relaxCommit) await relaxCommit.execute(trx);
    const granted: number[] = [];
    for (const one of priced) {
      const emptyUntil = await takeOne(trx, one, now);
      if (emptyUntil === null) throw new BucketEmpty(one.name, await readEmptyUntil(trx, one.key));
      granted.push(emptyUntil);
    }
    return granted;
  }

  async function take(requests: readonly BucketRequest[], now: number): Promise<TakeOutcome> {
    const priced = await priceAll(requests);
    const known = longestWait(priced, now);
    if (known > 0) return { kind: "wait", milliseconds: known };
    try {
      const granted = await transactions.run((trx) => takeAll(trx, priced, now));
      for (const [index, { name }] of priced.entries()) lastSeen.set(name, granted[index] ?? now, now);
      return { kind: "ok" };
    } catch (error) {
      if (!(error instanceof BucketEmpty)) throw error;
      lastSeen.set(error.bucket, error.emptyUntil, now);
      return { kind: "wait", milliseconds: longestWait(priced, now) };
    }
  }

  return {
    async take(requests, now) {
      try {
        return await take(requests, now);
      } catch (error) {
        const reason = explain(error);
        throw reason === null ? error : new StoreFailure(reason, { cause: error });
      }
    },
  };
}

/** Until when the bucket is not full now; null when it was refused, and then the row is as it was. */
async function takeOne(trx: Transaction<Tables>, { key, cost, room }: PricedKey, now: number): Promise<number | null> {
  // In place of `max` or `greatest`, of which each database has but one.
  const emptyUntil = sql.ref("bucket.empty_until");
  const furthest = now + room + CLOCKS_DIFFER_MILLISECONDS;
  const isFull = sql`${emptyUntil} < ${now} or ${emptyUntil} > ${furthest}`;
  const next = sql<number>`(case when ${isFull} then ${now} else ${emptyUntil} end) + ${cost}`;
  const row = await trx
    .insertInto("bucket")
    .values({ bucket_key: key, empty_until: now + cost })
    .onConflict((conflict) =>
      conflict
        .column("bucket_key")
        .doUpdateSet({ empty_until: next })
        .where(next, "<=", now + room),
    )
    .returning("empty_until")
    .executeTakeFirst();
  return row?.empty_until ?? null;
}

/** The refused statement holds the row, so that it is still what it was refused for. */
async function readEmptyUntil(trx: Transaction<Tables>, key: Bytes): Promise<number> {
  const row = await trx
    .selectFrom("bucket")
    .select("empty_until")
    .where("bucket_key", "=", key)
    .executeTakeFirstOrThrow();
  return row.empty_until;
}

/** The secret of all relays on this database. */
async function sharedSecret(trx: Transaction<Tables>): Promise<Bytes> {
  await trx
    .insertInto("relay_state")
    .values({ key: SECRET_NAME, value: Uint8Array.from(randomBytes(SECRET_BYTES)) })
    .onConflict((conflict) => conflict.column("key").doNothing())
    .execute();
  const { value } = await trx
    .selectFrom("relay_state")
    .select("value")
    .where("key", "=", SECRET_NAME)
    .executeTakeFirstOrThrow();
  return Uint8Array.from(value);
}
