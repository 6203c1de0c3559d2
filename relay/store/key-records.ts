/** Accounts, devices and one-time prekeys: the parts of publishing and claiming that happen inside a transaction. */
import { createHash } from "node:crypto";
import type { Transaction } from "kysely";
import { type Bytes, concat, sameBytes, toBase64url } from "../wire/bytes.ts";
import { PREKEY_ID_BYTES, PREKEY_TYPE } from "../wire/keys.ts";
import type { ClaimedDevice, Publication, PublishOutcome, StoreLimits } from "./store.ts";
import { columnBytes, type Tables } from "./tables.ts";

interface DeviceName {
  readonly username: string;
  readonly device: number;
}

/** SHA-256, 32 bytes. */
export function sha256(bytes: Uint8Array): Bytes {
  return Uint8Array.from(createHash("sha256").update(bytes).digest());
}

/** A one-time prekey's id: the first 16 bytes of SHA-256(0x02 || public key). */
export function oneTimePrekeyId(publicKey: Uint8Array): Bytes {
  return sha256(concat(Uint8Array.of(PREKEY_TYPE.oneTime), publicKey)).slice(0, PREKEY_ID_BYTES);
}

/** Stores a publication, or says why not; decides everything before the first write. */
export async function publish(
  trx: Transaction<Tables>,
  publication: Publication,
  limits: StoreLimits,
): Promise<PublishOutcome> {
  const account = await trx
    .selectFrom("account")
    .select("identity_key")
    .where("username", "=", publication.username)
    .executeTakeFirst();
  if (account && !sameBytes(account.identity_key, publication.identityKey)) return { kind: "name-taken" };
  const step = await manifestStep(trx, publication);
  if (step !== "new" && step !== "repeat") return { kind: step };
  const prekeys = await planPrekeys(trx, publication);
  if (prekeys.unclaimed + prekeys.fresh.length > limits.oneTimePrekeys) return { kind: "too-many-prekeys" };

  if (!account) await insertAccount(trx, publication);
  if (step === "new") await putDevice(trx, publication);
  if (publication.replace) await dropUnclaimed(trx, publication);
  await insertPrekeys(trx, publication, prekeys.fresh);
  return { kind: "published", oneTimePrekeyIds: await unclaimedIds(trx, publication) };
}

async function manifestStep(
  trx: Transaction<Tables>,
  { username, device, statement, signature, sequence, previousHash }: Publication,
): Promise<"new" | "repeat" | "manifest-outdated" | "manifest-invalid"> {
  const known = await trx
    .selectFrom("device")
    .select(["manifest", "manifest_hash", "signature", "sequence"])
    .where("username", "=", username)
    .where("device", "=", device)
    .executeTakeFirst();
  // A relay that lost its data meets manifests late in their sequence: the first one it sees is as good as number one.
  if (!known || sequence > known.sequence + 1) return "new";
  if (sequence === known.sequence + 1) {
    return sameBytes(previousHash, known.manifest_hash) ? "new" : "manifest-invalid";
  }
  const same = sameBytes(statement, known.manifest) && sameBytes(signature, known.signature);
  return sequence === known.sequence && same ? "repeat" : "manifest-outdated";
}

async function planPrekeys(trx: Transaction<Tables>, publication: Publication) {
  const known = await trx
    .selectFrom("one_time_prekey")
    .select((row) => ["prekey_id", row("public_key", "is", null).as("claimed")])
    .where("username", "=", publication.username)
    .where("device", "=", publication.device)
    .where("prekey_id", "in", [...publication.oneTimePrekeys.map(oneTimePrekeyId), new Uint8Array(0)])
    .execute();
  const held = new Set(
    known.filter(({ claimed }) => claimed || !publication.replace).map(({ prekey_id }) => toBase64url(prekey_id)),
  );
  const fresh = new Map<string, { readonly id: Bytes; readonly publicKey: Bytes }>();
  for (const publicKey of publication.oneTimePrekeys) {
    const id = oneTimePrekeyId(publicKey);
    const name = toBase64url(id);
    if (!held.has(name)) fresh.set(name, { id, publicKey });
  }
  const unclaimed = publication.replace ? 0 : await countUnclaimed(trx, publication);
  return { fresh: [...fresh.values()], unclaimed };
}

