/** Publishing and claiming keys, each inside one transaction: who owns the name, the manifest, the one-time prekeys. */
import type { Transaction } from "kysely";
import { sameBytes } from "../wire/bytes.ts";
import { forgetName, lockNewName, ownership, putAccount, readIdentityChange } from "./account-records.ts";
import { refuseRegistration, takeInvite } from "./invite-records.ts";
import {
  claimPrekeys,
  dropUnclaimed,
  insertPrekeys,
  leavePrekeys,
  planPrekeys,
  unclaimedIds,
} from "./prekey-records.ts";
import { sha256 } from "./sha256.ts";
import type { ClaimedDevice, ClaimedKeys, Publication, PublishOutcome } from "./store.ts";
import type { StoreRules } from "./store-rules.ts";
import { columnBytes, type Tables } from "./tables.ts";

/** Stores a publication, or says why not; then nothing of it stays. */
export async function publish(
  trx: Transaction<Tables>,
  publication: Publication,
  rules: StoreRules,
): Promise<PublishOutcome> {
  const isNewName = await lockNewName(trx, publication, rules.dialect);
  const outcome = await publishUnderName(trx, publication, rules);
  if (isNewName && outcome.kind !== "published") await forgetName(trx, publication);
  return outcome;
}

/** With the row of the name held; decides everything before the first write. */
async function publishUnderName(
  trx: Transaction<Tables>,
  publication: Publication,
  { limits, dialect }: StoreRules,
): Promise<PublishOutcome> {
  const owner = await ownership(trx, publication);
  if (owner === "name-taken") return { kind: owner };
  const refused = owner === "new" ? await refuseRegistration(trx, publication, dialect) : null;
  if (refused) return { kind: refused };
  const step = await manifestStep(trx, publication);
  if (step !== "new" && step !== "repeat") return { kind: step };
  // The one-time prekeys of an identity that handed its name on are no use to who trusts the next one.
  const drop = publication.replace || owner === "handed-on";
  const prekeys = await planPrekeys(trx, publication, drop);
  if (prekeys.waiting > limits.oneTimePrekeys) return { kind: "too-many-prekeys" };

  if (owner === "new") await takeInvite(trx, publication);
  await putAccount(trx, publication);
  if (step === "new") await putDevice(trx, publication);
  if (drop) await dropUnclaimed(trx, publication);
  await insertPrekeys(trx, publication, prekeys.fresh);
  return { kind: "published", ...(await unclaimedIds(trx, publication)) };
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
    .values({ username: publication.username, device: publication.device, epoch: null, ...row })
    .onConflict((conflict) => conflict.columns(["username", "device"]).doUpdateSet(row))
    .execute();
}

/** An account's devices in order, each with its oldest one-time prekeys, which this takes away; null when unknown. */
export async function claim(
  trx: Transaction<Tables>,
  { username, withOneTimePrekeys }: { readonly username: string; readonly withOneTimePrekeys: boolean },
  { dialect }: StoreRules,
): Promise<ClaimedKeys | null> {
  if (!(await dialect.lockName(trx, username))) return null;
  const rows = await trx
    .selectFrom("device")
    .select(["device", "device_key", "manifest", "signature"])
    .where("username", "=", username)
    .orderBy("device")
    .execute();
  if (rows.length === 0) return null;
  const devices: ClaimedDevice[] = [];
  for (const { device, device_key, manifest, signature } of rows) {
    devices.push({
      device,
      deviceKey: columnBytes(device_key),
      manifest: columnBytes(manifest),
      signature: columnBytes(signature),
      ...(await (withOneTimePrekeys ? claimPrekeys : leavePrekeys)(trx, { username, device })),
    });
  }
  return { devices, identityChange: await readIdentityChange(trx, username) };
}
