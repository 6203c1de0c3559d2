/**
 * The Double Ratchet (revision 4, §3: without header encryption).
 *
 *   symmetric-key ratchet   CK -> KDF_CK(CK) -> next CK, message key
 *   Diffie-Hellman ratchet  RK -> KDF_RK(RK, DH(our ratchet key, their ratchet key)) -> next RK, chain key
 *
 * Pure: each function takes a ratchet and returns the next one. Nothing is changed when it throws, so a message that
 * does not verify costs nothing (§3.5 "discards changes to the state object"). What a session adds (the handshake, the
 * initial header) is in session.ts.
 */
import { type Bytes, sameBytes } from "./bytes.ts";
import { deriveMessageKey, deriveNextChainKey, deriveRootKey, expandMessageKey } from "./kdf.ts";
import {
  type ChainKey,
  diffieHellman,
  generateX25519KeyPair,
  type MessageKey,
  type RandomBytes,
  type RootKey,
  type SharedSecret,
  toRootKey,
  type X25519KeyPair,
  type X25519PublicKey,
} from "./keys.ts";
import { ProtocolError } from "./protocol-error.ts";
import {
  boundSkippedMessageKeys,
  MAX_SKIPPED_MESSAGE_KEYS,
  type SkippedMessageKey,
  takeSkippedMessageKey,
} from "./skipped-message-keys.ts";
import type { Header, Suite } from "./suite.ts";

/**
 * The longest gap that one message may jump over (MAX_SKIP, §3.1), in the chain it ends and in its own together. High,
 * since mail that expired on the relay leaves such gaps; not higher, since a forged header makes us compute this many
 * keys before it is refused.
 */
export const MAX_SKIP = 25_000;

/** A chain key and the number of the next message. */
export interface Chain {
  readonly chainKey: ChainKey;
  readonly nextMessageNumber: number;
}

/** The state of §3.2, under the papers' names in words. */
export interface Ratchet {
  /** RK */
  readonly rootKey: RootKey;
  /** DHs */
  readonly ourRatchetKeyPair: X25519KeyPair;
  /** DHr; null until the responder has heard from the initiator. */
  readonly theirRatchetKey: X25519PublicKey | null;
  /** CKs and Ns; null until the responder has heard from the initiator. */
  readonly sendingChain: Chain | null;
  /** CKr and Nr; null until the other's first message. */
  readonly receivingChain: Chain | null;
  /** PN */
  readonly previousChainLength: number;
  /** MKSKIPPED, oldest first. */
  readonly skippedMessageKeys: readonly SkippedMessageKey[];
}

export interface SealedMessage {
  readonly ratchet: Ratchet;
  readonly header: Bytes;
  readonly ciphertext: Bytes;
}

/** RatchetInitAlice (§3.3): the initiator, whose first ratchet step is against the responder's signed prekey. */
export async function initiatorRatchet(options: {
  readonly suite: Suite;
  readonly sharedSecret: SharedSecret;
  readonly theirSignedPrekey: X25519PublicKey;
  readonly randomBytes: RandomBytes;
}): Promise<Ratchet> {
  const ourRatchetKeyPair = generateX25519KeyPair(options.randomBytes);
  const result = diffieHellman(ourRatchetKeyPair.secretKey, options.theirSignedPrekey);
  const { rootKey, chainKey } = await deriveRootKey(toRootKey(options.sharedSecret), result, options.suite.rootKeyInfo);
  return {
    rootKey,
    ourRatchetKeyPair,
    theirRatchetKey: options.theirSignedPrekey,
    sendingChain: { chainKey, nextMessageNumber: 0 },
    receivingChain: null,
    previousChainLength: 0,
    skippedMessageKeys: [],
  };
}

/** RatchetInitBob (§3.3): the responder, whose first ratchet key pair is the signed prekey. */
export function responderRatchet(sharedSecret: SharedSecret, ourSignedPrekey: X25519KeyPair): Ratchet {
  return {
    rootKey: toRootKey(sharedSecret),
    ourRatchetKeyPair: ourSignedPrekey,
    theirRatchetKey: null,
    sendingChain: null,
    receivingChain: null,
    previousChainLength: 0,
    skippedMessageKeys: [],
  };
}

