/**
 * The kinds of key, each a branded type that is made here and nowhere else, with its checks.
 *
 *   identity key   Ed25519, one per account. It signs; its Montgomery form does X25519 (RFC 7748 §4.1).
 *   device key     Ed25519, one per device. It signs requests to the relay.
 *   prekeys, ephemeral and ratchet keys   X25519.
 *
 * Public keys that come from outside go through `toIdentityKey` and `toX25519PublicKey`, which refuse every key that an
 * honest device cannot have made: not canonical, of small order, with a torsion part, or off the curve.
 */
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { type Branded, mint } from "./branded-bytes.ts";
import { type Bytes, sameBytes } from "./bytes.ts";
import { ProtocolError } from "./protocol-error.ts";

/** Ed25519 public key of an account, 32 bytes; `encode(IK)` of the papers is these bytes. */
export type IdentityKey = Branded<"IdentityKey">;
/** Ed25519 seed, 32 bytes. */
export type IdentitySecretKey = Branded<"IdentitySecretKey">;
/** Ed25519 public key of a device, 32 bytes. */
export type DeviceKey = Branded<"DeviceKey">;
/** Ed25519 seed, 32 bytes. */
export type DeviceSecretKey = Branded<"DeviceSecretKey">;
/** X25519 u-coordinate, 32 bytes little-endian. */
export type X25519PublicKey = Branded<"X25519PublicKey">;
/** X25519 scalar before clamping, 32 bytes. */
export type X25519SecretKey = Branded<"X25519SecretKey">;
/** The result of one X25519, 32 bytes, never all zeros. */
export type DiffieHellmanResult = Branded<"DiffieHellmanResult">;
/** SK of X3DH §3.3, 32 bytes. */
export type SharedSecret = Branded<"SharedSecret">;
/** RK of the Double Ratchet, 32 bytes. */
export type RootKey = Branded<"RootKey">;
/** CK of the Double Ratchet, 32 bytes. */
export type ChainKey = Branded<"ChainKey">;
/** mk of the Double Ratchet, 32 bytes. */
export type MessageKey = Branded<"MessageKey">;

export interface IdentityKeyPair {
  readonly publicKey: IdentityKey;
  readonly secretKey: IdentitySecretKey;
}

export interface DeviceKeyPair {
  readonly publicKey: DeviceKey;
  readonly secretKey: DeviceSecretKey;
}

export interface X25519KeyPair {
  readonly publicKey: X25519PublicKey;
  readonly secretKey: X25519SecretKey;
}

/** Returns `length` fresh, uniformly random bytes. */
export type RandomBytes = (length: number) => Bytes;

const KEY_BYTES = 32;

/** Makes an identity from 32 random bytes (RFC 8032 §5.1.5). */
export function generateIdentityKeyPair(randomBytes: RandomBytes): IdentityKeyPair {
  const secretKey = mint<IdentitySecretKey>("identity secret key", randomBytes(KEY_BYTES), KEY_BYTES);
  return { publicKey: mint<IdentityKey>("identity key", ed25519.getPublicKey(secretKey), KEY_BYTES), secretKey };
}

/** Makes a device key pair from 32 random bytes (RFC 8032 §5.1.5). */
export function generateDeviceKeyPair(randomBytes: RandomBytes): DeviceKeyPair {
  const secretKey = mint<DeviceSecretKey>("device secret key", randomBytes(KEY_BYTES), KEY_BYTES);
  return { publicKey: mint<DeviceKey>("device key", ed25519.getPublicKey(secretKey), KEY_BYTES), secretKey };
}

/** Makes an X25519 key pair from 32 random bytes (RFC 7748 §6.1). */
export function generateX25519KeyPair(randomBytes: RandomBytes): X25519KeyPair {
  const secretKey = mint<X25519SecretKey>("x25519 secret key", randomBytes(KEY_BYTES), KEY_BYTES);
  return { publicKey: mint<X25519PublicKey>("x25519 key", x25519.getPublicKey(secretKey), KEY_BYTES), secretKey };
}

/** The X25519 key pair that an identity does its Diffie-Hellman with: same point, Montgomery form. */
export function identityToX25519(identity: IdentityKeyPair): X25519KeyPair {
  return {
    publicKey: identityKeyToX25519(identity.publicKey),
    secretKey: mint<X25519SecretKey>(
      "x25519 secret key",
      ed25519.utils.toMontgomerySecret(identity.secretKey),
      KEY_BYTES,
    ),
  };
}

