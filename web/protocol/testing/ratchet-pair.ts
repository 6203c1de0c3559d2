/** Two bare ratchets over one shared secret, and messages between them, for tests. */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, concat, utf8 } from "../bytes.ts";
import {
  initiatorRatchet,
  MAX_SKIP,
  type Ratchet,
  ratchetDecrypt,
  ratchetEncrypt,
  responderRatchet,
} from "../double-ratchet.ts";
import { generateX25519KeyPair, type RandomBytes, toChainKey, toSharedSecret } from "../keys.ts";
import { currentSuite } from "../suite.ts";
import { NOW } from "./people.ts";
import { repeatableRandomBytes } from "./random.ts";

export interface SentMessage {
  readonly header: Bytes;
  readonly ciphertext: Bytes;
}

const ASSOCIATED_DATA = utf8("a handshake");

/** Alice's and Bob's ratchets right after X3DH; the same ones for the same name. */
export async function ratchetPair(name: string): Promise<{ readonly alice: Ratchet; readonly bob: Ratchet }> {
  const randomBytes = repeatableRandomBytes(`ratchets ${name}`);
  const secret = randomBytes(32);
  const signedPrekey = generateX25519KeyPair(randomBytes);
  return {
    alice: await initiatorRatchet({
      suite: currentSuite,
      sharedSecret: toSharedSecret(secret),
      theirSignedPrekey: signedPrekey.publicKey,
      randomBytes,
    }),
    bob: responderRatchet(toSharedSecret(secret), signedPrekey),
  };
}

const nonces = repeatableRandomBytes("nonces");

export async function send(
  ratchet: Ratchet,
  text: string,
  randomBytes: RandomBytes = nonces,
): Promise<{ readonly ratchet: Ratchet; readonly message: SentMessage }> {
  const sealed = await ratchetEncrypt({
    suite: currentSuite,
    ratchet,
    plaintext: utf8(text),
    bindHeader: (header) => concat(ASSOCIATED_DATA, header),
    randomBytes,
  });
  return { ratchet: sealed.ratchet, message: { header: sealed.header, ciphertext: sealed.ciphertext } };
}

/** After Alice's first message, which Bob has read: her chain is at 1 on both sides. */
export async function pairWithHello(name: string): Promise<{ readonly alice: Ratchet; readonly bob: Ratchet }> {
  const start = await ratchetPair(name);
  const hello = await send(start.alice, "hello");
  const heard = await receive(start.bob, hello.message);
  return { alice: hello.ratchet, bob: heard.ratchet };
}

/** Sends one message per text. */
export async function sendAll(
  ratchet: Ratchet,
  texts: readonly string[],
): Promise<{ readonly ratchet: Ratchet; readonly messages: readonly SentMessage[] }> {
  const messages: SentMessage[] = [];
  let current = ratchet;
  for (const text of texts) {
    const sent = await send(current, text);
    current = sent.ratchet;
    messages.push(sent.message);
  }
  return { ratchet: current, messages };
}

/** The message of this index; throws when there is none. */
export function messageAt(messages: readonly SentMessage[], index: number): SentMessage {
  const message = messages[index];
  if (message === undefined) throw new RangeError(`there is no message ${index}`);
  return message;
}

const ratchetKeys = repeatableRandomBytes("ratchet keys");

export async function receive(
  ratchet: Ratchet,
  message: SentMessage,
  options: { readonly maxSkip?: number; readonly now?: number; readonly randomBytes?: RandomBytes } = {},
): Promise<{ readonly ratchet: Ratchet; readonly text: string }> {
  const opened = await ratchetDecrypt({
    suite: currentSuite,
    ratchet,
    ...message,
    associatedData: concat(ASSOCIATED_DATA, message.header),
    maxSkip: options.maxSkip ?? MAX_SKIP,
    randomBytes: options.randomBytes ?? ratchetKeys,
    now: options.now ?? NOW,
  });
  return { ratchet: opened.ratchet, text: new TextDecoder().decode(opened.plaintext) };
}

/** The ratchet as if it had sent `count` messages more; noble's synchronous HMAC makes long chains quick. */
export function afterSending(ratchet: Ratchet, count: number): Ratchet {
  if (ratchet.sendingChain === null) throw new RangeError("there is no sending chain");
  let chainKey: Uint8Array = ratchet.sendingChain.chainKey;
  for (let sent = 0; sent < count; sent++) chainKey = hmac(sha256, chainKey, Uint8Array.of(2));
  const nextMessageNumber = ratchet.sendingChain.nextMessageNumber + count;
  return { ...ratchet, sendingChain: { chainKey: toChainKey(chainKey), nextMessageNumber } };
}

/** A message with counters of our choice under the right ratchet key. */
export function withCounters(
  message: SentMessage,
  counters: { readonly previous?: number; readonly number?: number },
): SentMessage {
  const header = currentSuite.decodeHeader(message.header);
  return {
    ...message,
    header: currentSuite.encodeHeader({
      ratchetKey: header.ratchetKey,
      previousChainLength: counters.previous ?? header.previousChainLength,
      messageNumber: counters.number ?? header.messageNumber,
    }),
  };
}
