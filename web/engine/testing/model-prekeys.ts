/** The prekeys of a model device: making and replacing them, handing them out as the relay does, finding their secrets. */
import { type Bytes, sameBytes } from "../../protocol/bytes.ts";
import type { InitialHeader } from "../../protocol/initial-header.ts";
import type { KemKeyPair } from "../../protocol/kem.ts";
import { generateX25519KeyPair, type RandomBytes, type X25519KeyPair } from "../../protocol/keys.ts";
import type { VerifiedPrekeyBundle } from "../../protocol/prekey-bundle.ts";
import { prekeyId } from "../../protocol/prekeys.ts";
import type { Suite } from "../../protocol/suite.ts";
import { type Person, verifiedBundleOf } from "../../protocol/testing/people.ts";
import type { ReceivedKem } from "../../protocol/x3dh.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const ROTATION_MS = 7 * DAY_MS;
const PREKEY_SECRET_LIFETIME_MS = 37 * DAY_MS;

/** Who the device belongs to and with whom it talks, and what it draws its keys from. */
export interface Owner {
  readonly us: Person;
  readonly peer: Person;
  readonly suite: Suite;
  readonly randomBytes: RandomBytes;
}

/** A signed prekey and the last-resort KEM prekey of the same manifest, and what the relay says of them. */
interface LastingPrekeys {
  readonly signedPrekey: X25519KeyPair;
  readonly signedPrekeyId: Bytes;
  readonly lastResortKemPrekey: KemKeyPair;
  readonly lastResortKemPrekeyId: Bytes;
  readonly bundle: VerifiedPrekeyBundle;
  readonly createdAt: number;
  readonly replacedAt: number | null;
}

/** One-time prekeys that the relay handed out together. */
interface TakenPrekeys {
  readonly takenAt: number;
  readonly oneTimePrekey: X25519KeyPair | null;
  readonly oneTimePrekeyId: Bytes | null;
  readonly oneTimeKemPrekey: KemKeyPair | null;
  readonly oneTimeKemPrekeyId: Bytes | null;
}

interface NamedPrekeys {
  readonly signedPrekey: X25519KeyPair;
  readonly oneTimePrekey: X25519KeyPair | null;
  readonly kemPrekey: Omit<ReceivedKem, "ciphertext"> | null;
  /** To be deleted with the message that used them. */
  readonly taken: TakenPrekeys | null;
}

/** The part of a device's state that is its prekeys. */
export interface PrekeyState {
  /** The current ones last. */
  readonly lastingPrekeys: readonly LastingPrekeys[];
  readonly takenPrekeys: readonly TakenPrekeys[];
}

export async function newPrekeys(owner: Owner, now: number): Promise<PrekeyState> {
  return { lastingPrekeys: [await lastingPrekeysOf(owner, owner.us, now)], takenPrekeys: [] };
}

async function lastingPrekeysOf(owner: Owner, us: Person, createdAt: number): Promise<LastingPrekeys> {
  const { signedPrekey, lastResortKemPrekey } = us;
  const checked = checkedBundle(owner);
  const kemPrekey = { type: "last-resort-kem", publicKey: lastResortKemPrekey.publicKey } as const;
  return {
    signedPrekey,
    signedPrekeyId: await prekeyId("signed", signedPrekey.publicKey),
    lastResortKemPrekey,
    lastResortKemPrekeyId: await prekeyId("last-resort-kem", lastResortKemPrekey.publicKey),
    bundle: { ...checked, signedPrekey: signedPrekey.publicKey, kemPrekey: checked.kemPrekey && kemPrekey },
    createdAt,
    replacedAt: null,
  };
}

const checkedBundles = new Map<string, VerifiedPrekeyBundle>();

/** A person's bundle, checked once for all runs: the prekeys put in its place later are made here, not taken from outside. */
function checkedBundle({ us, peer, suite }: Owner): VerifiedPrekeyBundle {
  const name = `${us.username} ${suite.version}`;
  const options = { suite, withOneTimePrekey: false, withOneTimeKemPrekey: false };
  const bundle = checkedBundles.get(name) ?? verifiedBundleOf(us, peer, options);
  checkedBundles.set(name, bundle);
  return bundle;
}

