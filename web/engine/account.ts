/** Making an account's keys, and the manifest its identity signs. */
import { toBase64url } from "../../relay/wire/bytes.ts";
import { type Manifest, makeManifest, NO_PREVIOUS_MANIFEST, parseManifest } from "../../relay/wire/manifest.ts";
import { sha256 } from "../protocol/kdf.ts";
import {
  generateDeviceKeyPair,
  generateIdentityKeyPair,
  generateX25519KeyPair,
  type RandomBytes,
  type X25519KeyPair,
} from "../protocol/keys.ts";
import { prekeyId } from "../protocol/prekeys.ts";
import { signStatement } from "../protocol/signature.ts";
import { suiteV1 } from "../protocol/suite.ts";
import type { OurParty } from "../protocol/x3dh.ts";
import type { Change } from "./ports.ts";
import type { AccountRecord } from "./records.ts";

/** There is one device per account. */
export const DEVICE = 1;

/** One-time prekeys that a device keeps published. */
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

/** Makes everything a new account needs; the changes store it. Draws 32 bytes per key pair. */
export async function makeAccount(
  username: string,
  randomBytes: RandomBytes,
  now: number,
): Promise<{ readonly account: AccountRecord; readonly changes: readonly Change[] }> {
  const identity = generateIdentityKeyPair(randomBytes);
  const deviceKeys = generateDeviceKeyPair(randomBytes);
  const signedPrekey = generateX25519KeyPair(randomBytes);
  const manifest = makeManifest({
    username,
    device: DEVICE,
    identityKey: identity.publicKey,
    deviceKey: deviceKeys.publicKey,
    protocolVersions: [suiteV1.version],
    signedPrekey: signedPrekey.publicKey,
    signedPrekeyDay: dayOf(now),
    sequence: 1,
    previousHash: NO_PREVIOUS_MANIFEST,
    lastResortKemPrekey: new Uint8Array(),
  });
  const account: AccountRecord = {
    username,
    device: DEVICE,
    identity,
    deviceKeys,
    manifest: manifest.statement,
    manifestSignature: signStatement(identity.secretKey, manifest.statement),
    registered: false,
    createdAt: now,
  };
  const changes: Change[] = [
    { store: "account", id: [], value: account },
    await signedPrekeyChange(signedPrekey, now, null),
    ...(await makeOneTimePrekeys(ONE_TIME_PREKEYS, randomBytes, now)),
  ];
  return { account, changes };
}

/** The account with a new signed prekey in a new manifest, and the changes that store both. */
export async function rotateSignedPrekey(
  account: AccountRecord,
  randomBytes: RandomBytes,
  now: number,
): Promise<{ readonly account: AccountRecord; readonly changes: readonly Change[] }> {
  const signedPrekey = generateX25519KeyPair(randomBytes);
  const previous = currentManifest(account);
  const manifest = makeManifest({
    ...previous,
    signedPrekey: signedPrekey.publicKey,
    signedPrekeyDay: dayOf(now),
    sequence: previous.sequence + 1,
    previousHash: await sha256(account.manifest),
  });
  const rotated: AccountRecord = {
    ...account,
    manifest: manifest.statement,
    manifestSignature: signStatement(account.identity.secretKey, manifest.statement),
  };
  return {
    account: rotated,
    changes: [{ store: "account", id: [], value: rotated }, await signedPrekeyChange(signedPrekey, now, null)],
  };
}

/** The changes that store `count` fresh one-time prekeys, not yet published. */
export async function makeOneTimePrekeys(
  count: number,
  randomBytes: RandomBytes,
  now: number,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (let made = 0; made < count; made++) {
    const keyPair = generateX25519KeyPair(randomBytes);
    const id = toBase64url(await prekeyId("one-time", keyPair.publicKey));
    const value = { keyPair, createdAt: now, published: false, takenAt: null };
    changes.push({ store: "oneTimePrekeys", id: [id], value });
  }
  return changes;
}

/** The change that stores a signed prekey under its id. */
export async function signedPrekeyChange(
  keyPair: X25519KeyPair,
  createdAt: number,
  replacedAt: number | null,
): Promise<Change> {
  const id = toBase64url(await prekeyId("signed", keyPair.publicKey));
  return { store: "signedPrekeys", id: [id], value: { keyPair, createdAt, replacedAt } };
}
