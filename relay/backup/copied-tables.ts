/**
 * What a backup holds: every table but those that describe the running relay and not its people, which are the buckets
 * of requests, and the relay's own state with the secret under which addresses are hashed; and but the blobs, which
 * would make it many times larger and are gone within weeks (docs/decisions/0012-blobs.md).
 */
import type { StoreDialect } from "../store/dialect.ts";
import type { Tables } from "../store/tables.ts";

export type CopiedTable = Exclude<keyof Tables, "bucket" | "relay_state" | "blob" | "blob_chunk" | "blob_total">;

/** The columns by which a table is read in pages: those of an index that names each row once. */
export type PageKey = readonly [string, ...string[]];

const PAGE_KEYS: Readonly<Record<CopiedTable, PageKey>> = {
  name: ["username"],
  account: ["username"],
  retired_identity: ["username", "identity_hash"],
  device: ["username", "device"],
  one_time_prekey: ["username", "number"],
  mail: ["recipient", "number"],
  nonce: ["device_key", "nonce"],
  invite: ["code_hash"],
};

/** Tables whose rows count up. */
export const NUMBERED_TABLES = ["one_time_prekey", "mail"] as const satisfies readonly CopiedTable[];

/** In the order in which they are copied. */
export const COPIED_TABLES = Object.keys(PAGE_KEYS) as readonly CopiedTable[];

/** Tables that hold something of a relay that people use. Nonces are left by refused strangers, too. */
export const TABLES_IN_USE = COPIED_TABLES.filter((table) => table !== "nonce");

export function pageKey(table: CopiedTable, dialect: StoreDialect["name"]): PageKey {
  // There the number alone is the key; PostgreSQL's has the owner in front.
  const numbered = NUMBERED_TABLES.some((name) => name === table);
  return dialect === "sqlite" && numbered ? ["number"] : PAGE_KEYS[table];
}
