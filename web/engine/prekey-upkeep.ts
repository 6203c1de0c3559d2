/**
 * Keeping the relay supplied with prekeys: publishing (which a relay that lost everything needs too), refilling below
 * 20 of either kind, replacing what is not ours, and rotating the signed prekey and the last-resort KEM prekey weekly
 * (X3DH §3.2, PQXDH §3.2).
 */
import type { PublishResponse } from "../../relay/wire/keys.ts";
import type { Manifest } from "../../relay/wire/manifest.ts";
import { currentSuite } from "../protocol/suite.ts";
import { currentManifest, ONE_TIME_PREKEYS, rotatePrekeys } from "./account.ts";
import type { AccountState } from "./account-state.ts";
import { DAY_MS } from "./days.ts";
import {
  type ListedOneTimePrekey,
  lastingPrekeyChange,
  listLastingPrekeys,
  listOneTimePrekeys,
  makeOneTimePrekeys,
  oneTimePrekeyChange,
} from "./own-prekeys.ts";
import { heldIds, laterManifest, publish } from "./publishing.ts";
import { type Answer, lacksOurKeys } from "./relay-client.ts";

/** Below so many one-time prekeys of a kind on the relay, the stock is filled up again. */
export const REFILL_BELOW = 20;

/**
 * One-time prekeys of a kind whose secrets are kept: a relay that says again and again that it holds none could else
 * fill the storage. Beyond that the oldest ones that were taken go; mail that needs one of them is asked for again.
 */
export const MAX_KEPT_ONE_TIME_PREKEYS = 1_000;

/** How long a signed prekey, and the last-resort KEM prekey beside it, is the current one. */
export const SIGNED_PREKEY_ROTATION_MS = 7 * DAY_MS;

type Kind = ListedOneTimePrekey["store"];

/** What a kind's stock needs: nothing, more, or others in place of those the relay holds. */
type Plan = "enough" | "refill" | "replace";

/**
 * Rotates what is due and publishes; when the relay's stock is not ours or is low, fills it up and publishes once more.
 * Returns the last answer.
 */
export async function maintainPrekeys(state: AccountState): Promise<Answer<PublishResponse>> {
  await state.exclusive(() => rotateIfDue(state));
  const answer = await publishWhatItTakes(state);
  if (answer.kind !== "ok") return answer;
  const held = heldIds(answer.value);
  const plans = await state.exclusive(async () => ({
    x25519: await compareStock(state, "oneTimePrekeys", held.x25519),
    kem: await compareStock(state, "oneTimeKemPrekeys", held.kem),
  }));
  if (plans.x25519 === "enough" && plans.kem === "enough") return answer;
  const replace = plans.x25519 === "replace" || plans.kem === "replace";
  await state.exclusive(() =>
    refill(state, {
      x25519: wanted(plans.x25519, { replace, held: held.x25519.size }),
      kem: wanted(plans.kem, { replace, held: held.kem.size }),
    }),
  );
  return await publish(state, replace);
}

/** Publishes, once more where the relay says why it would not and that can be mended. */
async function publishWhatItTakes(state: AccountState): Promise<Answer<PublishResponse>> {
  const answer = await publish(state, false);
  if (answer.kind !== "refused") return answer;
  // A `replace` before this one did not get through: what the relay holds still counts.
  if (answer.code === "too-many-prekeys") return await publish(state, true);
  if (answer.code !== "manifest-outdated" && answer.code !== "manifest-invalid") return answer;
  const later = await laterManifest(state);
  // Its device key is not ours: another device goes on in this one's place.
  if (lacksOurKeys(later))
    return { kind: "refused", code: answer.code === "manifest-outdated" ? answer.code : "forbidden" };
  if (later.kind !== "ok") return later;
  const manifest = later.value;
  // It says that it has a later one, and does not show it.
  if (manifest === null) return { kind: "refused", code: "not-understood" };
  await state.exclusive(() => rotateAfter(state, manifest));
  return await publish(state, false);
}

/** How many of a kind are to be made. */
function wanted(plan: Plan, { replace, held }: { readonly replace: boolean; readonly held: number }): number {
  if (replace) return ONE_TIME_PREKEYS;
  return plan === "enough" ? 0 : ONE_TIME_PREKEYS - held;
}

/** Marks the prekeys of a kind that the relay no longer holds as taken, and says what the stock needs. */
async function compareStock(state: AccountState, kind: Kind, held: ReadonlySet<string>): Promise<Plan> {
  const ours = (await listOneTimePrekeys(state.store)).filter(({ store }) => store === kind);
  const known = new Set(ours.map(({ id }) => id));
  const taken = ours.filter(({ id, published, takenAt }) => published && takenAt === null && !held.has(id));
  const takenAt = state.ports.clock.now();
  if (taken.length > 0) await state.commit(taken.map((prekey) => oneTimePrekeyChange(prekey, { takenAt })));
  // A prekey whose secret we do not have would make a first message that nobody can open.
  if ([...held].some((id) => !known.has(id))) return "replace";
  return held.size < REFILL_BELOW ? "refill" : "enough";
}

async function refill(state: AccountState, made: { readonly x25519: number; readonly kem: number }): Promise<void> {
  const { clock, randomBytes } = state.ports;
  const ours = await listOneTimePrekeys(state.store);
  const excess = [
    ...beyondBound(
      ours.filter(({ store }) => store === "oneTimePrekeys"),
      made.x25519,
    ),
    ...beyondBound(
      ours.filter(({ store }) => store === "oneTimeKemPrekeys"),
      made.kem,
    ),
  ];
  await state.commit([
    ...excess.map(({ store, id }) => ({ store, id: [id], value: null })),
    ...(await makeOneTimePrekeys({ ...made, randomBytes, now: clock.now() })),
  ]);
}

/** Those of a kind that go so that `made` more find room: the oldest that the relay does not hold. */
function beyondBound(ours: readonly ListedOneTimePrekey[], made: number): readonly ListedOneTimePrekey[] {
  const excess = Math.max(0, ours.length + made - MAX_KEPT_ONE_TIME_PREKEYS);
  return ours.filter(({ takenAt }) => takenAt !== null).slice(0, excess);
}

/**
 * Makes new lasting prekeys weekly, at once when the manifest is of an older version of the protocol, and when they
 * were made in the future: others would refuse them until then.
 */
async function rotateIfDue(state: AccountState): Promise<void> {
  const manifest = currentManifest(state.account);
  const current = (await listLastingPrekeys(state.store)).find(({ replacedAt }) => replacedAt === null);
  const age = current === undefined ? Number.POSITIVE_INFINITY : state.ports.clock.now() - current.createdAt;
  const isFresh = age < SIGNED_PREKEY_ROTATION_MS && age > -DAY_MS;
  if (isFresh && manifest.protocolVersions.includes(currentSuite.version)) return;
  await rotateAfter(state, manifest);
}

/** Makes new lasting prekeys, due or not. */
export async function rotateNow(state: AccountState): Promise<void> {
  await rotateAfter(state, currentManifest(state.account));
}

/** Makes new lasting prekeys in the manifest after `previous`. */
export async function rotateAfter(state: AccountState, previous: Manifest): Promise<void> {
  const { clock, randomBytes } = state.ports;
  const now = clock.now();
  const { changes } = await rotatePrekeys({ account: state.account, previous, randomBytes, now });
  const current = (await listLastingPrekeys(state.store)).filter(({ replacedAt }) => replacedAt === null);
  await state.commit([...changes, ...current.map((prekey) => lastingPrekeyChange({ ...prekey, replacedAt: now }))]);
}
