/**
 * A suite for tests that makes every choice otherwise than the product does, in the manner of other implementations:
 * keys are encoded with a type byte before them, the AEAD is AES-256-CBC with HMAC-SHA-256, and the header's PN is the
 * number of the previous chain's last message instead of how many there were.
 */
import type { Aead } from "../aead.ts";
import { type Bytes, concat, sameBytes, uint32, utf8 } from "../bytes.ts";
import { mlKem768 } from "../kem.ts";
import { toIdentityKey, toX25519PublicKey } from "../keys.ts";
import { ProtocolError } from "../protocol-error.ts";
import type { HandshakeContext, KemContext, KeyEncoding, Suite } from "../suite.ts";

const KEY_TYPE = 0x05;
const KEM_KEY_TYPE = 0x08;
const BLOCK_BYTES = 16;
const TAG_BYTES = 8;

/** 0x05 || key, 33 bytes. */
export const typedKeys: KeyEncoding = {
  bytes: 33,
  encode: (key) => concat(Uint8Array.of(KEY_TYPE), key),
  decodeIdentityKey: (encoded) => toIdentityKey(withoutType(encoded)),
  decodePublicKey: (encoded) => toX25519PublicKey(withoutType(encoded)),
};

function withoutType(encoded: Bytes): Bytes {
  if (encoded[0] !== KEY_TYPE) throw new ProtocolError("key-invalid", `key type must be 5, got ${encoded[0]}`);
  return encoded.slice(1);
}

/**
 * Encrypt-then-MAC: AES-256-CBC, then HMAC-SHA-256(associated data || encrypted bytes), of which the first 8 bytes are
 * the tag. The key is encryption key (32) || MAC key (32) || IV (16), all derived from the message key; nothing is
 * drawn.
 */
export const aes256CbcHmac: Aead = {
  keyBytes: 80,

  async seal({ key, plaintext, associatedData }) {
    const { encryptionKey, macKey, parameters } = await splitKey(key);
    const encrypted = new Uint8Array(await crypto.subtle.encrypt(parameters, encryptionKey, plaintext));
    return concat(encrypted, await tagOf(macKey, concat(associatedData, encrypted)));
  },

  async open({ key, ciphertext, associatedData }) {
    const encrypted = ciphertext.slice(0, -TAG_BYTES);
    if (encrypted.length === 0 || encrypted.length % BLOCK_BYTES !== 0) {
      throw new ProtocolError("decryption-failed", "ciphertext is not whole blocks and a tag");
    }
    const { encryptionKey, macKey, parameters } = await splitKey(key);
    if (!sameBytes(await tagOf(macKey, concat(associatedData, encrypted)), ciphertext.slice(-TAG_BYTES))) {
      throw new ProtocolError("decryption-failed", "message does not verify");
    }
    return new Uint8Array(await crypto.subtle.decrypt(parameters, encryptionKey, encrypted));
  },
};

async function splitKey(key: Bytes) {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  return {
    encryptionKey: await crypto.subtle.importKey("raw", key.slice(0, 32), "AES-CBC", false, ["encrypt", "decrypt"]),
    macKey: await crypto.subtle.importKey("raw", key.slice(32, 64), hmac, false, ["sign"]),
    parameters: { name: "AES-CBC", iv: key.slice(64, 80) },
  };
}

async function tagOf(macKey: CryptoKey, bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", macKey, bytes)).slice(0, TAG_BYTES);
}

const HEADER_BYTES = 33 + 4 + 4;

function kemFields(kem: KemContext | null): Bytes {
  return kem === null ? new Uint8Array() : concat(Uint8Array.of(KEM_KEY_TYPE), kem.publicKey, utf8(kem.type));
}

/** The identity keys first, as the papers write it, then names and devices as text. */
function partiesOf({ initiator, responder }: HandshakeContext): Bytes {
  return concat(
    typedKeys.encode(initiator.identityKey),
    typedKeys.encode(responder.identityKey),
    utf8(`${initiator.username}.${initiator.device}>${responder.username}.${responder.device}`),
  );
}

/** X3DH. */
export const alternativeSuite: Suite = {
  version: 0x33,
  kem: null,
  keyEncoding: typedKeys,
  x3dhPrefix: new Uint8Array(33).fill(0xfe),
  x3dhInfo: async (context) => concat(utf8("Alternative_X25519_SHA-256"), typedKeys.encode(context.ephemeralKey)),
  associatedData: (context) => concat(partiesOf(context), kemFields(context.kem)),
  rootKeyInfo: utf8("AlternativeRatchet"),
  messageKeyInfo: utf8("AlternativeMessageKeys"),
  aead: aes256CbcHmac,

  encodeHeader: ({ ratchetKey, previousChainLength, messageNumber }) =>
    concat(typedKeys.encode(ratchetKey), uint32(Math.max(0, previousChainLength - 1)), uint32(messageNumber)),

  /** A PN of 0 says one message or none. It is read as one: where a chain came before, a message of it was received. */
  decodeHeader(bytes) {
    if (bytes.length !== HEADER_BYTES) {
      throw new ProtocolError("message-malformed", `header must be ${HEADER_BYTES} bytes, got ${bytes.length}`);
    }
    const numbers = new DataView(bytes.buffer, bytes.byteOffset + typedKeys.bytes, 8);
    return {
      ratchetKey: typedKeys.decodePublicKey(bytes.slice(0, typedKeys.bytes)),
      previousChainLength: numbers.getUint32(0) + 1,
      messageNumber: numbers.getUint32(4),
    };
  },
};

/** PQXDH. */
export const alternativeSuiteWithKem: Suite = { ...alternativeSuite, version: 0x34, kem: mlKem768 };
