/** Mailboxes: the parts of sending, listing and acknowledging that happen inside a transaction. */
import type { Transaction } from "kysely";
import { type Bytes, sameBytes } from "../wire/bytes.ts";
import type { ReceivedEnvelope } from "../wire/mail.ts";
import { sha256 } from "./sha256.ts";
import type {
  Acknowledgement,
  AddedEnvelope,
  MailboxContent,
  MailboxPage,
  SendOutcome,
  SentMail,
  StoreLimits,
} from "./store.ts";
import { columnBytes, type Tables } from "./tables.ts";

type SentEnvelope = SentMail["envelopes"][number];

/**
 * Stores the envelopes that are not there yet, or says why none was stored; decides everything before the first insert.
 */
export async function add(trx: Transaction<Tables>, mail: SentMail, limits: StoreLimits): Promise<SendOutcome> {
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
  await trx.deleteFrom("mail").where("recipient", "=", mail.to).where("expires_at", "<=", mail.now).execute();

  const fresh: ((typeof addressed)[number] & { readonly bodyHash: Bytes })[] = [];
  for (const envelope of addressed) {
    const bodyHash = sha256(envelope.body);
    const twin = fresh.find(({ toDevice, id }) => toDevice === envelope.toDevice && sameBytes(id, envelope.id));
    const held = twin?.bodyHash ?? (await heldBodyHash(trx, mail, envelope));
    if (held && !sameBytes(held, bodyHash)) return { kind: "envelope-conflict" };
    if (!held) fresh.push({ ...envelope, bodyHash });
  }
  if (fresh.length === 0) return { kind: "stored", added: [] };
  if ((await countWaiting(trx, mail.to)) + fresh.length > limits.mailboxEnvelopes) return { kind: "mailbox-full" };

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
  const added = fresh.map(
    ({ toDevice, id, body, deviceKey }): AddedEnvelope => ({
      id,
      from: mail.from.username,
      fromDevice: mail.from.device,
      toDevice,
      body,
      receivedAt: mail.now,
      deviceKey,
    }),
  );
  return { kind: "stored", added };
}

async function heldBodyHash(
  trx: Transaction<Tables>,
  { from, to }: SentMail,
  { toDevice, id }: SentEnvelope,
): Promise<Uint8Array | undefined> {
  const row = await trx
    .selectFrom("mail")
    .select("body_hash")
    .where("recipient", "=", to)
    .where("to_device", "=", toDevice)
    .where("sender", "=", from.username)
    .where("from_device", "=", from.device)
    .where("envelope_id", "=", id)
    .executeTakeFirst();
  return row?.body_hash;
}

async function countWaiting(trx: Transaction<Tables>, recipient: string): Promise<number> {
  const { count } = await trx
    .selectFrom("mail")
    .select((row) => row.fn.countAll().as("count"))
    .where("recipient", "=", recipient)
    .where("body", "is not", null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** A page of one device's waiting mail, oldest first. */
export async function list(trx: Transaction<Tables>, page: MailboxPage): Promise<MailboxContent> {
  const rows = await trx
    .selectFrom("mail")
    .select(["number", "sender", "from_device", "to_device", "envelope_id", "body", "received_at"])
    .where("recipient", "=", page.mailbox.username)
    .where("to_device", "=", page.mailbox.device)
    .where("number", ">", page.after)
    .where("expires_at", ">", page.now)
    .where("body", "is not", null)
    .orderBy("number")
    .limit(page.limit + 1)
    .execute();
  const envelopes: ReceivedEnvelope[] = [];
  let last: number | null = null;
  for (const row of rows.slice(0, page.limit)) {
    if (row.body === null) continue;
    last = row.number;
    envelopes.push({
      id: columnBytes(row.envelope_id),
      from: row.sender,
      fromDevice: row.from_device,
      toDevice: row.to_device,
      body: columnBytes(row.body),
      receivedAt: row.received_at,
    });
  }
  return { envelopes, next: rows.length > page.limit ? last : null };
}

/**
 * Drops the bodies of the named envelopes. What stays (names, id, digest of the body) stays as long again as mail
 * lives, so that a sender who never got the answer and tries again late neither fails nor is shown twice.
 */
export async function acknowledge(
  trx: Transaction<Tables>,
  { mailbox, names, now }: Acknowledgement,
  limits: StoreLimits,
): Promise<number> {
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
