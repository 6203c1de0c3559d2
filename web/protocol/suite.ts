/**
 * The choices that the X3DH, PQXDH and Double Ratchet papers leave open, in one value: labels, encodings of keys and
 * headers, what PN counts, the KEM, the AEAD. The functions of this room take them from the suite they are given, so
 * that sessions of other implementations of the same papers can be replayed through the same code. Fixed for all:
 * Curve25519 and SHA-256, the constants of KDF_CK, prekey ids and the framing of messages.
 */
import { type Aead, aes256Gcm } from "./aead.ts";
import { type Bytes, concat, lengthPrefixed, uint32, utf8 } from "./bytes.ts";
import { sha256 } from "./kdf.ts";
import { type Kem, type KemCiphertext, type KemPublicKey, mlKem768 } from "./kem.ts";
import { type IdentityKey, toIdentityKey, toX25519PublicKey, type X25519PublicKey } from "./keys.ts";
import { type KemPrekeyType, PREKEY_TYPE } from "./prekeys.ts";
import { ProtocolError } from "./protocol-error.ts";

/** One end of a session, by the name its mail is addressed to. */
export interface Party {
  readonly username: string;
  readonly device: number;
  readonly identityKey: IdentityKey;
}

/** The public values of the KEM's part of a handshake. */
export interface KemContext {
  readonly type: KemPrekeyType;
  readonly publicKey: KemPublicKey;
  readonly ciphertext: KemCiphertext;
}

/** The public values of one handshake, as both sides know them. */
export interface HandshakeContext {
  readonly initiator: Party;
  readonly responder: Party;
  readonly signedPrekey: X25519PublicKey;
  /** null when the bundle had none. */
  readonly oneTimePrekey: X25519PublicKey | null;
  readonly ephemeralKey: X25519PublicKey;
  /** null in a suite without a KEM. */
  readonly kem: KemContext | null;
}

/** The header of a ratchet message (Double Ratchet §3.1). */
export interface Header {
  readonly ratchetKey: X25519PublicKey;
  /** PN: messages in the sender's previous sending chain. */
  readonly previousChainLength: number;
  /** N: the message's number in its chain, from 0. */
  readonly messageNumber: number;
}

/** Encode and Decode of X3DH §2.1, of one fixed length. */
export interface KeyEncoding {
  readonly bytes: number;
  encode(key: IdentityKey | X25519PublicKey): Bytes;
  /** Throws `key-invalid`. */
  decodeIdentityKey(encoded: Bytes): IdentityKey;
  /** Throws `key-invalid`. */
  decodePublicKey(encoded: Bytes): X25519PublicKey;
}

export interface Suite {
  /** The first byte of every message, and the number a manifest lists. */
  readonly version: number;
  /** null: plain X3DH. */
  readonly kem: Kem | null;
  readonly keyEncoding: KeyEncoding;
  /** X3DH §2.2: what goes before the DH results in the input of the KDF. */
  readonly x3dhPrefix: Bytes;
  /** X3DH §2.2: the KDF's info. */
  x3dhInfo(context: HandshakeContext): Promise<Bytes>;
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

/** The 32 bytes of the key themselves. */
const rawKeys: KeyEncoding = {
  bytes: 32,
  encode: (key) => Uint8Array.from(key),
  decodeIdentityKey: toIdentityKey,
  decodePublicKey: toX25519PublicKey,
};

function partyFields({ username, device, identityKey }: Party): Bytes {
  return concat(lengthPrefixed(utf8(username)), uint32(device), lengthPrefixed(identityKey));
}

function x3dhFields({ initiator, responder, signedPrekey, oneTimePrekey, ephemeralKey }: HandshakeContext): Bytes {
  return concat(
    partyFields(initiator),
    partyFields(responder),
    lengthPrefixed(signedPrekey),
    lengthPrefixed(oneTimePrekey ?? new Uint8Array()),
    lengthPrefixed(ephemeralKey),
  );
}

/** By their hashes: the keys themselves are longer than what many implementations of HKDF take as info. */
async function kemFields(kem: KemContext | null): Promise<Bytes> {
  if (kem === null)
    throw new ProtocolError("bundle-mismatch", "handshake of version 2 must have a kem prekey, got none");
  const type = Uint8Array.of(PREKEY_TYPE[kem.type]);
  return concat(type, lengthPrefixed(await sha256(kem.publicKey)), lengthPrefixed(await sha256(kem.ciphertext)));
}

/** Protocol version 1: X3DH and the Double Ratchet with AES-256-GCM. docs/protocol.md states every byte. */
export const suiteV1: Suite = {
  version: 1,
  kem: null,
  keyEncoding: rawKeys,
  x3dhPrefix: new Uint8Array(32).fill(0xff),

  x3dhInfo: async (context) => concat(lengthPrefixed(utf8("sotto/x3dh/v1")), x3dhFields(context)),

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

/**
 * Protocol version 2: PQXDH with ML-KEM-768, otherwise as version 1. The KEM public key, its type and the ciphertext
 * go into the derivation beside all the rest, so that no key can stand in another's slot (PQXDH §4.12).
 */
export const suiteV2: Suite = {
  ...suiteV1,
  version: 2,
  kem: mlKem768,
  x3dhInfo: async (context) =>
    concat(lengthPrefixed(utf8("sotto/pqxdh/v2")), x3dhFields(context), await kemFields(context.kem)),
  rootKeyInfo: utf8("sotto/root-key/v2"),
  messageKeyInfo: utf8("sotto/message-key/v2"),
};

/** The suite of a protocol version. Throws `version-unsupported`. */
export function suiteOfVersion(version: number): Suite {
  if (version === suiteV1.version) return suiteV1;
  if (version === suiteV2.version) return suiteV2;
  throw new ProtocolError("version-unsupported", `protocol version must be 1 or 2, got ${version}`);
}

/** What new sessions are begun with, and the only one in which new ones are accepted. */
export const currentSuite: Suite = suiteOfVersion(2);
