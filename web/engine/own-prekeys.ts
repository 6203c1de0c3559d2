/**
 * Our own prekeys as they are stored: making them, finding the secrets that an initial header asks for, listing them.
 */
import { toBase64url } from "../../relay/wire/bytes.ts";
import type { InitialHeader } from "../protocol/initial-header.ts";
import { type KemKeyPair, mlKem768 } from "../protocol/kem.ts";
import { generateX25519KeyPair, type RandomBytes, type X25519KeyPair } from "../protocol/keys.ts";
import { prekeyId } from "../protocol/prekeys.ts";
import type { ReceivedKem } from "../protocol/x3dh.ts";
import type { AccountStore, Change } from "./ports.ts";
import type {
  LastResortKemPrekeyRecord,
  OneTimeKemPrekeyRecord,
  OneTimePrekeyRecord,
  SignedPrekeyRecord,
} from "./records.ts";

/** The changes that store fresh one-time prekeys of both kinds, not yet published. */
export async function makeOneTimePrekeys(options: {
  readonly x25519: number;
  readonly kem: number;
  readonly randomBytes: RandomBytes;
  readonly now: number;
}): Promise<readonly Change[]> {
  const { randomBytes, now: createdAt } = options;
  const fresh = { createdAt, published: false, takenAt: null };
  const changes: Change[] = [];
  for (let made = 0; made < options.x25519; made++) {
    const keyPair = generateX25519KeyPair(randomBytes);
    const id = toBase64url(await prekeyId("one-time", keyPair.publicKey));
    changes.push({ store: "oneTimePrekeys", id: [id], value: { keyPair, ...fresh } });
  }
  for (let made = 0; made < options.kem; made++) {
    const keyPair = await mlKem768.generateKeyPair(randomBytes);
    const id = toBase64url(await prekeyId("one-time-kem", keyPair.publicKey));
    changes.push({ store: "oneTimeKemPrekeys", id: [id], value: { keyPair, ...fresh } });
  }
  return changes;
}

/** The changes that store a signed prekey and the last-resort KEM prekey of the same manifest. */
export async function lastingPrekeyChanges(prekeys: {
  readonly signedPrekey: X25519KeyPair;
  readonly lastResortKemPrekey: KemKeyPair;
  readonly createdAt: number;
}): Promise<readonly Change[]> {
  const { signedPrekey, lastResortKemPrekey, createdAt } = prekeys;
  const current = { createdAt, replacedAt: null };
  const signedId = toBase64url(await prekeyId("signed", signedPrekey.publicKey));
  const kemId = toBase64url(await prekeyId("last-resort-kem", lastResortKemPrekey.publicKey));
  return [
    { store: "signedPrekeys", id: [signedId], value: { keyPair: signedPrekey, ...current } },
    { store: "lastResortKemPrekeys", id: [kemId], value: { keyPair: lastResortKemPrekey, ...current } },
  ];
}

/** The prekeys that an initial header names, with their secrets, and the end of the one-time ones among them. */
export interface NamedPrekeys {
  readonly signedPrekey: X25519KeyPair;
  readonly oneTimePrekey: X25519KeyPair | null;
  readonly kemPrekey: Omit<ReceivedKem, "ciphertext"> | null;
  /** To be committed with the message that used them. */
  readonly used: readonly Change[];
}

/** Finds the prekeys that an initial header names; null when one of them is used up, expired or never was ours. */
export async function findNamedPrekeys(store: AccountStore, header: InitialHeader): Promise<NamedPrekeys | null> {
  const signed = await store.read("signedPrekeys", [toBase64url(header.signedPrekeyId)]);
  const oneTime = await findOneTimePrekey(store, header.oneTimePrekeyId);
  const kem = await findKemPrekey(store, header.kem?.prekeyId ?? null);
  if (signed === null || oneTime === null || kem === null) return null;
  return {
    signedPrekey: signed.keyPair,
    oneTimePrekey: oneTime.keyPair,
    kemPrekey: kem.kemPrekey,
    used: [...oneTime.used, ...kem.used],
  };
}

