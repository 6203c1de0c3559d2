/**
 * What happens to records that an earlier version of the app wrote: each step adds what its schema lacks. A record is
 * upgraded when it is read, and written in the present schema when it changes.
 *
 *   1 -> 2  account        no identity came before it
 *           peers          nobody is verified; their sessions are of protocol version 1
 *           conversations  the person takes part in all of them
 *           messages       who sent them is unknown, and none was sent again; notices about unopened mail become cards
 *           outbox         everything in it is encrypted
 *           owedReceipts   all are for accepted identities
 *           sentEnvelopes  the session is unknown
 *   2 -> 3  account        it has no invite code
 *           peers          no session is retired
 *           conversations  the last message is one with a text, nothing disappears, and nothing was set
 *           messages       they answer none, nothing became of them since, and when their statuses changed is unknown
 *   3 -> 4  account        no backup was made
 *           peers          nobody is blocked or has another name
 *   4 -> 5  account        its messages were read by the first version of contents, and others learn what they did before
 */

import { StorageError } from "../engine/ports.ts";
import type { StoreName } from "../engine/records.ts";

type Fields = Readonly<Record<string, unknown>>;
type Upgrade = (record: Fields) => Fields;

type Upgrades = Partial<Readonly<Record<StoreName, Upgrade>>>;

const FROM_SCHEMA_1: Upgrades = {
  account: (record) => ({ ...record, identityChange: null, renewalPending: false }),
  peers: (record) => ({
    ...record,
    sessions: asList(record["sessions"]).map(({ session, ...rest }) => ({
      ...rest,
      session: { ...asFields(session), version: 1 },
    })),
    verifiedAt: null,
    change: null,
    refusedIdentityKeys: [],
  }),
  conversations: (record) => ({ ...record, accepted: true }),
  messages: (record) => upgradeMessage(record),
  outbox: (record) => ({ ...record, kind: "sealed" }),
  owedReceipts: (record) => ({ ...record, underChange: false }),
  sentEnvelopes: (record) => ({ ...record, session: null }),
};

const FROM_SCHEMA_2: Upgrades = {
  account: (record) => ({ ...record, invite: null }),
  peers: (record) => ({ ...record, retiredGeneration: 0 }),
  conversations: (record) => ({
    ...record,
    lastKind: "text",
    timer: { seconds: null, setAt: 0 },
    muted: false,
    pinnedAt: null,
    archived: false,
    draft: "",
    lastExpiresAt: null,
  }),
  messages: (record) =>
    record["kind"] === "text"
      ? { ...record, writtenAt: record["at"], reply: null, session: null, statusTimes: {}, marks: null, expiry: null }
      : record,
};

const FROM_SCHEMA_3: Upgrades = {
  peers: (record) => ({ ...record, blocked: false, givenName: null }),
  account: (record) => ({ ...record, backedUpAt: null }),
};

const FROM_SCHEMA_4: Upgrades = {
  account: (record) => ({ ...record, contentVersion: 1, settings: { readReceipts: true, typing: true } }),
};

/** Each brings records of the schema that is its place in this list, counted from 1, to the next. */
const STEPS: readonly Upgrades[] = [FROM_SCHEMA_1, FROM_SCHEMA_2, FROM_SCHEMA_3, FROM_SCHEMA_4];

/** Brings a decoded record of schema `from` to the present one. Throws StorageError "damaged". */
export function upgradeRecord(store: StoreName, from: number, record: unknown): unknown {
  return STEPS.slice(from - 1).reduce(
    (upgraded, { [store]: upgrade }) => (upgrade === undefined ? upgraded : upgrade(asFields(upgraded))),
    record,
  );
}

function upgradeMessage(record: Fields): Fields {
  if (record["kind"] === "text") return { ...record, identityKey: null, resends: 0 };
  const { at, notice } = record;
  if (notice === "identity-mismatch") return { kind: "notice", notice: "identity-changed", at };
  return { kind: "missing", at, count: 1, state: "lost", cause: "altered" };
}

function asFields(value: unknown): Fields {
  if (typeof value !== "object" || value === null) throw new StorageError("damaged", "record is not an object");
  return { ...value };
}

function asList(value: unknown): readonly Fields[] {
  if (!Array.isArray(value)) throw new StorageError("damaged", "record lacks a list");
  return value.map(asFields);
}