/**
 * RatchetEncrypt (§3.4). `bindHeader` returns the associated data for the header it is given. The caller stores the
 * returned ratchet before the ciphertext leaves the device. Throws `no-sending-chain`.
 */
export async function ratchetEncrypt(options: {
  readonly suite: Suite;
  readonly ratchet: Ratchet;
  readonly plaintext: Bytes;
  readonly bindHeader: (header: Bytes) => Bytes;
  readonly randomBytes: RandomBytes;
}): Promise<SealedMessage> {
  const { suite, ratchet } = options;
  if (ratchet.sendingChain === null) {
    throw new ProtocolError("no-sending-chain", "the responder cannot send before the initiator's first message");
  }
  const { chainKey, nextMessageNumber } = ratchet.sendingChain;
  const header = suite.encodeHeader({
    ratchetKey: ratchet.ourRatchetKeyPair.publicKey,
    previousChainLength: ratchet.previousChainLength,
    messageNumber: nextMessageNumber,
  });
  const ciphertext = await suite.aead.seal({
    key: await expandMessageKey(await deriveMessageKey(chainKey), suite.messageKeyInfo, suite.aead.keyBytes),
    plaintext: options.plaintext,
    associatedData: options.bindHeader(header),
    randomBytes: options.randomBytes,
  });
  const sendingChain = { chainKey: await deriveNextChainKey(chainKey), nextMessageNumber: nextMessageNumber + 1 };
  return { ratchet: { ...ratchet, sendingChain }, header, ciphertext };
}

/**
 * RatchetDecrypt (§3.5). `associatedData` includes the header as it travelled; `maxSkip` is at most MAX_SKIP; `now` is
 * in Unix milliseconds.
 * Throws `decryption-failed`, `too-many-skipped`, `message-key-gone`, `message-malformed`, `key-invalid`.
 */
export async function ratchetDecrypt(options: {
  readonly suite: Suite;
  readonly ratchet: Ratchet;
  readonly header: Bytes;
  readonly ciphertext: Bytes;
  readonly associatedData: Bytes;
  readonly maxSkip: number;
  readonly randomBytes: RandomBytes;
  readonly now: number;
}): Promise<{ readonly ratchet: Ratchet; readonly plaintext: Bytes }> {
  const { suite, ciphertext, associatedData, now } = options;
  const header = suite.decodeHeader(options.header);
  const kept = boundSkippedMessageKeys(options.ratchet.skippedMessageKeys, now);
  const current = { ...options.ratchet, skippedMessageKeys: kept };
  const skipped = takeSkippedMessageKey(kept, header);
  const { ratchet, messageKey } =
    skipped === null
      ? await advanceTo({ ...options, ratchet: current }, header)
      : { ratchet: { ...current, skippedMessageKeys: skipped.others }, messageKey: skipped.messageKey };
  const key = await expandMessageKey(messageKey, suite.messageKeyInfo, suite.aead.keyBytes);
  const plaintext = await suite.aead.open({ key, ciphertext, associatedData });
  return { ratchet, plaintext };
}

/** The steps of §3.5 that bring the receiving chain to the message, and that message's key. */
async function advanceTo(
  options: {
    readonly suite: Suite;
    readonly ratchet: Ratchet;
    readonly maxSkip: number;
    readonly randomBytes: RandomBytes;
    readonly now: number;
  },
  header: Header,
): Promise<{ readonly ratchet: Ratchet; readonly messageKey: MessageKey }> {
  const { suite, maxSkip, now, randomBytes } = options;
  let ratchet = options.ratchet;
  const gap = gapBefore(ratchet, header);
  if (gap > maxSkip) throw new ProtocolError("too-many-skipped", `gap must be at most ${maxSkip}, got ${gap}`);
  if (stepsDiffieHellman(ratchet, header)) {
    ratchet = await skipMessageKeys(ratchet, header.previousChainLength, now);
    ratchet = await stepDiffieHellman({ suite, ratchet, theirRatchetKey: header.ratchetKey, randomBytes });
  }
  ratchet = await skipMessageKeys(ratchet, header.messageNumber, now);
  const chain = ratchet.receivingChain;
  if (chain === null || chain.nextMessageNumber !== header.messageNumber) {
    throw new ProtocolError("message-key-gone", `the key of message ${header.messageNumber} is gone`);
  }
  const receivingChain = {
    chainKey: await deriveNextChainKey(chain.chainKey),
    nextMessageNumber: chain.nextMessageNumber + 1,
  };
  return { ratchet: { ...ratchet, receivingChain }, messageKey: await deriveMessageKey(chain.chainKey) };
}

