/** Accounts: which identity key owns a name, how it is handed on, and how the operator takes it away. */
import type { Transaction } from "kysely";
import { sameBytes } from "../wire/bytes.ts";
import type { IdentityChange } from "../wire/keys.ts";
import { sha256 } from "./sha256.ts";
import type { NameReset, Publication, StoreLimits } from "./store.ts";
import { columnBytes, type Tables } from "./tables.ts";

/**
 * What a publication means for its name: nobody owned it, its own identity does, another one does and hands it on, or
 * it may not have it.
 */
export type Ownership = "new" | "same" | "handed-on" | "name-taken";

/** Decides without writing. A retired identity neither owns the name again nor hands it on. */
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
  if (!account) return "new";
  if (sameBytes(account.identity_key, identityKey)) return "same";
  const handedOn = identityChange !== null && sameBytes(account.identity_key, identityChange.previousIdentityKey);
  return handedOn ? "handed-on" : "name-taken";
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
  await trx
    .insertInto("account")
    .values({ username, identity_key: identityKey, created_at: now, ...change })
    .onConflict((conflict) =>
      conflict.column("username").doUpdateSet({ identity_key: identityKey, ...(identityChange ? change : {}) }),
    )
    .execute();
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

/** Frees a name, as `Store.resetName` says; false when nobody owns it. */
export async function resetName(
  trx: Transaction<Tables>,
  { username, now }: NameReset,
  limits: StoreLimits,
): Promise<boolean> {
  const owner = await trx
    .deleteFrom("account")
    .where("username", "=", username)
    .returning(["identity_key", "previous_identity_key"])
    .executeTakeFirst();
  if (!owner) return false;
  const retired = owner.previous_identity_key
    ? [owner.identity_key, owner.previous_identity_key]
    : [owner.identity_key];
  await trx
    .insertInto("retired_identity")
    .values(retired.map((identityKey) => ({ username, identity_hash: sha256(identityKey) })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
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
