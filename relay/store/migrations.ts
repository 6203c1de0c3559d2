/** The numbered steps that bring a relay's database to the present shape. A step that was released never changes. */
import { type Kysely, type Migration, Migrator, sql } from "kysely";
import type { StoreDialect } from "./dialect.ts";
import { StoreError } from "./store.ts";
import type { Tables } from "./tables.ts";

const createEverything = ({ bytes, addNumber }: StoreDialect): Migration => ({
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("account")
      .addColumn("username", "text", (column) => column.primaryKey())
      .addColumn("identity_key", bytes, (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("device")
      .addColumn("username", "text", (column) => column.notNull())
      .addColumn("device", "bigint", (column) => column.notNull())
      .addColumn("device_key", bytes, (column) => column.notNull())
      .addColumn("manifest", bytes, (column) => column.notNull())
      .addColumn("manifest_hash", bytes, (column) => column.notNull())
      .addColumn("signature", bytes, (column) => column.notNull())
      .addColumn("sequence", "bigint", (column) => column.notNull())
      .addColumn("published_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("device_key_name", ["username", "device"])
      .execute();
    await addNumber(db.schema.createTable("one_time_prekey"), "username")
      .addColumn("username", "text", (column) => column.notNull())
      .addColumn("device", "bigint", (column) => column.notNull())
      .addColumn("prekey_id", bytes, (column) => column.notNull())
      .addColumn("public_key", bytes)
      .addUniqueConstraint("one_time_prekey_id", ["username", "device", "prekey_id"])
      .execute();
    await db.schema
      .createIndex("one_time_prekey_unclaimed")
      .on("one_time_prekey")
      .columns(["username", "device", "number"])
      .where(sql.ref("public_key"), "is not", null)
      .execute();
    await createMail(db, { bytes, addNumber });
    await db.schema
      .createTable("nonce")
      .addColumn("device_key", bytes, (column) => column.notNull())
      .addColumn("nonce", bytes, (column) => column.notNull())
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("nonce_once", ["device_key", "nonce"])
      .execute();
    await db.schema.createIndex("nonce_expiry").on("nonce").column("expires_at").execute();
  },
});

async function createMail(
  db: Kysely<unknown>,
  { bytes, addNumber }: Pick<StoreDialect, "bytes" | "addNumber">,
): Promise<void> {
  await addNumber(db.schema.createTable("mail"), "recipient")
    .addColumn("recipient", "text", (column) => column.notNull())
    .addColumn("to_device", "bigint", (column) => column.notNull())
    .addColumn("sender", "text", (column) => column.notNull())
    .addColumn("from_device", "bigint", (column) => column.notNull())
    .addColumn("envelope_id", bytes, (column) => column.notNull())
    .addColumn("body", bytes)
    .addColumn("body_hash", bytes, (column) => column.notNull())
    .addColumn("received_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addUniqueConstraint("mail_once", ["recipient", "to_device", "sender", "from_device", "envelope_id"])
    .execute();
  await db.schema
    .createIndex("mail_waiting")
    .on("mail")
    .columns(["recipient", "to_device", "number"])
    .where(sql.ref("body"), "is not", null)
    .execute();
  await db.schema.createIndex("mail_expiry").on("mail").columns(["expires_at"]).execute();
  await db.schema.createIndex("mail_recipient_expiry").on("mail").columns(["recipient", "expires_at"]).execute();
}

/** One-time KEM prekeys beside the X25519 ones, identity changes, and identities that lost their name. */
const addVersionTwo = ({ bytes }: StoreDialect): Migration => ({
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable("one_time_prekey")
      .addColumn("type", "integer", (column) => column.notNull().defaultTo(2))
      .execute();
    await db.schema.alterTable("one_time_prekey").addColumn("signature", bytes).execute();
    await db.schema.dropIndex("one_time_prekey_unclaimed").execute();
    await db.schema
      .createIndex("one_time_prekey_unclaimed")
      .on("one_time_prekey")
      .columns(["username", "device", "type", "number"])
      .where(sql.ref("public_key"), "is not", null)
      .execute();
    await db.schema.alterTable("account").addColumn("previous_identity_key", bytes).execute();
    await db.schema.alterTable("account").addColumn("identity_change_signature", bytes).execute();
    await db.schema
      .createTable("retired_identity")
      .addColumn("username", "text", (column) => column.notNull())
      .addColumn("identity_hash", bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint("retired_identity_once", ["username", "identity_hash"])
      .execute();
  },
});

/** Names that outlive their accounts, invites, buckets of requests that several relays share, and the relay's own state. */
const addOperations = ({ bytes }: StoreDialect): Migration => ({
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("name")
      .addColumn("username", "text", (column) => column.primaryKey())
      .addColumn("tombstone_hash", bytes)
      .execute();
    await sql`insert into name (username) select username from account
      union select username from retired_identity`.execute(db);
    await db.schema
      .createTable("invite")
      .addColumn("code_hash", bytes, (column) => column.primaryKey())
      .addColumn("uses_left", "bigint", (column) => column.notNull())
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("bucket")
      .addColumn("bucket_key", bytes, (column) => column.primaryKey())
      .addColumn("empty_until", "bigint", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("bucket_expiry").on("bucket").column("empty_until").execute();
    await db.schema
      .createTable("relay_state")
      .addColumn("key", "text", (column) => column.primaryKey())
      .addColumn("value", bytes, (column) => column.notNull())
      .execute();
  },
});

/** What a device sets at every start, to find out whether its storage was put back. */
const addEpochs = ({ bytes }: StoreDialect): Migration => ({
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("device").addColumn("epoch", bytes).execute();
  },
});

/** Blobs and their chunks, and how many bytes they take. */
const addBlobs = ({ bytes, keepUncompressed }: StoreDialect): Migration => ({
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("blob")
      .addColumn("id_hash", bytes, (column) => column.primaryKey())
      .addColumn("owner", "text", (column) => column.notNull())
      .addColumn("length", "bigint", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("missing", "bigint", (column) => column.notNull())
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .execute();
    // By the first one an account's share is counted without looking at a row.
    await db.schema.createIndex("blob_owner").on("blob").columns(["owner", "expires_at", "length"]).execute();
    await db.schema.createIndex("blob_expiry").on("blob").column("expires_at").execute();
    await db.schema
      .createTable("blob_chunk")
      .addColumn("id_hash", bytes, (column) => column.notNull())
      .addColumn("chunk_index", "bigint", (column) => column.notNull())
      // Before the bytes, so that it is read without them.
      .addColumn("digest", bytes, (column) => column.notNull())
      .addColumn("bytes", bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint("blob_chunk_once", ["id_hash", "chunk_index"])
      .execute();
    await keepUncompressed(db, "blob_chunk", "bytes");
    await db.schema
      .createTable("blob_total")
      .addColumn("scope", "text", (column) => column.primaryKey())
      .addColumn("bytes", "bigint", (column) => column.notNull())
      .execute();
  },
});

const MIGRATIONS: Readonly<Record<string, (dialect: StoreDialect) => Migration>> = {
  "0001-everything": createEverything,
  "0002-version-two": addVersionTwo,
  "0003-operations": addOperations,
  "0004-epochs": addEpochs,
  "0005-blobs": addBlobs,
};

/** The names of the migrations in order, and what each does on a database of this dialect. */
export function migrationsFor(dialect: StoreDialect): Readonly<Record<string, Migration>> {
  return Object.fromEntries(Object.entries(MIGRATIONS).map(([name, make]) => [name, make(dialect)] as const));
}

/** The number of the newest migration, which a database carries as its version. */
export const DATABASE_VERSION = Object.keys(MIGRATIONS).length;

/**
 * Applies what is missing, in order, if it `upgrades`. Throws StoreError: `newer-database` when the database knows a
 * migration that this version does not, `older-database` when something is missing that was not to be applied,
 * `unusable` when a step fails (nothing of it stays).
 */
export async function migrate(db: Kysely<Tables>, dialect: StoreDialect, upgrades = true): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrationsFor(dialect) }) } });
  const applied = await appliedMigrations(db);
  if (applied.some((name) => !(name in MIGRATIONS))) {
    throw new StoreError("newer-database", "database was written by a newer version of the relay");
  }
  if (applied.length === DATABASE_VERSION) return;
  if (!upgrades) {
    throw new StoreError("older-database", `database must be at version ${DATABASE_VERSION}, got ${applied.length}`);
  }
  const { error } = await migrator.migrateToLatest();
  if (error) throw new StoreError("unusable", "database could not be brought up to date", { cause: error });
}

/** The names of the migrations that a database has been through; none when it is no relay's. */
export async function appliedMigrations(db: Kysely<Tables>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === "kysely_migration")) return [];
  const { rows } = await sql<{ readonly name: string }>`select name from kysely_migration`.execute(db);
  return rows.map(({ name }) => name);
}
