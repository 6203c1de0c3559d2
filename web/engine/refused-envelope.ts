/** Refusing an envelope before, or apart from, its cryptography, and what any refusal means for the person. */
import type { ProtocolErrorCode } from "../protocol/protocol-error.ts";
import type { MissingCause } from "./api.ts";

export type RefusalCode =
  | "wrong-device"
  | "from-oneself"
  /** A message of no session we have, and with no initial header. */
  | "session-unknown"
  /** The initial header names a prekey that is used up, expired or never was ours. */
  | "prekey-unknown"
  /** A handshake that was accepted before and whose session is gone. */
  | "handshake-replayed"
  /** The sender presents an identity that the person decided against. */
  | "identity-mismatch";

export class RefusedEnvelope extends Error {
  override readonly name = "RefusedEnvelope";
  readonly code: RefusalCode;

  constructor(code: RefusalCode) {
    super(`envelope refused: ${code}`);
    this.code = code;
  }
}

/** Why a message is missing, for the person; null when nothing of theirs is. */
export function missingCauseOf(code: RefusalCode | ProtocolErrorCode): MissingCause | null {
  switch (code) {
    case "wrong-device":
    case "from-oneself":
    case "identity-mismatch":
      return null;
    case "session-unknown":
    case "prekey-unknown":
    case "handshake-replayed":
    case "message-key-gone":
    case "too-many-skipped":
      return "keys-gone";
    case "version-unsupported":
      return "newer-version";
    default:
      return "altered";
  }
}
