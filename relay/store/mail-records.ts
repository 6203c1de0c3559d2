/** Mailboxes: the parts of sending, listing and acknowledging that happen inside a transaction. */
import type { Kysely, Transaction } from "kysely";
import { type Bytes, sameBytes } from "../wire/bytes.ts";
import type { KeyId } from "../wire/request-signature.ts";
import { sha256 } from "./sha256.ts";
import type {
  Acknowledgement,
  MailboxContent,
  MailboxPage,
  MailExpiry,
  NumberedEnvelope,
  SendOutcome,
  SentMail,
  StoreLimits,
} from "./store.ts";
import type { StoreRules } from "./store-rules.ts";
import { columnBytes, type Tables } from "./tables.ts";

type SentEnvelope = SentMail["envelopes"][number];

/**
 * Stores the envelopes that are not there yet, or says why none was stored; decides everything before the first insert.
 */
export async function add(
  trx: Transaction<Tables>,
  mail: SentMail,
  { limits, dialect }: StoreRules,
): Promise<SendOutcome> {
  // Also makes numbers grow in the order of commits: two transactions never add to one mailbox at the same time.
  if (!(await dialect.lockName(trx, mail.to))) return { kind: "unknown-user" };
  const devices = await trx
    .selectFrom("device")
    .select(["device", "device_key"])
    .where("username", "=", mail.to)
    .execute();
  const addressed = mail.envelopes.flatMap((envelope) => {
    const known = devices.find(({ device }) => device === envelope.toDevice);
    return known ? [{ ...envelope, deviceKey: columnBytes(known.device_key) }] : [];
  });
  if (addressed.length < mail.envelopes.length) return { kind: "unknown-user" };

  const fresh: ((typeof addressed)[number] & { readonly bodyHash: Bytes })[] = [];
  for (const envelope of addressed) {
    const bodyHash = sha256(envelope.body);
    const twin = fresh.find(({ toDevice, id }) => toDevice === envelope.toDevice && sameBytes(id, envelope.id));
    const held = twin?.bodyHash ?? (await heldBodyHash(trx, mail, envelope));
    if (held && !sameBytes(held, bodyHash)) return { kind: "envelope-conflict" };
    if (!held) fresh.push({ ...envelope, bodyHash });
  }
  if (fresh.length === 0) return { kind: "stored", added: 0, devices: [] };
  if (!(await hasRoom(trx, mail, { added: fresh.length, limits }))) return { kind: "mailbox-full" };

  await trx
    .insertInto("mail")
    .values(
      fresh.map(({ toDevice, id, body, bodyHash }) => ({
        recipient: mail.to,
        to_device: toDevice,
        sender: mail.from.username,
        from_device: mail.from.device,
        envelope_id: id,
        body,
        body_hash: bodyHash,
        received_at: mail.now,
        expires_at: mail.now + limits.mailLifetimeMilliseconds,
      })),
    )
    .execute();
  const addressedDevices = new Map(fresh.map(({ toDevice, deviceKey }) => [toDevice, { device: toDevice, deviceKey }]));
  return { kind: "stored", added: fresh.length, devices: [...addressedDevices.values()] };
}

/**
 * Of what is there under this id. When its time is over it makes way: only here, since by a clock that is ahead the time
 * of all that waits would be over.
 */
async function heldBodyHash(
  trx: Transaction<Tables>,
  { from, to, now }: SentMail,
  { toDevice, id }: SentEnvelope,
): Promise<Uint8Array | undefined> {
  const row = await trx
    .selectFrom("mail")
    .select(["number", "body_hash", "expires_at"])
    .where("recipient", "=", to)
    .where("to_device", "=", toDevice)
    .where("sender", "=", from.username)
    .where("from_device", "=", from.device)
    .where("envelope_id", "=", id)
    .executeTakeFirst();
  if (row === undefined || row.expires_at > now) return row?.body_hash;
  await trx.deleteFrom("mail").where("recipient", "=", to).where("number", "=", row.number).execute();
  return undefined;
}

/**
 * Counts in an index alone while the mailbox is far from full. Mail whose time is over takes no room, swept or not.
 */
async function hasRoom(
  trx: Transaction<Tables>,
  { from, to, now }: SentMail,
  { added, limits }: { readonly added: number; readonly limits: StoreLimits },
): Promise<boolean> {
  const { mailboxEnvelopes, mailboxEnvelopesOfSender } = limits;
  const waiting = trx
    .selectFrom("mail")
    .select((row) => row.fn.countAll().as("envelopes"))
    .where("recipient", "=", to)
    .where("body", "is not", null);
  const counted = async (query: typeof waiting) => Number((await query.executeTakeFirstOrThrow()).envelopes) + added;
  if ((await counted(waiting)) <= Math.min(mailboxEnvelopes, mailboxEnvelopesOfSender)) return true;
  const live = waiting.where("expires_at", ">", now);
  if ((await counted(live)) > mailboxEnvelopes) return false;
  return (await counted(live.where("sender", "=", from.username))) <= mailboxEnvelopesOfSender;
}

