/**
 * The bundles that a hostile relay could hand out in place of an honest one, each of which must be refused. Where a
 * forgery needs a valid signature it is made by Mallory's own identity: the relay can always pose as somebody new.
 */
import { randomBytes } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import type { Bytes } from "../../relay/wire/bytes.ts";
import { type Bundle, formatBundle } from "../../relay/wire/keys.ts";
import { type ManifestFields, makeManifest, parseManifest } from "../../relay/wire/manifest.ts";

/** Makes JSON to hand out from an honest bundle. */
export type Forge = (honest: Bundle) => unknown;

type Device = Bundle["devices"][number];

const malloryIdentity = keyPair();
const malloryDevice = keyPair();

/** Points of small order, as u-coordinates of Curve25519 (RFC 7748 §7 sends to the list at cr.yp.to/ecdh.html). */
const SMALL_ORDER_X25519: Readonly<Record<string, Bytes>> = {
  "all zeros": new Uint8Array(32),
  "of order one": bytesOf("01".padEnd(64, "0")),
  "of order eight": bytesOf("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
  "p - 1": bytesOf(`ec${"ff".repeat(30)}7f`),
  "p, which is not canonical": bytesOf(`ed${"ff".repeat(30)}7f`),
};

/** The neutral element, a point of order eight, and all zeros, which is a point of order four (RFC 8032 §5.1.3). */
const SMALL_ORDER_ED25519: Readonly<Record<string, Bytes>> = {
  "the neutral element": bytesOf("01".padEnd(64, "0")),
  "all zeros": new Uint8Array(32),
  "of order eight": bytesOf("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
};

/** The forgeries by name. */
export const FORGED_BUNDLES: Readonly<Record<string, Forge>> = {
  "someone else's whole bundle": altered((device) => mallorySigns(device, { username: "mallory" })),
  "a manifest that someone else signed": altered((device) => ({
    ...device,
    signature: signature(device.manifest, malloryIdentity.secretKey),
  })),
  "another identity key under the old signature": altered((device) =>
    resealed(device, { identityKey: malloryIdentity.publicKey }),
  ),
  "another signed prekey under the old signature": altered((device) => resealed(device, { signedPrekey: x25519Key() })),
  "another device key under the old signature": altered((device) =>
    resealed(device, { deviceKey: malloryDevice.publicKey }),
  ),
  "a later sequence under the old signature": altered((device) =>
    resealed(device, { sequence: fieldsOf(device).sequence + 1 }),
  ),
  "a manifest for another device": altered((device) => mallorySigns(device, { device: 2 })),
  "no version that we speak": altered((device) => mallorySigns(device, { protocolVersions: [99] })),
  "a manifest cut off": altered((device) => ({ ...device, manifest: device.manifest.slice(0, -1) })),
  "a manifest that goes on": altered((device) => ({ ...device, manifest: Uint8Array.of(...device.manifest, 0) })),
  "a signature cut off": altered((device) => ({ ...device, signature: device.signature.slice(0, -1) })),
  "a signature with a flipped bit": altered((device) => ({ ...device, signature: flipBit(device.signature, 7) })),
  "a signature of zeros": altered((device) => ({ ...device, signature: new Uint8Array(64) })),
  "no signature": (honest) => ({
    devices: honest.devices.map((device) => {
      const { signature: _, ...rest } = formattedDevice(device);
      return rest;
    }),
  }),
  "no device": () => ({ devices: [] }),
  "something that is no bundle": () => ({ devices: "all of them" }),
  ...named("an identity key of small order", SMALL_ORDER_ED25519, (key) =>
    // R = the neutral element and S = 0 verify under every small-order key where the checks are lax.
    altered((device) => ({
      ...resealed(device, { identityKey: key }),
      signature: Uint8Array.of(1, ...new Uint8Array(63)),
    })),
  ),
  ...named("a signed prekey of small order", SMALL_ORDER_X25519, (key) =>
    altered((device) => mallorySigns(device, { signedPrekey: key })),
  ),
  ...named("a one-time prekey of small order", SMALL_ORDER_X25519, (key) =>
    altered((device) => ({ ...device, oneTimePrekey: key })),
  ),
};

/** One-time prekeys are not signed (X3DH §3.3): a relay can hand out one whose secret is its own. */
export function withForeignOneTimePrekey(honest: Bundle): unknown {
  return altered((device) => ({ ...device, oneTimePrekey: x25519Key() }))(honest);
}

/** The same bytes but for one bit. */
export function flipBit(bytes: Bytes, bit: number): Bytes {
  const flipped = Uint8Array.from(bytes);
  const at = bit >> 3;
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}

function altered(alter: (device: Device) => Device): Forge {
  return (honest) => formatBundle({ devices: honest.devices.map(alter) });
}

function named(what: string, keys: Readonly<Record<string, Bytes>>, forge: (key: Bytes) => Forge) {
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [`${what}: ${name}`, forge(key)]));
}

/** The manifest with other fields, and the signature as it was. */
function resealed(device: Device, fields: Partial<ManifestFields>): Device {
  return { ...device, manifest: makeManifest({ ...fieldsOf(device), ...fields }).statement };
}

/** The manifest with other fields and Mallory's identity, validly signed by it. */
function mallorySigns(device: Device, fields: Partial<ManifestFields>): Device {
  const changed = resealed(device, { identityKey: malloryIdentity.publicKey, ...fields });
  return { ...changed, signature: signature(changed.manifest, malloryIdentity.secretKey) };
}

function fieldsOf(device: Device): ManifestFields {
  const manifest = parseManifest(device.manifest);
  if (manifest === null) throw new Error("the honest manifest must parse");
  return manifest;
}

function formattedDevice(device: Device) {
  const [formatted] = formatBundle({ devices: [device] }).devices;
  if (formatted === undefined) throw new Error("a bundle of one device has one device");
  return formatted;
}

function signature(statement: Bytes, secretKey: Bytes): Bytes {
  return Uint8Array.from(ed25519.sign(statement, secretKey));
}

function keyPair() {
  const secretKey = Uint8Array.from(randomBytes(32));
  return { secretKey, publicKey: Uint8Array.from(ed25519.getPublicKey(secretKey)) };
}

function x25519Key(): Bytes {
  return Uint8Array.from(ed25519.utils.toMontgomery(keyPair().publicKey));
}

function bytesOf(hex: string): Bytes {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}
