/**
 * Keeping the relay supplied with prekeys: publishing (which a relay that lost everything needs too), refilling below
 * 20 of either kind, and rotating the signed prekey and the last-resort KEM prekey weekly (X3DH §3.2, PQXDH §3.2).
 */
import { toBase64url } from "../../relay/wire/bytes.ts";
import { kemPrekeyStatement } from "../../relay/wire/key-statements.ts";
import type { PublishResponse } from "../../relay/wire/keys.ts";
import { prekeyId } from "../protocol/prekeys.ts";
import { signStatement } from "../protocol/signature.ts";
import { currentSuite } from "../protocol/suite.ts";
import { currentManifest, ONE_TIME_PREKEYS, rotatePrekeys } from "./account.ts";
import type { AccountState } from "./account-state.ts";
import { deleteExpired } from "./expiry.ts";
import {
  type ListedOneTimePrekey,
  listOneTimePrekeys,
  makeOneTimePrekeys,
  oneTimePrekeyChange,
} from "./own-prekeys.ts";
import type { Change } from "./ports.ts";
import type { SignedPrekeyRecord } from "./records.ts";
import type { Answer } from "./relay-client.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Below so many one-time prekeys of a kind on the relay, the stock is filled up again. */
export const REFILL_BELOW = 20;

/**
 * One-time prekeys of a kind whose secrets are kept. A relay that says again and again that it holds none gets no more
 * beyond that, and sessions begin without one: else it could fill the storage.
 */
export const MAX_KEPT_ONE_TIME_PREKEYS = 1_000;

/** How long a signed prekey, and the last-resort KEM prekey beside it, is the current one. */
export const SIGNED_PREKEY_ROTATION_MS = 7 * DAY_MS;

type Kind = ListedOneTimePrekey["store"];

/** What a kind's stock needs. */
type Plan = "enough" | "full" | "refill" | "replace";

/** Publishes what is to be published until relay and device agree; returns the last answer. */
export async function maintainPrekeys(state: AccountState): Promise<Answer<PublishResponse>> {
  await state.exclusive(() => rotateIfDue(state));
  await state.exclusive(() => deleteExpired(state));
  const answer = await publish(state, false);
  if (answer.kind !== "ok") return answer;
  const { oneTimePrekeyIds, oneTimeKemPrekeyIds } = answer.value;
  const x25519 = new Set(oneTimePrekeyIds.map((id) => toBase64url(id)));
  const kem = new Set(oneTimeKemPrekeyIds.map((id) => toBase64url(id)));
  const plans = await state.exclusive(async () => ({
    x25519: await compareStock(state, "oneTimePrekeys", x25519),
    kem: await compareStock(state, "oneTimeKemPrekeys", kem),
  }));
  if (![plans.x25519, plans.kem].some((plan) => plan === "refill" || plan === "replace")) return answer;
  const replace = plans.x25519 === "replace" || plans.kem === "replace";
  await state.exclusive(() =>
    refill(state, {
      x25519: stockAfter(plans.x25519, { replace, held: x25519.size }),
      kem: stockAfter(plans.kem, { replace, held: kem.size }),
    }),
  );
  return await publish(state, replace);
}

/** How many of a kind count as there, and are not made anew. */
function stockAfter(plan: Plan, { replace, held }: { readonly replace: boolean; readonly held: number }): number {
  if (plan === "full") return ONE_TIME_PREKEYS;
  if (replace) return 0;
  return plan === "enough" ? ONE_TIME_PREKEYS : held;
}

/** Publishes the manifest and every one-time prekey the relay has not confirmed, and notes what it confirmed. */
async function publish(state: AccountState, replace: boolean): Promise<Answer<PublishResponse>> {
  const { username, device, identity, manifest, manifestSignature, identityChange } = state.account;
  const unconfirmed = (await listOneTimePrekeys(state.store)).filter(({ published }) => !published);
  const answer = await state.relay.publishKeys({
    manifest,
    signature: manifestSignature,
    oneTimePrekeys: unconfirmed.flatMap((prekey) =>
      prekey.store === "oneTimePrekeys" ? [prekey.keyPair.publicKey] : [],
    ),
    oneTimeKemPrekeys: unconfirmed.flatMap((prekey) => {
      if (prekey.store !== "oneTimeKemPrekeys") return [];
      const { publicKey } = prekey.keyPair;
      const statement = kemPrekeyStatement({ username, device, publicKey });
      return [{ publicKey, signature: signStatement(identity.secretKey, statement) }];
    }),
    identityChange,
    replace,
  });
  if (answer.kind === "ok") await state.exclusive(() => confirm(state, unconfirmed));
  return answer;
}

