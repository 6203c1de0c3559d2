/** The epochs by which devices find out that their storage was put back: the part of it that is in a transaction. */
import type { Transaction } from "kysely";
import { type Bytes, sameBytes } from "../wire/bytes.ts";
import type { EpochChange } from "./store.ts";
import type { StoreRules } from "./store-rules.ts";
import { columnBytes, type Tables } from "./tables.ts";

/** Sets the next epoch where the present one is expected or missing; resolves to the one there is then. */
export async function setEpoch(
  trx: Transaction<Tables>,
  { username, device, deviceKey, expected, next }: EpochChange,
  { dialect }: StoreRules,
): Promise<Bytes | null> {
  await dialect.lockName(trx, username);
  const row = await trx
    .selectFrom("device")
    .select("epoch")
    .where("username", "=", username)
    .where("device", "=", device)
    .where("device_key", "=", deviceKey)
    .executeTakeFirst();
  if (row === undefined) return null;
  const present = row.epoch === null ? null : columnBytes(row.epoch);
  if (present !== null && !expected.some((one) => sameBytes(one, present))) return present;
  await trx
    .updateTable("device")
    .set({ epoch: next })
    .where("username", "=", username)
    .where("device", "=", device)
    .execute();
  return next;
}