async function insertAccount(trx: Transaction<Tables>, { username, identityKey, now }: Publication): Promise<void> {
  await trx.insertInto("account").values({ username, identity_key: identityKey, created_at: now }).execute();
}

async function putDevice(trx: Transaction<Tables>, publication: Publication): Promise<void> {
  const row = {
    device_key: publication.deviceKey,
    manifest: publication.statement,
    manifest_hash: sha256(publication.statement),
    signature: publication.signature,
    sequence: publication.sequence,
    published_at: publication.now,
  };
  await trx
    .insertInto("device")
    .values({ username: publication.username, device: publication.device, ...row })
    .onConflict((conflict) => conflict.columns(["username", "device"]).doUpdateSet(row))
    .execute();
}

async function dropUnclaimed(trx: Transaction<Tables>, { username, device }: DeviceName): Promise<void> {
  await trx
    .deleteFrom("one_time_prekey")
    .where("username", "=", username)
    .where("device", "=", device)
    .where("public_key", "is not", null)
    .execute();
}

async function insertPrekeys(
  trx: Transaction<Tables>,
  { username, device }: DeviceName,
  fresh: readonly { readonly id: Bytes; readonly publicKey: Bytes }[],
): Promise<void> {
  if (fresh.length === 0) return;
  await trx
    .insertInto("one_time_prekey")
    .values(fresh.map(({ id, publicKey }) => ({ username, device, prekey_id: id, public_key: publicKey })))
    .execute();
}

async function unclaimedIds(trx: Transaction<Tables>, { username, device }: DeviceName): Promise<readonly Bytes[]> {
  const rows = await trx
    .selectFrom("one_time_prekey")
    .select("prekey_id")
    .where("username", "=", username)
    .where("device", "=", device)
    .where("public_key", "is not", null)
    .orderBy("number")
    .execute();
  return rows.map(({ prekey_id }) => columnBytes(prekey_id));
}

async function countUnclaimed(trx: Transaction<Tables>, { username, device }: DeviceName): Promise<number> {
  const { count } = await trx
    .selectFrom("one_time_prekey")
    .select((row) => row.fn.countAll().as("count"))
    .where("username", "=", username)
    .where("device", "=", device)
    .where("public_key", "is not", null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** An account's devices in order, each with its oldest one-time prekey, which is gone from the list with this; null when unknown. */
export async function claim(trx: Transaction<Tables>, username: string): Promise<readonly ClaimedDevice[] | null> {
  const devices = await trx
    .selectFrom("device")
    .select(["device", "manifest", "signature"])
    .where("username", "=", username)
    .orderBy("device")
    .execute();
  if (devices.length === 0) return null;
  const claimed: ClaimedDevice[] = [];
  for (const { device, manifest, signature } of devices) {
    const oneTimePrekey = await claimOneTimePrekey(trx, { username, device });
    const remaining = await countUnclaimed(trx, { username, device });
    claimed.push({
      device,
      manifest: columnBytes(manifest),
      signature: columnBytes(signature),
      oneTimePrekey,
      remaining,
    });
  }
  return claimed;
}

async function claimOneTimePrekey(trx: Transaction<Tables>, { username, device }: DeviceName): Promise<Bytes | null> {
  const oldest = await trx
    .selectFrom("one_time_prekey")
    .select(["number", "public_key"])
    .where("username", "=", username)
    .where("device", "=", device)
    .where("public_key", "is not", null)
    .orderBy("number")
    .limit(1)
    .executeTakeFirst();
  if (!oldest?.public_key) return null;
  await trx.updateTable("one_time_prekey").set({ public_key: null }).where("number", "=", oldest.number).execute();
  return columnBytes(oldest.public_key);
}
