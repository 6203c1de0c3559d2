/** Making the keys of an account: a new one, one of a backup, one with a new identity. */

import { identityChangeStatement } from "../../relay/wire/key-statements.ts";
import { makeManifest, NO_PREVIOUS_MANIFEST, parseManifest } from "../../relay/wire/manifest.ts";
import { type Bytes, sameBytes } from "../protocol/bytes.ts";
import { sha256 } from "../protocol/kdf.ts";
import {
  generateDeviceKeyPair,
  generateIdentityKeyPair,
  type IdentityKey,
  type IdentityKeyPair,
  type RandomBytes,
} from "../protocol/keys.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { signStatement } from "../protocol/signature.ts";
import {
  currentManifest,
  DEVICE,
  makeLastingPrekeys,
  manifestPrekeys,
  ONE_TIME_PREKEYS,
  storedAccount,
} from "./account.ts";
import { CONTENT_VERSION } from "./content.ts";
import { lastingPrekeyChanges, makeOneTimePrekeys } from "./own-prekeys.ts";
import type { Change } from "./ports.ts";
import type { AccountRecord } from "./records.ts";

/** What others learn of somebody who has set nothing. */
const FIRST_SETTINGS = { readReceipts: true, typing: true };

/**
 * Makes all that a new account needs; the changes store it. Draws 32 bytes per X25519 or Ed25519 pair, 64 per KEM pair.
 */
export async function makeAccount(
  username: string,
  randomBytes: RandomBytes,
  now: number,
): Promise<{ readonly account: AccountRecord; readonly changes: readonly Change[] }> {
  const owner = { username, device: DEVICE };
  const previous = { sequence: 0, hash: NO_PREVIOUS_MANIFEST };
  const { keys, prekeys } = await makeKeys({ owner, previous, randomBytes, now });
  const account: AccountRecord = {
    ...owner,
    ...keys,
    identityChange: null,
    registered: false,
    renewalPending: false,
    invite: null,
    createdAt: now,
    backedUpAt: null,
    settings: FIRST_SETTINGS,
    contentVersion: CONTENT_VERSION,
  };
  return { account, changes: [storedAccount(account), ...prekeys] };
}

/** A restored account's first manifest lies so far above the one that the backup knew: the first device rotates weekly. */
export const RESTORED_SEQUENCES = 1_000;

/** The account of a backup on another device: the same identity, new keys of every other kind; the changes store them. */
export async function restoreAccount(options: {
  readonly username: string;
  readonly identitySecretKey: Bytes;
  readonly identityChange: AccountRecord["identityChange"];
  /** The manifest that the backup knew. Throws ProtocolError "key-invalid" when it is none of this identity. */
  readonly manifest: Bytes;
  readonly createdAt: number;
  readonly randomBytes: RandomBytes;
  readonly now: number;
}): Promise<{ readonly account: AccountRecord; readonly changes: readonly Change[] }> {
  const { username, identitySecretKey, identityChange, manifest, createdAt, randomBytes, now } = options;
  const identity = generateIdentityKeyPair(() => identitySecretKey);
  const known = parseManifest(manifest);
  if (known === null || !sameBytes(known.identityKey, identity.publicKey)) {
    throw new ProtocolError("key-invalid", "the backup's manifest is not of its identity");
  }
  const owner = { username, device: DEVICE };
  const previous = { sequence: known.sequence + RESTORED_SEQUENCES, hash: await sha256(manifest) };
  const { keys, prekeys } = await makeKeys({ owner, previous, identity, randomBytes, now });
  const account: AccountRecord = {
    ...owner,
    ...keys,
    identityChange,
    registered: false,
    renewalPending: false,
    invite: null,
    createdAt,
    backedUpAt: now,
    // An earlier version may have made the backup, of what it could not read.
    contentVersion: 0,
    settings: FIRST_SETTINGS,
  };
  return { account, changes: [storedAccount(account), ...prekeys] };
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
  const previous = { sequence: currentManifest(account).sequence, hash: await sha256(account.manifest) };
  const { keys, prekeys } = await makeKeys({ owner: account, previous, randomBytes, now });
  const renewed: AccountRecord = {
    ...account,
    ...keys,
    identityChange: signIdentityChange(account, keys.identity.publicKey),
    renewalPending: true,
  };
  return { account: renewed, changes: [storedAccount(renewed), ...prekeys] };
}

function signIdentityChange({ username, identity }: AccountRecord, identityKey: IdentityKey) {
  const previousIdentityKey = identity.publicKey;
  const statement = identityChangeStatement({ username, previousIdentityKey, identityKey });
  return { previousIdentityKey, signature: signStatement(identity.secretKey, statement) };
}

type AccountKeys = Pick<AccountRecord, "identity" | "deviceKeys" | "manifest" | "manifestSignature">;

/**
 * Keys of every kind, those of the account itself and the changes that store its prekeys, in the manifest after
 * `previous`.
 */
async function makeKeys(options: {
  readonly owner: Pick<AccountRecord, "username" | "device">;
  readonly previous: { readonly sequence: number; readonly hash: Bytes };
  /** By default a new one. */
  readonly identity?: IdentityKeyPair;
  readonly randomBytes: RandomBytes;
  readonly now: number;
}): Promise<{ readonly keys: AccountKeys; readonly prekeys: readonly Change[] }> {
  const { owner, previous, randomBytes, now } = options;
  const { username, device } = owner;
  const identity = options.identity ?? generateIdentityKeyPair(randomBytes);
  const deviceKeys = generateDeviceKeyPair(randomBytes);
  const prekeys = await makeLastingPrekeys(randomBytes);
  const { statement } = makeManifest({
    username,
    device,
    identityKey: identity.publicKey,
    deviceKey: deviceKeys.publicKey,
    ...manifestPrekeys(prekeys, now),
    sequence: previous.sequence + 1,
    previousHash: previous.hash,
  });
  const manifestSignature = signStatement(identity.secretKey, statement);
  const keys = { identity, deviceKeys, manifest: statement, manifestSignature };
  const changes: Change[] = [
    ...(await lastingPrekeyChanges({ ...prekeys, createdAt: now })),
    ...(await makeOneTimePrekeys({ x25519: ONE_TIME_PREKEYS, kem: ONE_TIME_PREKEYS, randomBytes, now })),
  ];
  return { keys, prekeys: changes };
}
