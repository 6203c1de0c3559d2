/** Invites: who may register a name that nobody owns, on a relay that asks for one. */
import type { Transaction } from "kysely";
import { type Bytes, utf8 } from "../wire/bytes.ts";
import type { StoreDialect } from "./dialect.ts";
import { sha256 } from "./sha256.ts";
import type { Invite, Publication } from "./store.ts";
import type { Tables } from "./tables.ts";

/** By which the store knows an invite code: its SHA-256, 32 bytes. */
export function inviteCodeHash(code: string): Bytes {
  return sha256(utf8(code));
}

/**
 * Why this publication may not register its name; null when it may. Decides without writing, and holds the invite until
 * the transaction ends, so that no use of it is taken twice.
 */
export async function refuseRegistration(
  trx: Transaction<Tables>,
  { registration, now }: Publication,
  { hasManyWriters }: StoreDialect,
): Promise<"invite-required" | "registration-closed" | null> {
  if (registration.kind === "open") return null;
  if (registration.kind === "closed") return "registration-closed";
  if (registration.codeHash === null) return "invite-required";
  const invite = await trx
    .selectFrom("invite")
    .select("uses_left")
    .where("code_hash", "=", registration.codeHash)
    .where("expires_at", ">", now)
    .where("uses_left", ">", 0)
    .$if(hasManyWriters, (row) => row.forUpdate())
    .executeTakeFirst();
  return invite ? null : "invite-required";
}

/** Uses up one use of the invite that a registration came with. */
export async function takeInvite(trx: Transaction<Tables>, { registration }: Publication): Promise<void> {
  if (registration.kind !== "invite" || registration.codeHash === null) return;
  await trx
    .updateTable("invite")
    .set((row) => ({ uses_left: row("uses_left", "-", 1) }))
    .where("code_hash", "=", registration.codeHash)
    .execute();
}

export async function addInvite(trx: Transaction<Tables>, { codeHash, uses, expiresAt }: Invite): Promise<void> {
  await trx.insertInto("invite").values({ code_hash: codeHash, uses_left: uses, expires_at: expiresAt }).execute();
}
