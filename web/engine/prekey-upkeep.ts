/**
 * Keeping the relay supplied with prekeys: publishing (which a relay that lost everything needs too), refilling below
 * 20, rotating the signed prekey weekly, and deleting secrets that no mail can need any more (X3DH §3.2).
 */
import { toBase64url } from "../../relay/wire/bytes.ts";
import type { PublishResponse } from "../../relay/wire/keys.ts";
import { prekeyId } from "../protocol/prekeys.ts";
import { makeOneTimePrekeys, ONE_TIME_PREKEYS, rotateSignedPrekey, signedPrekeyChange } from "./account.ts";
import type { AccountState } from "./account-state.ts";
import type { Change } from "./ports.ts";
import type { OneTimePrekeyRecord } from "./records.ts";
import type { Answer } from "./relay-client.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Below so many one-time prekeys on the relay, the stock is filled up again. */
export const REFILL_BELOW = 20;

/** How long a signed prekey is the current one. */
export const SIGNED_PREKEY_ROTATION_MS = 7 * DAY_MS;

/**
 * How long the secrets of replaced signed prekeys and of taken one-time prekeys live: mail waits up to 30 days on a
 * relay, and a session that was begun may be a week old before its unanswered messages begin anew.
 */
export const PREKEY_SECRET_LIFETIME_MS = 37 * DAY_MS;

/** How long it is remembered that an envelope was dealt with: mail lives no longer on a relay. */
export const HANDLED_ENVELOPE_LIFETIME_MS = 30 * DAY_MS;

/** Publishes what is to be published until relay and device agree; returns the last answer. */
export async function maintainPrekeys(state: AccountState): Promise<Answer<PublishResponse>> {
  await state.exclusive(() => rotateIfDue(state));
  await state.exclusive(() => deleteExpired(state));
  const answer = await publish(state, false);
  if (answer.kind !== "ok") return answer;
  const held = new Set(answer.value.oneTimePrekeyIds.map((id) => toBase64url(id)));
  const plan = await state.exclusive(() => compareStock(state, held));
  if (plan === "enough") return answer;
  await state.exclusive(() => refill(state, plan === "replace" ? 0 : held.size));
  return await publish(state, plan === "replace");
}

/** Publishes the manifest and every one-time prekey the relay has not confirmed, and notes what it confirmed. */
async function publish(state: AccountState, replace: boolean): Promise<Answer<PublishResponse>> {
  const { manifest, manifestSignature } = state.account;
  const unconfirmed = (await oneTimePrekeys(state)).filter(({ published }) => !published);
  const answer = await state.relay.publishKeys({
    manifest,
    signature: manifestSignature,
    oneTimePrekeys: unconfirmed.map(({ keyPair }) => keyPair.publicKey),
    replace,
  });
  if (answer.kind === "ok") await state.exclusive(() => confirm(state, unconfirmed));
  return answer;
}

async function confirm(state: AccountState, published: readonly ListedPrekey[]): Promise<void> {
  const changes: Change[] = [];
  for (const { id } of published) {
    // It may have been used, and deleted, while the request was under way.
    const value = await state.store.read("oneTimePrekeys", [id]);
    if (value) changes.push({ store: "oneTimePrekeys", id: [id], value: { ...value, published: true } });
  }
  if (!state.account.registered) {
    changes.push({ store: "account", id: [], value: { ...state.account, registered: true } });
  }
  if (changes.length > 0) await state.commit(changes);
}

/** Marks the prekeys that the relay no longer holds as taken, and says what the stock needs. */
async function compareStock(state: AccountState, held: ReadonlySet<string>): Promise<"enough" | "refill" | "replace"> {
  const ours = await oneTimePrekeys(state);
  const known = new Set(ours.map(({ id }) => id));
  const taken = ours.filter(({ id, published, takenAt }) => published && takenAt === null && !held.has(id));
  if (taken.length > 0) {
    const takenAt = state.ports.clock.now();
    await state.commit(
      taken.map(({ id, ...value }) => ({ store: "oneTimePrekeys", id: [id], value: { ...value, takenAt } })),
    );
  }
  // A prekey whose secret we do not have would make a first message that nobody can open.
  if ([...held].some((id) => !known.has(id))) return "replace";
  return held.size < REFILL_BELOW ? "refill" : "enough";
}

async function refill(state: AccountState, stock: number): Promise<void> {
  const { clock, randomBytes } = state.ports;
  await state.commit(await makeOneTimePrekeys(ONE_TIME_PREKEYS - stock, randomBytes, clock.now()));
}

async function rotateIfDue(state: AccountState): Promise<void> {
  const { clock, randomBytes } = state.ports;
  const now = clock.now();
  const prekeys = await state.store.list("signedPrekeys");
  const current = prekeys.map(({ value }) => value).find(({ replacedAt }) => replacedAt === null);
  if (current !== undefined && now - current.createdAt < SIGNED_PREKEY_ROTATION_MS) return;
  const { changes } = await rotateSignedPrekey(state.account, randomBytes, now);
  const replaced = current === undefined ? [] : [await signedPrekeyChange(current.keyPair, current.createdAt, now)];
  await state.commit([...changes, ...replaced]);
}

async function deleteExpired(state: AccountState): Promise<void> {
  const now = state.ports.clock.now();
  const changes: Change[] = [];
  const keptSignedPrekeys = new Set<string>();
  for (const { value } of await state.store.list("signedPrekeys")) {
    const id = toBase64url(await prekeyId("signed", value.keyPair.publicKey));
    const expired = value.replacedAt !== null && now - value.replacedAt > PREKEY_SECRET_LIFETIME_MS;
    if (expired) changes.push({ store: "signedPrekeys", id: [id], value: null });
    else keptSignedPrekeys.add(id);
  }
  for (const { id, takenAt } of await oneTimePrekeys(state)) {
    const expired = takenAt !== null && now - takenAt > PREKEY_SECRET_LIFETIME_MS;
    if (expired) changes.push({ store: "oneTimePrekeys", id: [id], value: null });
  }
  for (const { value } of await state.store.list("acceptedHandshakes")) {
    if (!keptSignedPrekeys.has(value.signedPrekeyId)) {
      changes.push({ store: "acceptedHandshakes", id: [value.transcriptHash], value: null });
    }
  }
  for (const { value } of await state.store.list("handledEnvelopes")) {
    const expired = now - value.at > HANDLED_ENVELOPE_LIFETIME_MS;
    if (expired) changes.push({ store: "handledEnvelopes", id: [value.digest], value: null });
  }
  if (changes.length > 0) await state.commit(changes);
}

type ListedPrekey = OneTimePrekeyRecord & { readonly id: string };

/** All one-time prekeys with their ids, the oldest first. */
async function oneTimePrekeys(state: AccountState): Promise<readonly ListedPrekey[]> {
  const listed: ListedPrekey[] = [];
  for (const { value } of await state.store.list("oneTimePrekeys")) {
    listed.push({ ...value, id: toBase64url(await prekeyId("one-time", value.keyPair.publicKey)) });
  }
  return listed.sort((left, right) => left.createdAt - right.createdAt);
}
