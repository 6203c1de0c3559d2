/**
 * Every choice that the X3DH and Double Ratchet papers leave open, in one value: labels, encodings, the AEAD. The
 * functions of this room take all of them from the suite they are given, so that recorded sessions of other
 * implementations of the same papers can be replayed through the same code.
 */
import { type Aead, aes256Gcm } from "./aead.ts";
import { type Bytes, concat, lengthPrefixed, uint32, utf8 } from "./bytes.ts";
import { type IdentityKey, toX25519PublicKey, type X25519PublicKey } from "./keys.ts";
import { ProtocolError } from "./protocol-error.ts";

/** One end of a session, by the name its mail is addressed to. */
export interface Party {
  readonly username: string;
  readonly device: number;
  readonly identityKey: IdentityKey;
}

/** The public values of one handshake, as both sides know them. */
export interface HandshakeContext {
  readonly initiator: Party;
  readonly responder: Party;
  readonly signedPrekey: X25519PublicKey;
  /** null when the bundle had none. */
  readonly oneTimePrekey: X25519PublicKey | null;
  readonly ephemeralKey: X25519PublicKey;
}

/** The header of a ratchet message (Double Ratchet §3.1). */
export interface Header {
  readonly ratchetKey: X25519PublicKey;
  /** PN: messages in the sender's previous sending chain. */
  readonly previousChainLength: number;
  /** N: the message's number in its chain, from 0. */
  readonly messageNumber: number;
}

export interface Suite {
  /** The first byte of every message, and the number a manifest lists. */
  readonly version: number;
  /** X3DH §2.2: what goes before the DH results in the input of the KDF. */
  readonly x3dhPrefix: Bytes;
  /** X3DH §2.2: the KDF's info. */
  x3dhInfo(context: HandshakeContext): Bytes;
  /** X3DH §3.3: AD. */
  associatedData(context: HandshakeContext): Bytes;
  /** The info of KDF_RK. */
  readonly rootKeyInfo: Bytes;
  /** The info with which a message key is expanded into the AEAD's key. */
  readonly messageKeyInfo: Bytes;
  readonly aead: Aead;
  encodeHeader(header: Header): Bytes;
  /** Throws `message-malformed` or `key-invalid`. */
  decodeHeader(bytes: Bytes): Header;
}

const HEADER_BYTES = 32 + 4 + 4;

function partyFields({ username, device, identityKey }: Party): Bytes {
  return concat(lengthPrefixed(utf8(username)), uint32(device), lengthPrefixed(identityKey));
}

/** Protocol version 1: X3DH and the Double Ratchet with AES-256-GCM. docs/protocol.md states every byte. */
export const suiteV1: Suite = {
  version: 1,
  x3dhPrefix: new Uint8Array(32).fill(0xff),

  x3dhInfo: ({ initiator, responder, signedPrekey, oneTimePrekey, ephemeralKey }) =>
    concat(
      lengthPrefixed(utf8("sotto/x3dh/v1")),
      partyFields(initiator),
      partyFields(responder),
      lengthPrefixed(signedPrekey),
      lengthPrefixed(oneTimePrekey ?? new Uint8Array()),
      lengthPrefixed(ephemeralKey),
    ),

  associatedData: ({ initiator, responder }) =>
    concat(
      initiator.identityKey,
      responder.identityKey,
      lengthPrefixed(utf8(initiator.username)),
      uint32(initiator.device),
      lengthPrefixed(utf8(responder.username)),
      uint32(responder.device),
    ),

  rootKeyInfo: utf8("sotto/root-key/v1"),
  messageKeyInfo: utf8("sotto/message-key/v1"),
  aead: aes256Gcm,

  encodeHeader: ({ ratchetKey, previousChainLength, messageNumber }) =>
    concat(ratchetKey, uint32(previousChainLength), uint32(messageNumber)),

  decodeHeader(bytes) {
    if (bytes.length !== HEADER_BYTES) {
      throw new ProtocolError("message-malformed", `header must be ${HEADER_BYTES} bytes, got ${bytes.length}`);
    }
    const numbers = new DataView(bytes.buffer, bytes.byteOffset + 32, 8);
    return {
      ratchetKey: toX25519PublicKey(bytes.subarray(0, 32)),
      previousChainLength: numbers.getUint32(0),
      messageNumber: numbers.getUint32(4),
    };
  },
};
