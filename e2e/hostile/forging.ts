/** Mallory's tools for bundles: keys of her own, and an honest bundle with parts of it changed, signed anew or not. */
import { randomBytes } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import type { Bytes } from "../../relay/wire/bytes.ts";
import { kemPrekeyStatement } from "../../relay/wire/key-statements.ts";
import { type Bundle, formatBundle } from "../../relay/wire/keys.ts";
import { type ManifestFields, makeManifest, parseManifest } from "../../relay/wire/manifest.ts";

/** Makes JSON to hand out from an honest bundle. */
export type Forge = (honest: Bundle) => unknown;

export type Device = Bundle["devices"][number];

export const malloryIdentity = keyPair();
export const malloryDevice = keyPair();

/** Every device of the bundle altered. */
export function altered(alter: (device: Device) => Device): Forge {
  return (honest) => formatBundle({ ...honest, devices: honest.devices.map(alter) });
}

/** The manifest with other fields, and the signature as it was. */
export function resealed(device: Device, fields: Partial<ManifestFields>): Device {
  return { ...device, manifest: makeManifest({ ...fieldsOf(device), ...fields }).statement };
}

/** The manifest with other fields and Mallory's identity, which signs it and the one-time KEM prekey validly. */
export function mallorySigns(device: Device, fields: Partial<ManifestFields>): Device {
  const changed = resealed(device, { identityKey: malloryIdentity.publicKey, ...fields });
  const { oneTimeKemPrekey } = device;
  return {
    ...changed,
    signature: signature(changed.manifest, malloryIdentity.secretKey),
    oneTimeKemPrekey: oneTimeKemPrekey && mallorySignsKem(device, oneTimeKemPrekey.publicKey),
  };
}

/** A KEM prekey for this device under Mallory's signature. */
export function mallorySignsKem(device: Device, publicKey: Bytes) {
  const { username, device: number } = fieldsOf(device);
  const statement = kemPrekeyStatement({ username, device: number, publicKey });
  return { publicKey, signature: signature(statement, malloryIdentity.secretKey) };
}

/** The device with another one-time KEM prekey, under the signature of the honest one or another. */
export function withKemPrekey(device: Device, kemPrekey: Partial<NonNullable<Device["oneTimeKemPrekey"]>>): Device {
  const { oneTimeKemPrekey } = device;
  if (oneTimeKemPrekey === null) throw new Error("the honest bundle must have a one-time kem prekey");
  return { ...device, oneTimeKemPrekey: { ...oneTimeKemPrekey, ...kemPrekey } };
}

export function fieldsOf(device: Device): ManifestFields {
  const manifest = parseManifest(device.manifest);
  if (manifest === null) throw new Error("the honest manifest must parse");
  return manifest;
}

export function signature(statement: Bytes, secretKey: Bytes): Bytes {
  return Uint8Array.from(ed25519.sign(statement, secretKey));
}

/** A fresh Ed25519 key pair. */
export function keyPair() {
  const secretKey = Uint8Array.from(randomBytes(32));
  return { secretKey, publicKey: Uint8Array.from(ed25519.getPublicKey(secretKey)) };
}

/** A fresh X25519 public key, 32 bytes. */
export function x25519Key(): Bytes {
  return Uint8Array.from(ed25519.utils.toMontgomery(keyPair().publicKey));
}

/** A fresh ML-KEM-768 public key, 1184 bytes. */
export function kemKey(): Bytes {
  return Uint8Array.from(ml_kem768.keygen().publicKey);
}

/** The same bytes but for one bit. */
export function flipBit(bytes: Bytes, bit: number): Bytes {
  const flipped = Uint8Array.from(bytes);
  const at = bit >> 3;
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}

export function bytesOf(hex: string): Bytes {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}
