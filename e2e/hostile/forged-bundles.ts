/**
 * The bundles that a hostile relay could hand out in place of an honest one, each of which must be refused. Where a
 * forgery needs a valid signature it is made by Mallory's own identity: the relay can always pose as somebody new.
 */
import type { Bytes } from "../../relay/wire/bytes.ts";
import { type Bundle, formatBundle } from "../../relay/wire/keys.ts";
import {
  altered,
  bytesOf,
  type Device,
  type Forge,
  fieldsOf,
  flipBit,
  kemKey,
  malloryDevice,
  malloryIdentity,
  mallorySigns,
  mallorySignsKem,
  resealed,
  signature,
  withKemPrekey,
  x25519Key,
} from "./forging.ts";

export interface Forgery {
  /** Why it is refused. */
  readonly code: "bundle-mismatch" | "key-invalid" | "signature-invalid" | "signed-prekey-expired" | "not-understood";
  readonly forge: Forge;
}

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

/** An ML-KEM-768 public key whose coefficients are all 0xFFF, above the modulus (FIPS 203 §7.2). */
const UNREDUCED_KEM_KEY: Bytes = new Uint8Array(1184).fill(0xff);

const NO_KEY: Bytes = new Uint8Array();

const MANIFESTS: Readonly<Record<string, Forgery>> = {
  "someone else's whole bundle": refused("bundle-mismatch", (device) => mallorySigns(device, { username: "mallory" })),
  "a manifest that someone else signed": refused("signature-invalid", (device) => ({
    ...device,
    signature: signature(device.manifest, malloryIdentity.secretKey),
  })),
  "another identity key under the old signature": refused("signature-invalid", (device) =>
    resealed(device, { identityKey: malloryIdentity.publicKey }),
  ),
  "another signed prekey under the old signature": refused("signature-invalid", (device) =>
    resealed(device, { signedPrekey: x25519Key() }),
  ),
  "another device key under the old signature": refused("signature-invalid", (device) =>
    resealed(device, { deviceKey: malloryDevice.publicKey }),
  ),
  "a later sequence under the old signature": refused("signature-invalid", (device) =>
    resealed(device, { sequence: fieldsOf(device).sequence + 1 }),
  ),
  "a manifest for another device": refused("bundle-mismatch", (device) => mallorySigns(device, { device: 2 })),
  "a manifest cut off": refused("bundle-mismatch", (device) => ({
    ...device,
    manifest: device.manifest.slice(0, -1),
  })),
  "a manifest that goes on": refused("bundle-mismatch", (device) => ({
    ...device,
    manifest: Uint8Array.of(...device.manifest, 0),
  })),
  "a signature cut off": refused("not-understood", (device) => ({
    ...device,
    signature: device.signature.slice(0, -1),
  })),
  "a signature with a flipped bit": refused("signature-invalid", (device) => ({
    ...device,
    signature: flipBit(device.signature, 7),
  })),
  "a signature of zeros": refused("signature-invalid", (device) => ({ ...device, signature: new Uint8Array(64) })),
  "a signed prekey that has expired": refused("signed-prekey-expired", (device) =>
    mallorySigns(device, { signedPrekeyDay: fieldsOf(device).signedPrekeyDay - 92 }),
  ),
  "a signed prekey from the future": refused("signed-prekey-expired", (device) =>
    mallorySigns(device, { signedPrekeyDay: fieldsOf(device).signedPrekeyDay + 3 }),
  ),
};

const VERSIONS: Readonly<Record<string, Forgery>> = {
  "no version that we speak": refused("bundle-mismatch", (device) => mallorySigns(device, { protocolVersions: [99] })),
  "version 1 in place of 2 under the old signature": refused("bundle-mismatch", (device) =>
    resealed(device, { protocolVersions: [1], lastResortKemPrekey: NO_KEY }),
  ),
  "version 1 besides 2 under the old signature": refused("signature-invalid", (device) =>
    resealed(device, { protocolVersions: [1, 2] }),
  ),
  "version 1 alone, validly signed by somebody new": refused("bundle-mismatch", (device) =>
    mallorySigns(device, { protocolVersions: [1], lastResortKemPrekey: NO_KEY }),
  ),
};

