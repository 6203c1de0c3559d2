/** One-time prekeys of both kinds: adding each once, counting them, and handing each out once. */
import type { Transaction } from "kysely";
import { type Bytes, concat, toBase64url } from "../wire/bytes.ts";
import { PREKEY_ID_BYTES, PREKEY_TYPE, type SignedKemPrekey, type UnclaimedPrekeyIds } from "../wire/keys.ts";
import { sha256 } from "./sha256.ts";
import type { Publication } from "./store.ts";
import { columnBytes, type Tables } from "./tables.ts";

/** The types of prekeys that are handed out once. */
type OneTimeType = typeof PREKEY_TYPE.oneTime | typeof PREKEY_TYPE.oneTimeKem;

interface DeviceName {
  readonly username: string;
  readonly device: number;
}

/** A one-time prekey as it is published; only KEM prekeys have a signature. */
interface OneTimePrekey {
  readonly type: OneTimeType;
  readonly id: Bytes;
  readonly publicKey: Bytes;
  readonly signature: Bytes | null;
}

/** A one-time prekey's id: the first 16 bytes of SHA-256(type || public key). */
export function oneTimePrekeyId(publicKey: Uint8Array, type: OneTimeType): Bytes {
  return sha256(concat(Uint8Array.of(type), publicKey)).slice(0, PREKEY_ID_BYTES);
}

/** What of a publication's one-time prekeys is new, and how many will then wait. */
export interface PrekeyPlan {
  readonly fresh: readonly OneTimePrekey[];
  /** Of the type of which there are more. */
  readonly waiting: number;
}

/** Decides without writing; with `drop` as though those that wait were dropped first. */
export async function planPrekeys(
  trx: Transaction<Tables>,
  publication: Publication,
  drop: boolean,
): Promise<PrekeyPlan> {
  const published = publishedPrekeys(publication);
  const known = await trx
    .selectFrom("one_time_prekey")
    .select((row) => ["prekey_id", row("public_key", "is", null).as("claimed")])
    .where("username", "=", publication.username)
    .where("device", "=", publication.device)
    .where("prekey_id", "in", [...published.map(({ id }) => id), new Uint8Array(0)])
    .execute();
  const held = new Set(known.filter(({ claimed }) => claimed || !drop).map(({ prekey_id }) => toBase64url(prekey_id)));
  const fresh = new Map<string, OneTimePrekey>();
  for (const prekey of published) {
    const name = toBase64url(prekey.id);
    if (!held.has(name)) fresh.set(name, prekey);
  }
  const waiting = async (type: OneTimeType) => {
    const before = drop ? 0 : await countUnclaimed(trx, publication, type);
    return before + [...fresh.values()].filter((prekey) => prekey.type === type).length;
  };
  return {
    fresh: [...fresh.values()],
    waiting: Math.max(await waiting(PREKEY_TYPE.oneTime), await waiting(PREKEY_TYPE.oneTimeKem)),
  };
}

function publishedPrekeys({ oneTimePrekeys, oneTimeKemPrekeys }: Publication): readonly OneTimePrekey[] {
  const { oneTime, oneTimeKem } = PREKEY_TYPE;
  return [
    ...oneTimePrekeys.map((publicKey) => ({
      type: oneTime,
      id: oneTimePrekeyId(publicKey, oneTime),
      publicKey,
      signature: null,
    })),
    ...oneTimeKemPrekeys.map(({ publicKey, signature }) => ({
      type: oneTimeKem,
      id: oneTimePrekeyId(publicKey, oneTimeKem),
      publicKey,
      signature,
    })),
  ];
}

/** Drops the prekeys of both types that were not handed out. */
export async function dropUnclaimed(trx: Transaction<Tables>, { username, device }: DeviceName): Promise<void> {
  await trx
    .deleteFrom("one_time_prekey")
    .where("username", "=", username)
    .where("device", "=", device)
    .where("public_key", "is not", null)
    .execute();
}

