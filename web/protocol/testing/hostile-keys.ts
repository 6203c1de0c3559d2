/** X25519 public keys that no honest device makes, though X25519 gives the same result for them, for tests. */
import { ED25519_TORSION_SUBGROUP, ed25519 } from "@noble/curves/ed25519.js";
import type { Bytes } from "../bytes.ts";
import type { X25519PublicKey } from "../keys.ts";

/** The same u-coordinate with the bit that X25519 masks (RFC 7748 §5). */
export function withHighBit(publicKey: X25519PublicKey): Bytes {
  return Uint8Array.from(publicKey, (byte, index) => (index === 31 ? byte ^ 0x80 : byte));
}

/** The point plus one of order 8, which the clamped scalar takes away. */
export function withTorsion(publicKey: X25519PublicKey): Bytes {
  const field = ed25519.Point.Fp;
  const u = field.fromBytes(publicKey);
  const y = field.div(field.sub(u, field.ONE), field.add(u, field.ONE));
  const torsion = ED25519_TORSION_SUBGROUP.map((encoding) => ed25519.Point.fromHex(encoding, true)).find(
    (point) => !point.double().double().is0(),
  );
  if (torsion === undefined) throw new RangeError("there is no point of order 8");
  const sum = ed25519.Point.fromBytes(field.toBytes(y)).add(torsion);
  return Uint8Array.from(ed25519.utils.toMontgomery(sum.toBytes()));
}