async function confirm(state: AccountState, published: readonly ListedOneTimePrekey[]): Promise<void> {
  const changes: Change[] = [];
  for (const prekey of published) {
    // It may have been used, and deleted, while the request was under way.
    const kept = await state.store.read(prekey.store, [prekey.id]);
    if (kept !== null) changes.push(oneTimePrekeyChange(prekey, { published: true }));
  }
  if (!state.account.registered) {
    changes.push({ store: "account", id: [], value: { ...state.account, registered: true } });
  }
  if (changes.length > 0) await state.commit(changes);
}

/** Marks the prekeys of a kind that the relay no longer holds as taken, and says what the stock needs. */
async function compareStock(state: AccountState, kind: Kind, held: ReadonlySet<string>): Promise<Plan> {
  const ours = (await listOneTimePrekeys(state.store)).filter(({ store }) => store === kind);
  const known = new Set(ours.map(({ id }) => id));
  const taken = ours.filter(({ id, published, takenAt }) => published && takenAt === null && !held.has(id));
  const takenAt = state.ports.clock.now();
  if (taken.length > 0) await state.commit(taken.map((prekey) => oneTimePrekeyChange(prekey, { takenAt })));
  if (ours.length + ONE_TIME_PREKEYS > MAX_KEPT_ONE_TIME_PREKEYS) return "full";
  // A prekey whose secret we do not have would make a first message that nobody can open.
  if ([...held].some((id) => !known.has(id))) return "replace";
  return held.size < REFILL_BELOW ? "refill" : "enough";
}

async function refill(state: AccountState, stock: { readonly x25519: number; readonly kem: number }): Promise<void> {
  const { clock, randomBytes } = state.ports;
  await state.commit(
    await makeOneTimePrekeys({
      x25519: ONE_TIME_PREKEYS - stock.x25519,
      kem: ONE_TIME_PREKEYS - stock.kem,
      randomBytes,
      now: clock.now(),
    }),
  );
}

/** Makes new lasting prekeys weekly, and at once when the manifest is of an older version of the protocol. */
async function rotateIfDue(state: AccountState): Promise<void> {
  const { clock, randomBytes } = state.ports;
  const now = clock.now();
  const current = await currentPrekey(state);
  const speaksVersion = currentManifest(state.account).protocolVersions.includes(currentSuite.version);
  const fresh = current !== null && now - current.createdAt < SIGNED_PREKEY_ROTATION_MS;
  if (fresh && speaksVersion) return;
  const { changes } = await rotatePrekeys(state.account, randomBytes, now);
  await state.commit([...changes, ...(await replacedPrekeys(state, now))]);
}

async function currentPrekey(state: AccountState): Promise<SignedPrekeyRecord | null> {
  const signedPrekeys = (await state.store.list("signedPrekeys")).map(({ value }) => value);
  return signedPrekeys.find(({ replacedAt }) => replacedAt === null) ?? null;
}

/** The changes that mark the lasting prekeys which are current now as replaced. */
async function replacedPrekeys(state: AccountState, replacedAt: number): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const { value } of await state.store.list("signedPrekeys")) {
    if (value.replacedAt !== null) continue;
    const id = toBase64url(await prekeyId("signed", value.keyPair.publicKey));
    changes.push({ store: "signedPrekeys", id: [id], value: { ...value, replacedAt } });
  }
  for (const { value } of await state.store.list("lastResortKemPrekeys")) {
    if (value.replacedAt !== null) continue;
    const id = toBase64url(await prekeyId("last-resort-kem", value.keyPair.publicKey));
    changes.push({ store: "lastResortKemPrekeys", id: [id], value: { ...value, replacedAt } });
  }
  return changes;
}