/** A page of one device's waiting mail, oldest first. */
export async function list(db: Kysely<Tables>, page: MailboxPage): Promise<MailboxContent> {
  const { deviceKey } = page;
  const rows = await db
    .selectFrom("mail")
    .select(["number", "sender", "from_device", "to_device", "envelope_id", "body", "received_at"])
    .where("recipient", "=", page.mailbox.username)
    .where("to_device", "=", page.mailbox.device)
    .where("number", ">", page.after)
    .where("expires_at", ">", page.now)
    .where("body", "is not", null)
    .$if(deviceKey !== undefined, (mail) =>
      mail.where((row) =>
        row.exists(
          row
            .selectFrom("device")
            .select("device_key")
            .whereRef("device.username", "=", "mail.recipient")
            .whereRef("device.device", "=", "mail.to_device")
            .where("device_key", "=", deviceKey ?? null),
        ),
      ),
    )
    .orderBy("number")
    .limit(page.limit + 1)
    .execute();
  const envelopes: NumberedEnvelope[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, page.limit)) {
    if (row.body === null) continue;
    bytes += row.body.length;
    if (envelopes.length > 0 && bytes > (page.bytes ?? Number.POSITIVE_INFINITY)) break;
    envelopes.push({
      number: row.number,
      id: columnBytes(row.envelope_id),
      from: row.sender,
      fromDevice: row.from_device,
      toDevice: row.to_device,
      body: columnBytes(row.body),
      receivedAt: row.received_at,
    });
  }
  return { envelopes, next: rows.length > envelopes.length ? (envelopes.at(-1)?.number ?? null) : null };
}

/** How many envelopes wait for a device. */
export async function count(db: Kysely<Tables>, { username, device }: KeyId): Promise<number> {
  const waiting = await db
    .selectFrom("mail")
    .select((row) => row.fn.countAll().as("envelopes"))
    .where("recipient", "=", username)
    .where("to_device", "=", device)
    .where("body", "is not", null)
    .executeTakeFirstOrThrow();
  return Number(waiting.envelopes);
}

/** The number of a device's newest waiting envelope; 0 when none waits. */
export async function newest(db: Kysely<Tables>, { username, device }: KeyId): Promise<number> {
  const row = await db
    .selectFrom("mail")
    .select("number")
    .where("recipient", "=", username)
    .where("to_device", "=", device)
    .where("body", "is not", null)
    .orderBy("number", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.number ?? 0;
}

/**
 * Drops the bodies of the named envelopes. What stays (names, id, digest of the body) stays as long again as mail
 * lives, so that a sender who never got the answer and tries again late neither fails nor is shown twice.
 */
export async function acknowledge(
  trx: Transaction<Tables>,
  { mailbox, names, now }: Acknowledgement,
  { limits, dialect }: StoreRules,
): Promise<number> {
  await dialect.lockName(trx, mailbox.username);
  let acknowledged = 0;
  for (const { from, fromDevice, id } of names) {
    const { numUpdatedRows } = await trx
      .updateTable("mail")
      .set({ body: null, expires_at: now + limits.mailLifetimeMilliseconds })
      .where("recipient", "=", mailbox.username)
      .where("to_device", "=", mailbox.device)
      .where("sender", "=", from)
      .where("from_device", "=", fromDevice)
      .where("envelope_id", "=", id)
      .where("body", "is not", null)
      .executeTakeFirst();
    acknowledged += Number(numUpdatedRows);
  }
  return acknowledged;
}

/** Whose mailboxes hold mail that came at `receivedBy` or earlier. */
export async function mailboxesBefore(db: Kysely<Tables>, { receivedBy }: MailExpiry): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("mail")
    .select("recipient")
    .distinct()
    .where("received_at", "<=", receivedBy)
    .where("body", "is not", null)
    .execute();
  return rows.map(({ recipient }) => recipient);
}

/** Drops the bodies of one mailbox's mail that came at `receivedBy` or earlier; resolves to how many there were. */
export async function expireMailbox(
  trx: Transaction<Tables>,
  { recipient, receivedBy, now }: MailExpiry & { readonly recipient: string },
  { limits, dialect }: StoreRules,
): Promise<number> {
  await dialect.lockName(trx, recipient);
  const { numUpdatedRows } = await trx
    .updateTable("mail")
    .set({ body: null, expires_at: now + limits.mailLifetimeMilliseconds })
    .where("recipient", "=", recipient)
    .where("received_at", "<=", receivedBy)
    .where("body", "is not", null)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