const KEM_PREKEYS: Readonly<Record<string, Forgery>> = {
  "no last-resort KEM prekey": refused("bundle-mismatch", (device) =>
    mallorySigns(device, { lastResortKemPrekey: NO_KEY }),
  ),
  "another last-resort KEM prekey under the old signature": refused("signature-invalid", (device) =>
    resealed(device, { lastResortKemPrekey: kemKey() }),
  ),
  "a last-resort KEM prekey cut off": refused("bundle-mismatch", (device) =>
    mallorySigns(device, { lastResortKemPrekey: kemKey().slice(0, -1) }),
  ),
  "a last-resort KEM prekey above the modulus": refused("key-invalid", (device) =>
    mallorySigns(device, { lastResortKemPrekey: UNREDUCED_KEM_KEY }),
  ),
  "another one-time KEM prekey under the old signature": refused("signature-invalid", (device) =>
    withKemPrekey(device, { publicKey: kemKey() }),
  ),
  "a one-time KEM prekey that someone else signed": refused("signature-invalid", (device) => ({
    ...device,
    oneTimeKemPrekey: mallorySignsKem(device, kemKey()),
  })),
  "the last-resort KEM prekey as a one-time one, under the manifest's signature": refused(
    "signature-invalid",
    (device) => ({
      ...device,
      oneTimeKemPrekey: { publicKey: fieldsOf(device).lastResortKemPrekey, signature: device.signature },
    }),
  ),
  "a one-time KEM prekey above the modulus": refused("key-invalid", (device) =>
    withKemPrekey(device, { publicKey: UNREDUCED_KEM_KEY }),
  ),
  "a one-time KEM prekey cut off": refused("not-understood", (device) =>
    withKemPrekey(device, { publicKey: kemKey().slice(0, -1) }),
  ),
  "a one-time KEM prekey under a signature of zeros": refused("signature-invalid", (device) =>
    withKemPrekey(device, { signature: new Uint8Array(64) }),
  ),
};

const SHAPES: Readonly<Record<string, Forgery>> = {
  "no signature": {
    code: "not-understood",
    forge: (honest) => withoutFields(honest, "signature"),
  },
  "no word of a one-time KEM prekey": {
    code: "not-understood",
    forge: (honest) => withoutFields(honest, "oneTimeKemPrekey"),
  },
  "no device": { code: "not-understood", forge: () => ({ devices: [], identityChange: null }) },
  "something that is no bundle": { code: "not-understood", forge: () => ({ devices: "all of them" }) },
  "an identity change cut off": {
    code: "not-understood",
    forge: (honest) =>
      formatBundle({
        ...honest,
        identityChange: { previousIdentityKey: new Uint8Array(32), signature: new Uint8Array(63) },
      }),
  },
};

/** The forgeries by name. */
export const FORGED_BUNDLES: Readonly<Record<string, Forgery>> = {
  ...MANIFESTS,
  ...VERSIONS,
  ...KEM_PREKEYS,
  ...SHAPES,
  ...named("an identity key of small order", SMALL_ORDER_ED25519, (key) => (device) => ({
    // R = the neutral element and S = 0 verify under every small-order key where the checks are lax.
    ...resealed(device, { identityKey: key }),
    signature: Uint8Array.of(1, ...new Uint8Array(63)),
  })),
  ...named(
    "a signed prekey of small order",
    SMALL_ORDER_X25519,
    (key) => (device) => mallorySigns(device, { signedPrekey: key }),
  ),
  ...named("a one-time prekey of small order", SMALL_ORDER_X25519, (key) => (device) => ({
    ...device,
    oneTimePrekey: key,
  })),
};

/** One-time prekeys are not signed (X3DH §3.3): a relay can hand out one whose secret is its own. */
export const withForeignOneTimePrekey: Forge = altered((device) => ({ ...device, oneTimePrekey: x25519Key() }));

/** A relay that keeps the one-time prekeys back: the last-resort KEM prekey is in the manifest all the same. */
export const withoutOneTimePrekeys: Forge = altered((device) => ({
  ...device,
  oneTimePrekey: null,
  oneTimeKemPrekey: null,
}));

function refused(code: Forgery["code"], alter: (device: Device) => Device): Forgery {
  return { code, forge: altered(alter) };
}

/** Keys that no honest device can have made. */
function named(
  what: string,
  keys: Readonly<Record<string, Bytes>>,
  alter: (key: Bytes) => (device: Device) => Device,
): Readonly<Record<string, Forgery>> {
  const entries = Object.entries(keys).map(([name, key]) => [`${what}: ${name}`, refused("key-invalid", alter(key))]);
  return Object.fromEntries(entries);
}

function withoutFields(honest: Bundle, missing: "signature" | "oneTimeKemPrekey"): unknown {
  const { devices, identityChange } = formatBundle(honest);
  return {
    devices: devices.map((device) => Object.fromEntries(Object.entries(device).filter(([name]) => name !== missing))),
    identityChange,
  };
}