async function findOneTimePrekey(store: AccountStore, prekeyId: InitialHeader["oneTimePrekeyId"]) {
  if (prekeyId === null) return { keyPair: null, used: [] };
  const id = toBase64url(prekeyId);
  const record = await store.read("oneTimePrekeys", [id]);
  const used: readonly Change[] = [{ store: "oneTimePrekeys", id: [id], value: null }];
  return record === null ? null : { keyPair: record.keyPair, used };
}

async function findKemPrekey(store: AccountStore, prekeyId: InitialHeader["signedPrekeyId"] | null) {
  if (prekeyId === null) return { kemPrekey: null, used: [] };
  const id = toBase64url(prekeyId);
  const oneTime = await store.read("oneTimeKemPrekeys", [id]);
  if (oneTime !== null) {
    const used: readonly Change[] = [{ store: "oneTimeKemPrekeys", id: [id], value: null }];
    return { kemPrekey: { type: "one-time-kem", keyPair: oneTime.keyPair } as const, used };
  }
  const lastResort = await store.read("lastResortKemPrekeys", [id]);
  if (lastResort === null) return null;
  return { kemPrekey: { type: "last-resort-kem", keyPair: lastResort.keyPair } as const, used: [] };
}

export type ListedOneTimePrekey =
  | (OneTimePrekeyRecord & { readonly store: "oneTimePrekeys"; readonly id: string })
  | (OneTimeKemPrekeyRecord & { readonly store: "oneTimeKemPrekeys"; readonly id: string });

/** All one-time prekeys of both kinds with their ids, the oldest first. */
export async function listOneTimePrekeys(store: AccountStore): Promise<readonly ListedOneTimePrekey[]> {
  const listed: ListedOneTimePrekey[] = [];
  for (const { value } of await store.list("oneTimePrekeys")) {
    const id = toBase64url(await prekeyId("one-time", value.keyPair.publicKey));
    listed.push({ ...value, store: "oneTimePrekeys", id });
  }
  for (const { value } of await store.list("oneTimeKemPrekeys")) {
    const id = toBase64url(await prekeyId("one-time-kem", value.keyPair.publicKey));
    listed.push({ ...value, store: "oneTimeKemPrekeys", id });
  }
  return listed.sort((left, right) => left.createdAt - right.createdAt);
}

/** The change that stores one of them with other facts about it. */
export function oneTimePrekeyChange(
  prekey: ListedOneTimePrekey,
  facts: { readonly published?: true; readonly takenAt?: number },
): Change {
  const { id, createdAt, published, takenAt } = prekey;
  const after = { createdAt, published, takenAt, ...facts };
  return prekey.store === "oneTimePrekeys"
    ? { store: "oneTimePrekeys", id: [id], value: { keyPair: prekey.keyPair, ...after } }
    : { store: "oneTimeKemPrekeys", id: [id], value: { keyPair: prekey.keyPair, ...after } };
}

export type ListedLastingPrekey =
  | (SignedPrekeyRecord & { readonly store: "signedPrekeys"; readonly id: string })
  | (LastResortKemPrekeyRecord & { readonly store: "lastResortKemPrekeys"; readonly id: string });

/** All signed prekeys and last-resort KEM prekeys with their ids. */
export async function listLastingPrekeys(store: AccountStore): Promise<readonly ListedLastingPrekey[]> {
  const listed: ListedLastingPrekey[] = [];
  for (const { value } of await store.list("signedPrekeys")) {
    const id = toBase64url(await prekeyId("signed", value.keyPair.publicKey));
    listed.push({ ...value, store: "signedPrekeys", id });
  }
  for (const { value } of await store.list("lastResortKemPrekeys")) {
    const id = toBase64url(await prekeyId("last-resort-kem", value.keyPair.publicKey));
    listed.push({ ...value, store: "lastResortKemPrekeys", id });
  }
  return listed;
}

/** The change that stores one of them. */
export function lastingPrekeyChange(prekey: ListedLastingPrekey): Change {
  const { id, createdAt, replacedAt } = prekey;
  return prekey.store === "signedPrekeys"
    ? { store: "signedPrekeys", id: [id], value: { keyPair: prekey.keyPair, createdAt, replacedAt } }
    : { store: "lastResortKemPrekeys", id: [id], value: { keyPair: prekey.keyPair, createdAt, replacedAt } };
}