/** The Montgomery form of an identity key: u = (1 + y) / (1 - y) (RFC 7748 §4.1). */
export function identityKeyToX25519(identityKey: IdentityKey): X25519PublicKey {
  return mint<X25519PublicKey>("x25519 key", ed25519.utils.toMontgomery(identityKey), KEY_BYTES);
}

/** Accepts an identity key from outside: 32 bytes, canonical, in the prime-order group. Throws `key-invalid`. */
export function toIdentityKey(bytes: Uint8Array): IdentityKey {
  requirePrimeOrder("identity key", bytes);
  return mint<IdentityKey>("identity key", bytes, KEY_BYTES);
}

/** Accepts an X25519 public key from outside: 32 bytes, canonical, in the prime-order group. Throws `key-invalid`. */
export function toX25519PublicKey(bytes: Uint8Array): X25519PublicKey {
  requirePrimeOrder("x25519 key", toEdwards(bytes));
  return mint<X25519PublicKey>("x25519 key", bytes, KEY_BYTES);
}

/**
 * X25519(our secret key, their public key) (RFC 7748 §5).
 * Throws `shared-secret-zero` when the result is all zeros (RFC 7748 §6.1).
 */
export function diffieHellman(ourSecretKey: X25519SecretKey, theirPublicKey: X25519PublicKey): DiffieHellmanResult {
  let result: Uint8Array;
  try {
    result = x25519.getSharedSecret(ourSecretKey, theirPublicKey);
  } catch (cause) {
    throw new ProtocolError("shared-secret-zero", "diffie-hellman result must not be zero", { cause });
  }
  if (result.every((byte) => byte === 0)) {
    throw new ProtocolError("shared-secret-zero", "diffie-hellman result must not be zero");
  }
  return mint<DiffieHellmanResult>("diffie-hellman result", result, KEY_BYTES);
}

export function toSharedSecret(bytes: Uint8Array): SharedSecret {
  return mint<SharedSecret>("shared secret", bytes, KEY_BYTES);
}

export function toRootKey(bytes: Uint8Array): RootKey {
  return mint<RootKey>("root key", bytes, KEY_BYTES);
}

export function toChainKey(bytes: Uint8Array): ChainKey {
  return mint<ChainKey>("chain key", bytes, KEY_BYTES);
}

export function toMessageKey(bytes: Uint8Array): MessageKey {
  return mint<MessageKey>("message key", bytes, KEY_BYTES);
}

/** Refuses encodings of Ed25519 points that are not canonical (RFC 8032 §5.1.3) or not in the group of prime order. */
function requirePrimeOrder(name: string, edwards: Uint8Array): void {
  if (edwards.length !== KEY_BYTES) {
    throw new ProtocolError("key-invalid", `${name} must be ${KEY_BYTES} bytes, got ${edwards.length}`);
  }
  let point: ReturnType<typeof ed25519.Point.fromBytes>;
  try {
    point = ed25519.Point.fromBytes(edwards, false);
  } catch (cause) {
    throw new ProtocolError("key-invalid", `${name} must be a canonical point of the curve`, { cause });
  }
  if (point.isSmallOrder() || !point.isTorsionFree()) {
    throw new ProtocolError("key-invalid", `${name} must be in the group of prime order`);
  }
}

/**
 * The Edwards form of a Montgomery u-coordinate, y = (u - 1) / (u + 1) with an even x (RFC 7748 §4.1). The sign of x is
 * not known and does not matter: a point and its negative have the same order.
 */
function toEdwards(u: Uint8Array): Bytes {
  if (u.length !== KEY_BYTES) throw new ProtocolError("key-invalid", `x25519 key must be 32 bytes, got ${u.length}`);
  const field = ed25519.Point.Fp;
  let value: bigint;
  try {
    value = field.fromBytes(u);
  } catch (cause) {
    throw new ProtocolError("key-invalid", "x25519 key must be a canonical field element", { cause });
  }
  if (!sameBytes(field.toBytes(value), u) || field.eql(value, field.neg(field.ONE))) {
    throw new ProtocolError("key-invalid", "x25519 key must be a canonical point of the curve");
  }
  return Uint8Array.from(field.toBytes(field.div(field.sub(value, field.ONE), field.add(value, field.ONE))));
}
