/** A database that is copied from or to, and what of its shape this version knows. */
import { type Kysely, Migrator } from "kysely";
import type { StoreDialect } from "../store/dialect.ts";
import { appliedMigrations, DATABASE_VERSION, migrationsFor } from "../store/migrations.ts";
import type { Tables } from "../store/tables.ts";

export interface Database {
  readonly db: Kysely<Tables>;
  readonly dialect: StoreDialect;
}

/** Who opened it closes it. */
export interface OpenDatabase extends Database {
  close(): Promise<void>;
}

export type DatabaseShape =
  /** As the first so many migrations leave it, of which there is at least one. */
  | { readonly kind: "known"; readonly version: number }
  | { readonly kind: "newer" }
  /** No database of a relay. */
  | { readonly kind: "foreign" };

export async function shapeOf({ db, dialect }: Database): Promise<DatabaseShape> {
  const applied = await appliedMigrations(db);
  if (applied.length === 0) return { kind: "foreign" };
  const known = Object.keys(migrationsFor(dialect));
  if (applied.some((name) => !known.includes(name))) return { kind: "newer" };
  return { kind: "known", version: applied.length };
}

/** Brings an empty database to the shape of an earlier version, or of this one. */
export async function migrateToVersion({ db, dialect }: Database, version: number): Promise<void> {
  if (version < 1 || version > DATABASE_VERSION) {
    throw new RangeError(`version must be 1 to ${DATABASE_VERSION}, got ${version}`);
  }
  const migrations = Object.fromEntries(Object.entries(migrationsFor(dialect)).slice(0, version));
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest();
  if (error) throw error;
}
