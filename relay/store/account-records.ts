/** Accounts: which identity key owns a name, how it is handed on, and how the operator takes it away. */
import type { Transaction } from "kysely";
import { sameBytes } from "../wire/bytes.ts";
import type { IdentityChange } from "../wire/keys.ts";
import { deleteBlobsOf } from "./blob-records.ts";
import type { StoreDialect } from "./dialect.ts";
import { sha256 } from "./sha256.ts";
import type { AccountDeletion, KeyedDevice, NameReset, Publication } from "./store.ts";
import type { StoreRules } from "./store-rules.ts";
import { columnBytes, type Tables } from "./tables.ts";

/**
 * What a publication means for its name: nobody owned it, its own identity does, another one does and hands it on, or
 * it may not have it.
 */
export type Ownership = "new" | "same" | "handed-on" | "name-taken";

/** Makes the row of the name when there is none, and holds it until the transaction ends; whether there was none. */
export async function lockNewName(
  trx: Transaction<Tables>,
  { username }: Publication,
  dialect: StoreDialect,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("name")
    .values({ username, tombstone_hash: null })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  await dialect.lockName(trx, username);
  return numInsertedOrUpdatedRows === 1n;
}

/** Takes back the row of a name that was not given away after all. */
export async function forgetName(trx: Transaction<Tables>, { username }: Publication): Promise<void> {
  await trx.deleteFrom("name").where("username", "=", username).execute();
}

/**
 * Decides without writing. A retired identity neither owns the name again nor hands it on, and the name of an account
 * that was deleted is free for its own identity only.
 */
export async function ownership(
  trx: Transaction<Tables>,
  { username, identityKey, identityChange }: Publication,
): Promise<Ownership> {
  const named = identityChange ? [identityKey, identityChange.previousIdentityKey] : [identityKey];
  if (await isAnyRetired(trx, username, named)) return "name-taken";
  const account = await trx
    .selectFrom("account")
    .select("identity_key")
    .where("username", "=", username)
    .executeTakeFirst();
  if (!account) return (await isBuried(trx, username, identityKey)) ? "name-taken" : "new";
  if (sameBytes(account.identity_key, identityKey)) return "same";
  const handedOn = identityChange !== null && sameBytes(account.identity_key, identityChange.previousIdentityKey);
  return handedOn ? "handed-on" : "name-taken";
}

/** Whether the name belonged to an account of another identity that was deleted. */
async function isBuried(trx: Transaction<Tables>, username: string, identityKey: Uint8Array): Promise<boolean> {
  const name = await trx
    .selectFrom("name")
    .select("tombstone_hash")
    .where("username", "=", username)
    .executeTakeFirst();
  const hash = name?.tombstone_hash ?? null;
  return hash !== null && !sameBytes(hash, sha256(identityKey));
}

async function isAnyRetired(
  trx: Transaction<Tables>,
  username: string,
  identityKeys: readonly Uint8Array[],
): Promise<boolean> {
  const retired = await trx
    .selectFrom("retired_identity")
    .select("username")
    .where("username", "=", username)
    .where("identity_hash", "in", identityKeys.map(sha256))
    .executeTakeFirst();
  return retired !== undefined;
}

/** Makes the account or gives it its new owner; an identity change that is known stays unless there is another. */
export async function putAccount(trx: Transaction<Tables>, publication: Publication): Promise<void> {
  const { username, identityKey, identityChange, now } = publication;
  const change = {
    previous_identity_key: identityChange?.previousIdentityKey ?? null,
    identity_change_signature: identityChange?.signature ?? null,
  };
  await setTombstone(trx, username, null);
  await trx
    .insertInto("account")
    .values({ username, identity_key: identityKey, created_at: now, ...change })
    .onConflict((conflict) =>
      conflict.column("username").doUpdateSet({ identity_key: identityKey, ...(identityChange ? change : {}) }),
    )
    .execute();
}

