/** Making an account's keys, and the manifest its identity signs. */
import { identityChangeStatement } from "../../relay/wire/key-statements.ts";
import { type Manifest, makeManifest, NO_PREVIOUS_MANIFEST, parseManifest } from "../../relay/wire/manifest.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { sha256 } from "../protocol/kdf.ts";
import { type KemKeyPair, mlKem768 } from "../protocol/kem.ts";
import {
  generateDeviceKeyPair,
  generateIdentityKeyPair,
  generateX25519KeyPair,
  type RandomBytes,
  type X25519KeyPair,
} from "../protocol/keys.ts";
import { signStatement } from "../protocol/signature.ts";
import { currentSuite } from "../protocol/suite.ts";
import type { OurParty } from "../protocol/x3dh.ts";
import { lastingPrekeyChanges, makeOneTimePrekeys } from "./own-prekeys.ts";
import type { Change } from "./ports.ts";
import type { AccountRecord } from "./records.ts";

/** There is one device per account. */
export const DEVICE = 1;

/** One-time prekeys of each kind that a device keeps published. */
export const ONE_TIME_PREKEYS = 100;

const DAY_MS = 24 * 60 * 60 * 1000;

/** The day a time (Unix milliseconds) lies in, counted from 1970-01-01, UTC. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}

export function ourParty({ username, device, identity }: AccountRecord): OurParty {
  return { username, device, identity };
}

/** The account's manifest, parsed back from the statement it keeps. */
export function currentManifest(account: AccountRecord): Manifest {
  const manifest = parseManifest(account.manifest);
  if (manifest === null) throw new TypeError("the account's own manifest must parse");
  return manifest;
}

/** Makes everything a new account needs; the changes store it. Draws 32 bytes per X25519 or Ed25519 pair, 64 per KEM pair. */
export async function makeAccount(
  username: string,
  randomBytes: RandomBytes,
  now: number,
): Promise<{ readonly account: AccountRecord; readonly changes: readonly Change[] }> {
  const base = { username, device: DEVICE, identityChange: null, registered: false, createdAt: now };
  return await makeKeys({ base, sequence: 1, previousHash: NO_PREVIOUS_MANIFEST, randomBytes, now });
}

/**
 * The account with a new identity, which the one before signs, and new keys of every kind; the changes store them. What
 * belonged to the earlier ones is for the caller to delete in the same transaction.
 */
export async function renewAccount(
  account: AccountRecord,
  randomBytes: RandomBytes,
  now: number,
): Promise<{ readonly account: AccountRecord; readonly changes: readonly Change[] }> {
  const sequence = currentManifest(account).sequence + 1;
  const previousHash = await sha256(account.manifest);
  const made = await makeKeys({ base: account, sequence, previousHash, randomBytes, now });
  const { username, identity: previous } = account;
  const previousIdentityKey = previous.publicKey;
  const identityKey = made.account.identity.publicKey;
  const statement = identityChangeStatement({ username, previousIdentityKey, identityKey });
  const signature = signStatement(previous.secretKey, statement);
  const renewed = { ...made.account, identityChange: { previousIdentityKey, signature } };
  return { account: renewed, changes: [...made.changes, { store: "account", id: [], value: renewed }] };
}

async function makeKeys(options: {
  readonly base: Pick<AccountRecord, "username" | "device" | "identityChange" | "registered" | "createdAt">;
  readonly sequence: number;
  readonly previousHash: Bytes;
  readonly randomBytes: RandomBytes;
  readonly now: number;
}): Promise<{ readonly account: AccountRecord; readonly changes: readonly Change[] }> {
  const { base, sequence, previousHash, randomBytes, now } = options;
  const { username, device, identityChange, registered, createdAt } = base;
  const identity = generateIdentityKeyPair(randomBytes);
  const deviceKeys = generateDeviceKeyPair(randomBytes);
  const prekeys = await makeLastingPrekeys(randomBytes);
  const { statement } = makeManifest({
    username,
    device,
    identityKey: identity.publicKey,
    deviceKey: deviceKeys.publicKey,
    ...manifestPrekeys(prekeys, now),
    sequence,
    previousHash,
  });
  const manifestSignature = signStatement(identity.secretKey, statement);
  const keys = { identity, deviceKeys, manifest: statement, manifestSignature };
  const account: AccountRecord = { username, device, identityChange, registered, createdAt, ...keys };
  const changes: Change[] = [
    { store: "account", id: [], value: account },
    ...(await lastingPrekeyChanges({ ...prekeys, createdAt: now })),
    ...(await makeOneTimePrekeys({ x25519: ONE_TIME_PREKEYS, kem: ONE_TIME_PREKEYS, randomBytes, now })),
  ];
  return { account, changes };
}

/** The account with new lasting prekeys in a new manifest, and the changes that store them. */
export async function rotatePrekeys(
  account: AccountRecord,
  randomBytes: RandomBytes,
  now: number,
): Promise<{ readonly account: AccountRecord; readonly changes: readonly Change[] }> {
  const prekeys = await makeLastingPrekeys(randomBytes);
  const previous = currentManifest(account);
  const manifest = makeManifest({
    ...previous,
    ...manifestPrekeys(prekeys, now),
    sequence: previous.sequence + 1,
    previousHash: await sha256(account.manifest),
  });
  const rotated: AccountRecord = {
    ...account,
    manifest: manifest.statement,
    manifestSignature: signStatement(account.identity.secretKey, manifest.statement),
  };
  const stored = await lastingPrekeyChanges({ ...prekeys, createdAt: now });
  return { account: rotated, changes: [{ store: "account", id: [], value: rotated }, ...stored] };
}

interface LastingPrekeys {
  readonly signedPrekey: X25519KeyPair;
  readonly lastResortKemPrekey: KemKeyPair;
}

async function makeLastingPrekeys(randomBytes: RandomBytes): Promise<LastingPrekeys> {
  return {
    signedPrekey: generateX25519KeyPair(randomBytes),
    lastResortKemPrekey: await mlKem768.generateKeyPair(randomBytes),
  };
}

function manifestPrekeys({ signedPrekey, lastResortKemPrekey }: LastingPrekeys, now: number) {
  return {
    protocolVersions: [currentSuite.version],
    signedPrekey: signedPrekey.publicKey,
    signedPrekeyDay: dayOf(now),
    lastResortKemPrekey: lastResortKemPrekey.publicKey,
  };
}
