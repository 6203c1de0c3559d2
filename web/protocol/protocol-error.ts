/** The one error of this room. A thrown ProtocolError means that nothing has changed. */

export type ProtocolErrorCode =
  /** A key of the wrong length, not canonical, of small order, with a torsion part, or not on the curve. */
  | "key-invalid"
  /** A Diffie-Hellman result of all zeros (RFC 7748 §6.1). */
  | "shared-secret-zero"
  /** A peer that presents our own identity key. */
  | "own-identity"
  | "signature-invalid"
  /** A manifest for another name or device than was asked for, or without a protocol version we speak. */
  | "bundle-mismatch"
  /** A signed prekey older than 90 days, or made in the future. */
  | "signed-prekey-expired"
  /** Bytes that are no message of this protocol. */
  | "message-malformed"
  | "version-unsupported"
  /** The message does not verify under the keys it names. */
  | "decryption-failed"
  /** A gap of more than MAX_SKIP messages. */
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