async function setTombstone(
  trx: Transaction<Tables>,
  username: string,
  tombstone_hash: Uint8Array | null,
): Promise<void> {
  await trx.updateTable("name").set({ tombstone_hash }).where("username", "=", username).execute();
}

/** Deletes an account, as `Store.deleteAccount` says; null when the device is unknown. */
export async function deleteAccount(
  trx: Transaction<Tables>,
  { username, device, deviceKey }: AccountDeletion,
  { dialect }: StoreRules,
): Promise<readonly KeyedDevice[] | null> {
  await dialect.lockName(trx, username);
  const rows = await trx
    .selectFrom("device")
    .select(["device", "device_key"])
    .where("username", "=", username)
    .execute();
  if (!rows.some((row) => row.device === device && sameBytes(row.device_key, deviceKey))) return null;
  const { identity_key } = await trx
    .deleteFrom("account")
    .where("username", "=", username)
    .returning("identity_key")
    .executeTakeFirstOrThrow();
  await setTombstone(trx, username, sha256(identity_key));
  await trx.deleteFrom("device").where("username", "=", username).execute();
  await trx.deleteFrom("one_time_prekey").where("username", "=", username).execute();
  await trx.deleteFrom("mail").where("recipient", "=", username).execute();
  await deleteBlobsOf(trx, username);
  return rows.map((row) => ({ device: row.device, deviceKey: columnBytes(row.device_key) }));
}

/** By which the previous identity key handed the name on, if it did. */
export async function readIdentityChange(trx: Transaction<Tables>, username: string): Promise<IdentityChange | null> {
  const account = await trx
    .selectFrom("account")
    .select(["previous_identity_key", "identity_change_signature"])
    .where("username", "=", username)
    .executeTakeFirst();
  if (!account) return null;
  const { previous_identity_key: previous, identity_change_signature: signature } = account;
  if (previous === null && signature === null) return null;
  if (previous === null || signature === null) throw new TypeError("identity change must have a key and a signature");
  return { previousIdentityKey: columnBytes(previous), signature: columnBytes(signature) };
}

/** Frees the name of an account that was deleted; false when the name is free already. */
async function exhume(trx: Transaction<Tables>, username: string): Promise<boolean> {
  const name = await trx
    .selectFrom("name")
    .select("tombstone_hash")
    .where("username", "=", username)
    .executeTakeFirst();
  const hash = name?.tombstone_hash ?? null;
  if (hash === null) return false;
  await retire(trx, username, [hash]);
  await setTombstone(trx, username, null);
  return true;
}

async function retire(trx: Transaction<Tables>, username: string, hashes: readonly Uint8Array[]): Promise<void> {
  await trx
    .insertInto("retired_identity")
    .values(hashes.map((identity_hash) => ({ username, identity_hash })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Frees a name, as `Store.resetName` says; false when nobody owns it. */
export async function resetName(
  trx: Transaction<Tables>,
  { username, now }: NameReset,
  { limits, dialect }: StoreRules,
): Promise<boolean> {
  if (!(await dialect.lockName(trx, username))) return false;
  const owner = await trx
    .deleteFrom("account")
    .where("username", "=", username)
    .returning(["identity_key", "previous_identity_key"])
    .executeTakeFirst();
  if (!owner) return await exhume(trx, username);
  const retired = owner.previous_identity_key
    ? [owner.identity_key, owner.previous_identity_key]
    : [owner.identity_key];
  await retire(trx, username, retired.map(sha256));
  await deleteBlobsOf(trx, username);
  await trx.deleteFrom("device").where("username", "=", username).execute();
  await trx
    .deleteFrom("one_time_prekey")
    .where("username", "=", username)
    .where("public_key", "is not", null)
    .execute();
  // As if it had been acknowledged: a sender's late retry does not reach the next owner of the name.
  await trx
    .updateTable("mail")
    .set({ body: null, expires_at: now + limits.mailLifetimeMilliseconds })
    .where("recipient", "=", username)
    .where("body", "is not", null)
    .execute();
  return true;
}
