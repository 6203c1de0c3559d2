/** An account's manifest, and its rotation. */
import { type Manifest, makeManifest, parseManifest } from "../../relay/wire/manifest.ts";
import { sha256 } from "../protocol/kdf.ts";
import { type KemKeyPair, mlKem768 } from "../protocol/kem.ts";
import { generateX25519KeyPair, type RandomBytes, type X25519KeyPair } from "../protocol/keys.ts";
import { signStatement } from "../protocol/signature.ts";
import { currentSuite } from "../protocol/suite.ts";
import type { OurParty } from "../protocol/x3dh.ts";
import { dayOf } from "./days.ts";
import { lastingPrekeyChanges } from "./own-prekeys.ts";
import type { Change } from "./ports.ts";
import type { AccountRecord } from "./records.ts";

/** There is one device per account. */
export const DEVICE = 1;

/** One-time prekeys of each kind that a device keeps published. */
export const ONE_TIME_PREKEYS = 100;

/** Who we are in a handshake, with the secret half of our identity. */
export function ourParty({ username, device, identity }: AccountRecord): OurParty {
  return { username, device, identity };
}

/** The account's manifest, parsed back from the statement it keeps. */
export function currentManifest(account: AccountRecord): Manifest {
  const manifest = parseManifest(account.manifest);
  if (manifest === null) throw new TypeError("the account's own manifest must parse");
  return manifest;
}

/** The account with new lasting prekeys in the manifest after `previous`, and the changes that store them. */
export async function rotatePrekeys(options: {
  readonly account: AccountRecord;
  readonly previous: Manifest;
  readonly randomBytes: RandomBytes;
  readonly now: number;
}): Promise<{ readonly account: AccountRecord; readonly changes: readonly Change[] }> {
  const { account, previous, randomBytes, now } = options;
  const prekeys = await makeLastingPrekeys(randomBytes);
  const manifest = makeManifest({
    ...currentManifest(account),
    ...manifestPrekeys(prekeys, now),
    sequence: previous.sequence + 1,
    previousHash: await sha256(previous.statement),
  });
  const rotated: AccountRecord = {
    ...account,
    manifest: manifest.statement,
    manifestSignature: signStatement(account.identity.secretKey, manifest.statement),
  };
  const stored = await lastingPrekeyChanges({ ...prekeys, createdAt: now });
  return { account: rotated, changes: [storedAccount(rotated), ...stored] };
}

/** The prekeys that a manifest names. */
export interface LastingPrekeys {
  readonly signedPrekey: X25519KeyPair;
  readonly lastResortKemPrekey: KemKeyPair;
}

/** New ones; draws 32 bytes and 64. */
export async function makeLastingPrekeys(randomBytes: RandomBytes): Promise<LastingPrekeys> {
  return {
    signedPrekey: generateX25519KeyPair(randomBytes),
    lastResortKemPrekey: await mlKem768.generateKeyPair(randomBytes),
  };
}

/** What a manifest says of them. */
export function manifestPrekeys({ signedPrekey, lastResortKemPrekey }: LastingPrekeys, now: number) {
  return {
    protocolVersions: [currentSuite.version],
    signedPrekey: signedPrekey.publicKey,
    signedPrekeyDay: dayOf(now),
    lastResortKemPrekey: lastResortKemPrekey.publicKey,
  };
}

/** The change that stores it. */
export function storedAccount(account: AccountRecord): Change {
  return { store: "account", id: [], value: account };
}
