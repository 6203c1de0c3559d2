/**
 * Blobs: the parts of making, filling and deleting them that happen inside a transaction. Of an id only the SHA-256 is
 * kept, so that nobody can fetch a blob by what a stolen database or its index tells.
 *
 * Rows are locked in this order: the owner's name, the blob, the total. A blob that was deleted has `expires_at` 0.
 */
import type { Kysely, Selectable, Transaction } from "kysely";
import { type BlobStatus, chunkCount, chunkLength } from "../wire/blob.ts";
import { type Bytes, sameBytes } from "../wire/bytes.ts";
import type {
  AddChunkOutcome,
  BlobCreation,
  BlobDeletion,
  BlobName,
  ChunkName,
  CreateOutcome,
  NewChunk,
  ReadChunkOutcome,
} from "./blob-store.ts";
import { releaseBytes, takeBytes, totalBytes } from "./blob-total.ts";
import { sha256 } from "./sha256.ts";
import type { StoreRules } from "./store-rules.ts";
import type { BlobTable, Tables } from "./tables.ts";

type BlobRow = Selectable<BlobTable>;
/** What `expires_at` says of a blob that was deleted, whatever the clock says. */
export const DELETED = 0;

/** Thrown inside a transaction, so that what it stored is undone. */
export class TotalReached extends Error {
  override readonly name = "TotalReached";
}

/** Makes the blob that is not there yet, or says why not. */
export async function createBlob(
  trx: Transaction<Tables>,
  creation: BlobCreation,
  { limits: { blobs: limits }, dialect }: StoreRules,
): Promise<CreateOutcome> {
  const { owner, id, length, now } = creation;
  // Also makes the blobs of one account come one after the other, so that no two find the same room.
  await dialect.lockName(trx, owner.username);
  if (!(await isKnown(trx, creation))) return { kind: "unknown-device" };
  const idHash = sha256(id);
  const present = await findBlob(trx, idHash);
  if (present) return answerPresent(trx, present, creation);
  const used = await usageOf(trx, owner.username);
  const free = Math.max(0, limits.accountBytes - used.bytes);
  if (length > limits.accountBytes) return { kind: "blob-too-large", free };
  if (used.blobs >= limits.accountBlobs) return { kind: "blob-quota-exceeded", free: 0 };
  if (length > free) return { kind: "blob-quota-exceeded", free };
  // Says so before it is uploaded in vain; what counts is what chunks take.
  if ((await totalBytes(trx)) + length > limits.totalBytes) return { kind: "blob-store-full" };

  const expiresAt = now + Math.min(limits.unfinishedMilliseconds, limits.lifetimeMilliseconds);
  const missing = chunkCount(length);
  const row = { id_hash: idHash, owner: owner.username, length, created_at: now, missing, expires_at: expiresAt };
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("blob")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n) {
    const winner = await findBlob(trx, idHash);
    return winner ? answerPresent(trx, winner, creation) : { kind: "blob-conflict" };
  }
  return { kind: "created", status: await statusOf(trx, row) };
}

async function isKnown(trx: Transaction<Tables>, { owner, deviceKey }: BlobCreation): Promise<boolean> {
  const device = await trx
    .selectFrom("device")
    .select("device")
    .where("username", "=", owner.username)
    .where("device", "=", owner.device)
    .where("device_key", "=", deviceKey)
    .executeTakeFirst();
  return device !== undefined;
}

async function answerPresent(
  trx: Transaction<Tables>,
  present: BlobRow,
  { owner, length, now }: BlobCreation,
): Promise<CreateOutcome> {
  const isSame = present.owner === owner.username && present.length === length && present.expires_at > now;
  return isSame ? { kind: "created", status: await statusOf(trx, present) } : { kind: "blob-conflict" };
}

/** What counts against an account. Deleted ones do not, so that whoever makes room has it at once. */
async function usageOf(
  trx: Transaction<Tables>,
  owner: string,
): Promise<{ readonly blobs: number; readonly bytes: number }> {
  const used = await trx
    .selectFrom("blob")
    .select((row) => [row.fn.countAll().as("blobs"), row.fn.sum("length").as("bytes")])
    .where("owner", "=", owner)
    .where("expires_at", ">", DELETED)
    .executeTakeFirstOrThrow();
  return { blobs: Number(used.blobs), bytes: Number(used.bytes ?? 0) };
}

function findBlob(db: Kysely<Tables>, idHash: Bytes): Promise<BlobRow | undefined> {
  return db.selectFrom("blob").selectAll().where("id_hash", "=", idHash).executeTakeFirst();
}

async function statusOf(db: Kysely<Tables>, blob: BlobRow): Promise<BlobStatus> {
  const { id_hash, length, missing, expires_at: expiresAt } = blob;
  if (missing === 0) return { length, missing: [], expiresAt };
  const rows = await db.selectFrom("blob_chunk").select("chunk_index").where("id_hash", "=", id_hash).execute();
  const stored = new Set(rows.map(({ chunk_index }) => chunk_index));
  const indexes = Array.from({ length: chunkCount(length) }, (_, index) => index);
  return { length, missing: indexes.filter((index) => !stored.has(index)), expiresAt };
}