/** Whether the message is of a chain under a new ratchet key of theirs. */
function stepsDiffieHellman({ theirRatchetKey }: Ratchet, { ratchetKey }: Header): boolean {
  return theirRatchetKey === null || !sameBytes(ratchetKey, theirRatchetKey);
}

/** How many messages lie between the last one received and this one, in both chains. */
function gapBefore(ratchet: Ratchet, header: Header): number {
  const received = ratchet.receivingChain?.nextMessageNumber ?? null;
  if (!stepsDiffieHellman(ratchet, header)) return Math.max(0, header.messageNumber - (received ?? 0));
  const left = received === null ? 0 : Math.max(0, header.previousChainLength - received);
  return left + header.messageNumber;
}

/** SkipMessageKeys (§3.5): moves the receiving chain up to message `until`, keeping the keys it passes. */
async function skipMessageKeys(ratchet: Ratchet, until: number, now: number): Promise<Ratchet> {
  const { receivingChain, theirRatchetKey } = ratchet;
  if (receivingChain === null || theirRatchetKey === null) return ratchet;
  if (until <= receivingChain.nextMessageNumber) return ratchet;
  const skipped: SkippedMessageKey[] = [];
  let { chainKey } = receivingChain;
  for (let messageNumber = receivingChain.nextMessageNumber; messageNumber < until; messageNumber++) {
    if (until - messageNumber <= MAX_SKIPPED_MESSAGE_KEYS) {
      const messageKey = await deriveMessageKey(chainKey);
      skipped.push({ ratchetKey: theirRatchetKey, messageNumber, messageKey, skippedAt: now });
    }
    chainKey = await deriveNextChainKey(chainKey);
  }
  return {
    ...ratchet,
    receivingChain: { chainKey, nextMessageNumber: until },
    skippedMessageKeys: boundSkippedMessageKeys([...ratchet.skippedMessageKeys, ...skipped], now),
  };
}

/** DHRatchet (§3.5): a receiving chain under the key they sent, and a sending chain under a fresh one of ours. */
async function stepDiffieHellman(options: {
  readonly suite: Suite;
  readonly ratchet: Ratchet;
  readonly theirRatchetKey: X25519PublicKey;
  readonly randomBytes: RandomBytes;
}): Promise<Ratchet> {
  const { suite, ratchet, theirRatchetKey, randomBytes } = options;
  const received = diffieHellman(ratchet.ourRatchetKeyPair.secretKey, theirRatchetKey);
  const receiving = await deriveRootKey(ratchet.rootKey, received, suite.rootKeyInfo);
  const ourRatchetKeyPair = generateX25519KeyPair(randomBytes);
  const sent = diffieHellman(ourRatchetKeyPair.secretKey, theirRatchetKey);
  const sending = await deriveRootKey(receiving.rootKey, sent, suite.rootKeyInfo);
  return {
    rootKey: sending.rootKey,
    ourRatchetKeyPair,
    theirRatchetKey,
    sendingChain: { chainKey: sending.chainKey, nextMessageNumber: 0 },
    receivingChain: { chainKey: receiving.chainKey, nextMessageNumber: 0 },
    previousChainLength: ratchet.sendingChain?.nextMessageNumber ?? 0,
    skippedMessageKeys: ratchet.skippedMessageKeys,
  };
}
