/** The one error of this room. A thrown ProtocolError means that nothing has changed. */

export type ProtocolErrorCode =
  /**
   * A key of the wrong length, or one that no honest device can have made: not canonical, of small order, with a
   * torsion part, not on the curve, or a KEM key with coefficients that are not reduced.
   */
  | "key-invalid"
  /** A Diffie-Hellman result of all zeros (RFC 7748 §6.1). */
  | "shared-secret-zero"
  /** A peer that presents our own identity key. */
  | "own-identity"
  | "signature-invalid"
  /**
   * A manifest for another name or device than was asked for, or without a protocol version we speak; a bundle that was
   * checked for a suite without a KEM, where one with a KEM uses it.
   */
  | "bundle-mismatch"
  /** A signed prekey older than 90 days, or made in the future. */
  | "signed-prekey-expired"
  /** Bytes that are no message of this protocol. */
  | "message-malformed"
  | "version-unsupported"
  /** The message does not verify under the keys it names. */
  | "decryption-failed"
  /** A gap of more messages than may be jumped over: MAX_SKIP, or what the caller allows. */
  | "too-many-skipped"
  /** A message number of this chain that was used, or whose key is gone. */
  | "message-key-gone"
  /** The responder has not heard from the initiator yet and so has no chain to send with. */
  | "no-sending-chain"
  | "content-too-long";

export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