/** Stores a chunk, as `BlobStore.addChunk` says; throws TotalReached where others took the last room meanwhile. */
export async function addChunk(
  trx: Transaction<Tables>,
  { id, owner, index, bytes, now }: NewChunk,
  { limits: { blobs: limits }, dialect }: StoreRules,
): Promise<AddChunkOutcome> {
  const idHash = sha256(id);
  const query = trx.selectFrom("blob").selectAll().where("id_hash", "=", idHash);
  const blob = await (dialect.hasManyWriters ? query.forUpdate() : query).executeTakeFirst();
  if (blob === undefined || blob.expires_at <= now) return { kind: "unknown-blob" };
  if (blob.owner !== owner) return { kind: "forbidden" };
  if (index >= chunkCount(blob.length)) return { kind: "chunk-index-invalid" };
  if (bytes.length !== chunkLength(blob.length, index)) return { kind: "chunk-length-invalid" };
  const digest = sha256(bytes);
  const held = await trx
    .selectFrom("blob_chunk")
    .select("digest")
    .where("id_hash", "=", idHash)
    .where("chunk_index", "=", index)
    .executeTakeFirst();
  if (held) return sameBytes(held.digest, digest) ? { kind: "stored", added: false } : { kind: "chunk-conflict" };
  if ((await totalBytes(trx)) + bytes.length > limits.totalBytes) return { kind: "blob-store-full" };
  await trx.insertInto("blob_chunk").values({ id_hash: idHash, chunk_index: index, digest, bytes }).execute();
  const missing = blob.missing - 1;
  const expires_at = missing === 0 ? blob.created_at + limits.lifetimeMilliseconds : blob.expires_at;
  await trx.updateTable("blob").set({ missing, expires_at }).where("id_hash", "=", idHash).execute();
  // Last, so that others wait for the row of all no longer than the commit takes.
  if (!(await takeBytes(trx, bytes.length, limits.totalBytes))) throw new TotalReached();
  return { kind: "stored", added: true };
}

/** What there is of a blob; null when there is no such blob. */
export async function readBlob(db: Kysely<Tables>, { id, now }: BlobName): Promise<BlobStatus | null> {
  const blob = await findBlob(db, sha256(id));
  return blob === undefined || blob.expires_at <= now ? null : statusOf(db, blob);
}

/** One chunk, found or not by one and the same statement. */
export async function readChunk(db: Kysely<Tables>, { id, index, now }: ChunkName): Promise<ReadChunkOutcome> {
  const row = await db
    .selectFrom("blob")
    .leftJoin("blob_chunk", (join) =>
      join.onRef("blob_chunk.id_hash", "=", "blob.id_hash").on("blob_chunk.chunk_index", "=", index),
    )
    .select(["blob.length", "blob_chunk.bytes"])
    .where("blob.id_hash", "=", sha256(id))
    .where("blob.expires_at", ">", now)
    .executeTakeFirst();
  if (row === undefined) return { kind: "unknown-blob" };
  if (index >= chunkCount(row.length)) return { kind: "chunk-index-invalid" };
  return row.bytes === null ? { kind: "missing-chunk" } : { kind: "found", bytes: row.bytes };
}

/** Lets nobody find a blob any more. */
export async function deleteBlob(
  trx: Transaction<Tables>,
  { id, owner, now }: BlobDeletion,
): Promise<"deleted" | "forbidden"> {
  const blob = await findBlob(trx, sha256(id));
  if (blob === undefined || blob.expires_at <= now) return "deleted";
  if (blob.owner !== owner) return "forbidden";
  await trx
    .updateTable("blob")
    .set({ expires_at: DELETED })
    .where("id_hash", "=", blob.id_hash)
    .where("owner", "=", owner)
    .execute();
  return "deleted";
}

/** Lets nobody find any of an account's blobs any more. */
export async function deleteBlobsOf(trx: Transaction<Tables>, owner: string): Promise<void> {
  await trx
    .updateTable("blob")
    .set({ expires_at: DELETED })
    .where("owner", "=", owner)
    .where("expires_at", ">", DELETED)
    .execute();
}

/**
 * Deletes so many chunks of one blob whose time was over by `until`, and the blob with its last ones; resolves to
 * whether a blob went, and null when there was none to delete from.
 */
export async function collectPiece(
  trx: Transaction<Tables>,
  { until, chunks }: { readonly until: number; readonly chunks: number },
  { dialect }: StoreRules,
): Promise<boolean | null> {
  const query = trx.selectFrom("blob").select(["id_hash", "length"]).where("expires_at", "<=", until).limit(1);
  const dead = await (dialect.hasManyWriters ? query.forUpdate().skipLocked() : query).executeTakeFirst();
  if (dead === undefined) return null;
  const { id_hash, length } = dead;
  const some = trx.selectFrom("blob_chunk").select("chunk_index").where("id_hash", "=", id_hash).limit(chunks);
  const deleted = await trx
    .deleteFrom("blob_chunk")
    .where("id_hash", "=", id_hash)
    .where("chunk_index", "in", some)
    .returning("chunk_index")
    .execute();
  const isLast = deleted.length < chunks;
  if (isLast) await trx.deleteFrom("blob").where("id_hash", "=", id_hash).execute();
  const bytes = deleted.reduce((sum, { chunk_index }) => sum + chunkLength(length, chunk_index), 0);
  if (bytes > 0) await releaseBytes(trx, bytes);
  return isLast;
}
