/**
 * Checking what a relay hands out for someone before any of it is used (X3DH §3.3: "Alice verifies the prekey
 * signature and aborts the protocol if verification fails").
 *
 * A device's manifest is one statement that its identity key signs whole; the caller parses it and passes the fields
 * together with the bytes they were parsed from. One-time KEM prekeys have a signature each (PQXDH §3.2); X25519 ones
 * have none, as in X3DH.
 */
import { type Bytes, sameBytes } from "./bytes.ts";
import type { Kem, KemPublicKey } from "./kem.ts";
import { type IdentityKey, toIdentityKey, toX25519PublicKey, type X25519PublicKey } from "./keys.ts";
import type { KemPrekeyType } from "./prekeys.ts";
import { ProtocolError } from "./protocol-error.ts";
import { verifyStatement } from "./signature.ts";
import type { Suite } from "./suite.ts";

/** A signed prekey older than this marks the session as weak. */
export const SIGNED_PREKEY_STALE_DAYS = 30;
/** A signed prekey older than this is refused. */
export const SIGNED_PREKEY_EXPIRED_DAYS = 90;

/** One device's part of a bundle, as parsed and not yet believed. */
export interface PrekeyBundle {
  readonly manifest: {
    /** The bytes that were parsed and that `signature` is over. */
    readonly statement: Bytes;
    readonly username: string;
    readonly device: number;
    readonly identityKey: Bytes;
    readonly signedPrekey: Bytes;
    readonly signedPrekeyDay: number;
    readonly protocolVersions: readonly number[];
    /** Empty when the device has none. */
    readonly lastResortKemPrekey: Bytes;
  };
  /** Ed25519, 64 bytes. */
  readonly signature: Bytes;
  readonly oneTimePrekey: Bytes | null;
  readonly oneTimeKemPrekey: {
    readonly publicKey: Bytes;
    /** The bytes that `signature` is over; they name the device, the type and the public key. */
    readonly statement: Bytes;
    readonly signature: Bytes;
  } | null;
}

declare const verified: unique symbol;

/** A bundle whose keys and signature were checked; only `verifyPrekeyBundle` makes one. */
export interface VerifiedPrekeyBundle {
  readonly [verified]: true;
  readonly username: string;
  readonly device: number;
  readonly identityKey: IdentityKey;
  readonly signedPrekey: X25519PublicKey;
  readonly oneTimePrekey: X25519PublicKey | null;
  /** The one-time KEM prekey, or the last-resort one; null when the suite has no KEM. */
  readonly kemPrekey: VerifiedKemPrekey | null;
  /** Whether the signed prekey is over SIGNED_PREKEY_STALE_DAYS old. */
  readonly stale: boolean;
}

export interface VerifiedKemPrekey {
  readonly type: KemPrekeyType;
  readonly publicKey: KemPublicKey;
}

/**
 * Checks one device's bundle, in this order: it is for whom it was asked and speaks the suite's version; the identity
 * key is sound and not our own; the manifest's signature verifies; the prekeys are sound, and a one-time KEM prekey's
 * signature verifies; the signed prekey is not too old by `today` (days since 1970-01-01, UTC; a day's difference of
 * clocks is let pass).
 *
 * Throws ProtocolError: `bundle-mismatch`, `key-invalid`, `own-identity`, `signature-invalid`, `signed-prekey-expired`.
 */
export function verifyPrekeyBundle(options: {
  readonly bundle: PrekeyBundle;
  readonly username: string;
  readonly device: number;
  readonly suite: Suite;
  readonly ourIdentityKey: IdentityKey;
  readonly today: number;
}): VerifiedPrekeyBundle {
  const { suite } = options;
  const { manifest, signature, oneTimePrekey } = options.bundle;
  if (manifest.username !== options.username || manifest.device !== options.device) {
    throw new ProtocolError("bundle-mismatch", "bundle is for another name or device");
  }
  if (!manifest.protocolVersions.includes(suite.version)) {
    throw new ProtocolError(
      "bundle-mismatch",
      `bundle must offer version ${suite.version}, got ${manifest.protocolVersions.join(" and ")}`,
    );
  }
  const identityKey = toIdentityKey(manifest.identityKey);
  if (sameBytes(identityKey, options.ourIdentityKey)) {
    throw new ProtocolError("own-identity", "bundle presents our own identity key");
  }
  if (!verifyStatement(identityKey, manifest.statement, signature)) {
    throw new ProtocolError("signature-invalid", "manifest signature does not verify");
  }
  const signedPrekey = toX25519PublicKey(manifest.signedPrekey);
  const kemPrekey = suite.kem === null ? null : verifyKemPrekey(suite.kem, identityKey, options.bundle);
  const age = options.today - manifest.signedPrekeyDay;
  if (age > SIGNED_PREKEY_EXPIRED_DAYS || age < -1) {
    throw new ProtocolError(
      "signed-prekey-expired",
      `signed prekey must be -1 to ${SIGNED_PREKEY_EXPIRED_DAYS} days old, got ${age}`,
    );
  }
  const checked: Omit<VerifiedPrekeyBundle, typeof verified> = {
    username: manifest.username,
    device: manifest.device,
    identityKey,
    signedPrekey,
    oneTimePrekey: oneTimePrekey === null ? null : toX25519PublicKey(oneTimePrekey),
    kemPrekey,
    stale: age > SIGNED_PREKEY_STALE_DAYS,
  };
  return checked as VerifiedPrekeyBundle;
}

/** The KEM prekey to use (PQXDH §3.3): the one-time one if there is one, else the last-resort one. Both are checked. */
function verifyKemPrekey(kem: Kem, identityKey: IdentityKey, bundle: PrekeyBundle): VerifiedKemPrekey {
  const lastResort = kem.toPublicKey(bundle.manifest.lastResortKemPrekey);
  const oneTime = bundle.oneTimeKemPrekey;
  if (oneTime === null) return { type: "last-resort-kem", publicKey: lastResort };
  const publicKey = kem.toPublicKey(oneTime.publicKey);
  if (!verifyStatement(identityKey, oneTime.statement, oneTime.signature)) {
    throw new ProtocolError("signature-invalid", "one-time kem prekey signature does not verify");
  }
  return { type: "one-time-kem", publicKey };
}