/** Adds the prekeys that `planPrekeys` found to be new, in the order in which they will be handed out. */
export async function insertPrekeys(
  trx: Transaction<Tables>,
  { username, device }: DeviceName,
  fresh: readonly OneTimePrekey[],
): Promise<void> {
  if (fresh.length === 0) return;
  await trx
    .insertInto("one_time_prekey")
    .values(
      fresh.map(({ type, id, publicKey, signature }) => ({
        username,
        device,
        type,
        prekey_id: id,
        public_key: publicKey,
        signature,
      })),
    )
    .execute();
}

/** The ids of each kind still to be handed out, oldest first. */
export async function unclaimedIds(
  trx: Transaction<Tables>,
  { username, device }: DeviceName,
): Promise<UnclaimedPrekeyIds> {
  const rows = await trx
    .selectFrom("one_time_prekey")
    .select(["type", "prekey_id"])
    .where("username", "=", username)
    .where("device", "=", device)
    .where("public_key", "is not", null)
    .orderBy("number")
    .execute();
  const idsOf = (type: OneTimeType) =>
    rows.filter((row) => row.type === type).map(({ prekey_id }) => columnBytes(prekey_id));
  return { oneTimePrekeyIds: idsOf(PREKEY_TYPE.oneTime), oneTimeKemPrekeyIds: idsOf(PREKEY_TYPE.oneTimeKem) };
}

async function countUnclaimed(
  trx: Transaction<Tables>,
  { username, device }: DeviceName,
  type: OneTimeType,
): Promise<number> {
  const { count } = await trx
    .selectFrom("one_time_prekey")
    .select((row) => row.fn.countAll().as("count"))
    .where("username", "=", username)
    .where("device", "=", device)
    .where("type", "=", type)
    .where("public_key", "is not", null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export interface ClaimedPrekeys {
  readonly oneTimePrekey: Bytes | null;
  readonly oneTimeKemPrekey: SignedKemPrekey | null;
  /** What is left of the kind of which there is less. */
  readonly remaining: number;
}

/** Takes the oldest prekey of each kind off a device's lists, for ever. */
export async function claimPrekeys(trx: Transaction<Tables>, device: DeviceName): Promise<ClaimedPrekeys> {
  const oneTime = await claimOldest(trx, device, PREKEY_TYPE.oneTime);
  const kem = await claimOldest(trx, device, PREKEY_TYPE.oneTimeKem);
  return {
    oneTimePrekey: oneTime?.publicKey ?? null,
    oneTimeKemPrekey: kem && signed(kem),
    remaining: await countRemaining(trx, device),
  };
}

/** As `claimPrekeys`, but hands out none. */
export async function leavePrekeys(trx: Transaction<Tables>, device: DeviceName): Promise<ClaimedPrekeys> {
  return { oneTimePrekey: null, oneTimeKemPrekey: null, remaining: await countRemaining(trx, device) };
}

async function countRemaining(trx: Transaction<Tables>, device: DeviceName): Promise<number> {
  return Math.min(
    await countUnclaimed(trx, device, PREKEY_TYPE.oneTime),
    await countUnclaimed(trx, device, PREKEY_TYPE.oneTimeKem),
  );
}

type ClaimedPrekey = Pick<OneTimePrekey, "publicKey" | "signature">;

function signed({ publicKey, signature }: ClaimedPrekey): SignedKemPrekey {
  if (signature === null) throw new TypeError("one-time kem prekey must have a signature");
  return { publicKey, signature };
}

async function claimOldest(
  trx: Transaction<Tables>,
  { username, device }: DeviceName,
  type: OneTimeType,
): Promise<ClaimedPrekey | null> {
  const oldest = await trx
    .selectFrom("one_time_prekey")
    .select(["number", "public_key", "signature"])
    .where("username", "=", username)
    .where("device", "=", device)
    .where("type", "=", type)
    .where("public_key", "is not", null)
    .orderBy("number")
    .limit(1)
    .executeTakeFirst();
  if (!oldest) return null;
  if (oldest.public_key === null) throw new TypeError("prekey to be handed out must have a public key");
  const claimed = { public_key: null, signature: null };
  await trx
    .updateTable("one_time_prekey")
    .set(claimed)
    .where("username", "=", username)
    .where("number", "=", oldest.number)
    .execute();
  return {
    publicKey: columnBytes(oldest.public_key),
    signature: oldest.signature ? columnBytes(oldest.signature) : null,
  };
}
