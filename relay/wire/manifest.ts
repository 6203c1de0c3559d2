/**
 * The prekey manifest: everything a device publishes but its one-time prekeys, as one binary statement that the
 * identity key signs whole, so that a relay cannot mix old parts with new ones.
 *
 *   lp("sotto/prekey-manifest/v1") || lp(username) || uint32(device) || identity key (32) || device key (32)
 *   || uint8(count) || protocol versions (count) || signed prekey (32) || uint32(signed prekey day)
 *   || uint64(sequence) || hash of the manifest before (32) || lp(last-resort KEM prekey)
 *
 * The last-resort KEM prekey is an ML-KEM-768 public key (1184), or empty in a manifest without protocol version 2.
 * lp(x) is uint16(length) || x; numbers are big-endian. Signatures are made and checked elsewhere.
 */
import {
  ByteReader,
  ByteReaderError,
  type Bytes,
  concat,
  lengthPrefixed,
  sameBytes,
  uint32,
  uint64,
  utf8,
} from "./bytes.ts";
import { KEM_PUBLIC_KEY_BYTES } from "./keys.ts";
import { isUsername } from "./username.ts";

const LABEL = utf8("sotto/prekey-manifest/v1");

/** The protocol version whose handshake needs a KEM prekey (PQXDH). */
const KEM_PROTOCOL_VERSION = 2;

/** The hash that the first manifest names as the one before it: 32 zero bytes. */
export const NO_PREVIOUS_MANIFEST: Bytes = new Uint8Array(32);

export interface ManifestFields {
  readonly username: string;
  /** Device number, from 1. */
  readonly device: number;
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Bytes;
  /** Ed25519 public key, 32 bytes, which signs this device's requests. */
  readonly deviceKey: Bytes;
  /** Protocol versions this device can speak, ascending: 1 is X3DH, 2 is PQXDH, both with the Double Ratchet. */
  readonly protocolVersions: readonly number[];
  /** X25519 public key, 32 bytes. */
  readonly signedPrekey: Bytes;
  /** The day (UTC, counted from 1970-01-01) the signed prekey was made. */
  readonly signedPrekeyDay: number;
  /** Grows by one with every manifest of this device, from 1. */
  readonly sequence: number;
  /** SHA-256 of the statement before, or 32 zero bytes. */
  readonly previousHash: Bytes;
  /** ML-KEM-768 public key, 1184 bytes; may be empty only when `protocolVersions` is without 2. */
  readonly lastResortKemPrekey: Bytes;
}

/** A parsed manifest and the exact bytes it was parsed from, which are what is signed. */
export interface Manifest extends ManifestFields {
  readonly statement: Bytes;
}

/** Encodes and returns the manifest with its statement. */
export function makeManifest(fields: ManifestFields): Manifest {
  const statement = concat(
    lengthPrefixed(LABEL),
    lengthPrefixed(utf8(fields.username)),
    uint32(fields.device),
    fields.identityKey,
    fields.deviceKey,
    Uint8Array.of(fields.protocolVersions.length, ...fields.protocolVersions),
    fields.signedPrekey,
    uint32(fields.signedPrekeyDay),
    uint64(fields.sequence),
    fields.previousHash,
    lengthPrefixed(fields.lastResortKemPrekey),
  );
  return { ...fields, statement };
}

/** Parses a manifest statement; null when it is not one, byte for byte. The keys in it are not checked here. */
export function parseManifest(statement: Bytes): Manifest | null {
  try {
    return readManifest(statement);
  } catch (error) {
    if (error instanceof ByteReaderError) return null;
    throw error;
  }
}

function readManifest(statement: Bytes): Manifest | null {
  const reader = new ByteReader(statement);
  if (!sameBytes(reader.lengthPrefixed(), LABEL)) return null;
  const fields: ManifestFields = {
    username: String.fromCharCode(...reader.lengthPrefixed()),
    device: reader.uint32(),
    identityKey: reader.take(32),
    deviceKey: reader.take(32),
    protocolVersions: [...reader.take(reader.uint8())],
    signedPrekey: reader.take(32),
    signedPrekeyDay: reader.uint32(),
    sequence: reader.uint64(),
    previousHash: reader.take(32),
    lastResortKemPrekey: reader.lengthPrefixed(),
  };
  reader.end();
  const { protocolVersions } = fields;
  const ascending = protocolVersions.every(
    (version, index) => index === 0 || version > (protocolVersions[index - 1] ?? 0),
  );
  const wellFormed =
    isUsername(fields.username) &&
    fields.device >= 1 &&
    fields.sequence >= 1 &&
    protocolVersions.length >= 1 &&
    ascending &&
    isLastResortKemPrekeyWellFormed(fields);
  return wellFormed ? { ...fields, statement } : null;
}

/** Whether the last-resort KEM prekey is of the right length, or missing where it may be. */
function isLastResortKemPrekeyWellFormed({ lastResortKemPrekey, protocolVersions }: ManifestFields): boolean {
  if (lastResortKemPrekey.length === 0) return !protocolVersions.includes(KEM_PROTOCOL_VERSION);
  return lastResortKemPrekey.length === KEM_PUBLIC_KEY_BYTES;
}