/** Rotates the lasting prekeys weekly and deletes secrets that no mail can need any more. */
export async function maintainPrekeys<State extends PrekeyState>(
  owner: Owner,
  state: State,
  now: number,
): Promise<State> {
  const { suite, randomBytes, us } = owner;
  const takenPrekeys = state.takenPrekeys.filter(({ takenAt }) => now - takenAt <= PREKEY_SECRET_LIFETIME_MS);
  const kept = state.lastingPrekeys.filter(
    ({ replacedAt }) => replacedAt === null || now - replacedAt <= PREKEY_SECRET_LIFETIME_MS,
  );
  const current = kept.at(-1);
  if (current !== undefined && now - current.createdAt < ROTATION_MS) {
    return { ...state, takenPrekeys, lastingPrekeys: kept };
  }
  const signedPrekey = generateX25519KeyPair(randomBytes);
  const lastResortKemPrekey = (await suite.kem?.generateKeyPair(randomBytes)) ?? us.lastResortKemPrekey;
  const fresh = await lastingPrekeysOf(owner, { ...us, signedPrekey, lastResortKemPrekey }, now);
  const replaced = kept.map((prekeys) => ({ ...prekeys, replacedAt: prekeys.replacedAt ?? now }));
  return { ...state, takenPrekeys, lastingPrekeys: [...replaced, fresh] };
}

/** What the relay hands out for this device: the current bundle, with one-time prekeys made for the occasion or none. */
export async function handOutBundle<State extends PrekeyState>(
  { suite, randomBytes }: Owner,
  state: State,
  now: number,
  withOneTimePrekeys: boolean,
): Promise<{ readonly state: State; readonly bundle: VerifiedPrekeyBundle }> {
  const bundle = state.lastingPrekeys.at(-1)?.bundle;
  if (bundle === undefined) throw new RangeError("the device has no signed prekey");
  if (!withOneTimePrekeys) return { state, bundle };
  const oneTimePrekey = generateX25519KeyPair(randomBytes);
  const oneTimeKemPrekey = (await suite.kem?.generateKeyPair(randomBytes)) ?? null;
  const taken: TakenPrekeys = {
    takenAt: now,
    oneTimePrekey,
    oneTimePrekeyId: await prekeyId("one-time", oneTimePrekey.publicKey),
    oneTimeKemPrekey,
    oneTimeKemPrekeyId: oneTimeKemPrekey && (await prekeyId("one-time-kem", oneTimeKemPrekey.publicKey)),
  };
  return {
    state: { ...state, takenPrekeys: [...state.takenPrekeys, taken] },
    bundle: {
      ...bundle,
      oneTimePrekey: oneTimePrekey.publicKey,
      kemPrekey: oneTimeKemPrekey && { type: "one-time-kem", publicKey: oneTimeKemPrekey.publicKey },
    },
  };
}

/** The secrets of the prekeys that an initial header names; null when one is not there. */
export function findPrekeys(
  { lastingPrekeys, takenPrekeys }: PrekeyState,
  { signedPrekeyId, oneTimePrekeyId, kem }: InitialHeader,
): NamedPrekeys | null {
  const signed = lastingPrekeys.find((prekeys) => isNamed(prekeys.signedPrekeyId, signedPrekeyId));
  const taken = takenPrekeys.find((prekeys) => isNamed(prekeys.oneTimePrekeyId, oneTimePrekeyId)) ?? null;
  const kemPrekey = kem && findKemPrekey({ lastingPrekeys, takenPrekeys }, kem.prekeyId);
  if (signed === undefined || kemPrekey === undefined || (oneTimePrekeyId !== null && taken === null)) return null;
  const { signedPrekey } = signed;
  return { signedPrekey, oneTimePrekey: taken?.oneTimePrekey ?? null, kemPrekey, taken };
}

function findKemPrekey(
  { lastingPrekeys, takenPrekeys }: PrekeyState,
  id: Bytes,
): Omit<ReceivedKem, "ciphertext"> | undefined {
  const taken = takenPrekeys.find((prekeys) => isNamed(prekeys.oneTimeKemPrekeyId, id));
  if (taken?.oneTimeKemPrekey) return { type: "one-time-kem", keyPair: taken.oneTimeKemPrekey };
  const lasting = lastingPrekeys.find((prekeys) => isNamed(prekeys.lastResortKemPrekeyId, id));
  return lasting && { type: "last-resort-kem", keyPair: lasting.lastResortKemPrekey };
}

function isNamed(id: Bytes | null, wanted: Bytes | null): boolean {
  return id !== null && wanted !== null && sameBytes(id, wanted);
}
