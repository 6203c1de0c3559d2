/**
 * What someone can do who has a device's state and recordings of what travelled: open messages in every way the code
 * offers, and apply every 32 bytes of the state as a message key, a chain key, a root key and a secret key.
 */

import { type Bytes, concat } from "../bytes.ts";
import { MAX_SKIP, responderRatchet } from "../double-ratchet.ts";
import { deriveMessageKey, deriveNextChainKey, deriveRootKey, hkdf } from "../kdf.ts";
import type { Kem, KemCiphertext } from "../kem.ts";
import {
  type ChainKey,
  type DiffieHellmanResult,
  diffieHellman,
  generateX25519KeyPair,
  identityKeyToX25519,
  identityToX25519,
  type MessageKey,
  toChainKey,
  toMessageKey,
  toRootKey,
  toSharedSecret,
  type X25519KeyPair,
  type X25519PublicKey,
} from "../keys.ts";
import { decodeMessage, encodeMessagePrefix, type Message } from "../message-format.ts";
import { ProtocolError } from "../protocol-error.ts";
import { acceptSession, decryptMessage, type Session } from "../session.ts";
import type { HandshakeContext, Suite } from "../suite.ts";
import type { OurParty, ReceivedKem } from "../x3dh.ts";
import { hex } from "./hex.ts";
import { NOW } from "./people.ts";
import { repeatableRandomBytes } from "./random.ts";

/** All of a device's state that bears on one peer. */
export interface Loot {
  readonly suite: Suite;
  readonly us: OurParty;
  readonly peer: Omit<OurParty, "identity">;
  readonly sessions: readonly Session[];
  readonly signedPrekeys: readonly X25519KeyPair[];
  readonly oneTimePrekeys: readonly X25519KeyPair[];
  readonly kemPrekeys: readonly Omit<ReceivedKem, "ciphertext">[];
}

/** A message as it travelled, and the public values of its session's handshake. */
export interface Recorded {
  readonly text: string;
  readonly body: Bytes;
  readonly context: HandshakeContext;
}

export type Way = "session" | "handshake" | "brute force";

const randomBytes = repeatableRandomBytes("a thief");

/** Tries all ways; those that opened the message, and the sessions that came of it. */
export async function openWithLoot(
  loot: Loot,
  recorded: Recorded,
): Promise<{ readonly ways: readonly Way[]; readonly sessions: readonly Session[] }> {
  const message = decodeMessage(recorded.body, loot.suite.version);
  const advanced = await bySession(loot, message);
  const accepted = [
    ...(await byHandshake(loot, message)),
    ...(await byHandshakeWithoutSecrets(loot, message, recorded.context)),
  ];
  const forced = await byBruteForce(loot, message, loot.suite.associatedData(recorded.context));
  return {
    ways: [
      ...(advanced.length > 0 ? (["session"] as const) : []),
      ...(accepted.length > 0 ? (["handshake"] as const) : []),
      ...(forced ? (["brute force"] as const) : []),
    ],
    sessions: [...advanced, ...accepted],
  };
}

/** The texts of what the loot opens, trying each message alone. */
export async function textsOpenedWith(loot: Loot, recorded: readonly Recorded[]): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const message of recorded) {
    if ((await openWithLoot(loot, message)).ways.length > 0) texts.push(message.text);
  }
  return texts;
}

/** As a message of each session. */
async function bySession({ suite, sessions }: Loot, message: Message): Promise<readonly Session[]> {
  const attempts = sessions.map((session) => async () => {
    return (await decryptMessage({ suite, session, message, maxSkip: MAX_SKIP, randomBytes, now: NOW })).session;
  });
  return await successes(attempts);
}

/** As a first message, with every combination of prekeys, whichever the initial header names. */
async function byHandshake(loot: Loot, message: Message): Promise<readonly Session[]> {
  const { suite, us, peer: sender } = loot;
  if (message.initialHeader === null) return [];
  const kemPrekeys = suite.kem === null ? [null] : loot.kemPrekeys;
  const attempts = loot.signedPrekeys.flatMap((signedPrekey) =>
    [null, ...loot.oneTimePrekeys].flatMap((oneTimePrekey) =>
      kemPrekeys.map((kemPrekey) => async () => {
        const prekeys = { signedPrekey, oneTimePrekey, kemPrekey };
        return (await acceptSession({ suite, us, sender, message, ...prekeys, randomBytes, now: NOW })).session;
      }),
    ),
  );
  return await successes(attempts);
}

async function decapsulated(
  kem: Kem,
  prekeys: Loot["kemPrekeys"],
  ciphertext: KemCiphertext,
): Promise<readonly Bytes[]> {
  return await Promise.all(prekeys.map(({ keyPair }) => kem.decapsulate(keyPair.seed, ciphertext)));
}

/**
 * As a first message once more, for someone who knows all public values of the handshake and lacks secrets of it: what
 * takes the place of DH4 and of the KEM's secret is each thing that the loot can compute there, or nothing.
 */
async function byHandshakeWithoutSecrets(
  loot: Loot,
  message: Message,
  context: HandshakeContext,
): Promise<readonly Session[]> {
  const { suite, us, signedPrekeys, oneTimePrekeys, kemPrekeys } = loot;
  const { ephemeralKey, initiator, kem } = context;
  const nothing = new Uint8Array();
  const associatedData = suite.associatedData(context);
  const identity = identityToX25519(us.identity).secretKey;
  const inPlaceOfDh4 = [nothing, ...oneTimePrekeys.map(({ secretKey }) => diffieHellman(secretKey, ephemeralKey))];
  const inPlaceOfSs = [
    nothing,
    ...(kem === null || suite.kem === null ? [] : await decapsulated(suite.kem, kemPrekeys, kem.ciphertext)),
  ];
  const attempts = signedPrekeys.flatMap((signedPrekey) => {
    const dh1To3 = [
      diffieHellman(signedPrekey.secretKey, identityKeyToX25519(initiator.identityKey)),
      diffieHellman(identity, ephemeralKey),
      diffieHellman(signedPrekey.secretKey, ephemeralKey),
    ];
    const keyMaterials = inPlaceOfDh4.flatMap((dh4) =>
      inPlaceOfSs.map((ss) => concat(suite.x3dhPrefix, ...dh1To3, dh4, ss)),
    );
    return keyMaterials.map((inputKeyMaterial) => async () => {
      const info = await suite.x3dhInfo(context);
      const secret = toSharedSecret(await hkdf({ salt: new Uint8Array(32), inputKeyMaterial, info, length: 32 }));
      const session: Session = {
        version: suite.version,
        phase: "established",
        ratchet: responderRatchet(secret, signedPrekey),
        associatedData,
        transcriptHash: new Uint8Array(32),
        generation: 0,
        weaknesses: [],
      };
      return (await decryptMessage({ suite, session, message, maxSkip: MAX_SKIP, randomBytes, now: NOW })).session;
    });
  });
  return await successes(attempts);
}

/** The message's key from any 32 bytes of the loot: as they are, down a chain, or by one step of the root chain. */
async function byBruteForce(loot: Loot, message: Message, associatedData: Bytes): Promise<boolean> {
  const { ratchetKey, messageNumber } = loot.suite.decodeHeader(message.header);
  const { us, sessions, signedPrekeys, oneTimePrekeys, kemPrekeys } = loot;
  const strings = stringsOf32Bytes([us.identity, sessions, signedPrekeys, oneTimePrekeys, kemPrekeys]);
  const theirs = sessions.flatMap(({ ratchet }) => ratchet.theirRatchetKey ?? []);
  const publicKeys = new Map([ratchetKey, ...theirs].map((publicKey) => [hex(publicKey), publicKey]));
  for (const string of strings) {
    if (await opensWith(loot, message, associatedData, toMessageKey(string))) return true;
    let chainKey = toChainKey(string);
    for (let step = 0; step <= messageNumber + 1; step++) {
      if (await opensWith(loot, message, associatedData, await deriveMessageKey(chainKey))) return true;
      chainKey = await deriveNextChainKey(chainKey);
    }
  }
  for (const string of strings) {
    for (const result of diffieHellmanResults(string, [...publicKeys.values()])) {
      for (const rootKey of strings) {
        const step = await deriveRootKey(toRootKey(rootKey), result, loot.suite.rootKeyInfo);
        const messageKey = await messageKeyAt(step.chainKey, messageNumber);
        if (await opensWith(loot, message, associatedData, messageKey)) return true;
      }
    }
  }
  return false;
}

/** The string as an X25519 secret key, with each of these public keys. */
function diffieHellmanResults(secret: Bytes, publicKeys: readonly X25519PublicKey[]): readonly DiffieHellmanResult[] {
  const { secretKey } = generateX25519KeyPair(() => secret);
  return publicKeys.map((publicKey) => diffieHellman(secretKey, publicKey));
}

async function messageKeyAt(first: ChainKey, messageNumber: number): Promise<MessageKey> {
  let chainKey = first;
  for (let step = 0; step < messageNumber; step++) chainKey = await deriveNextChainKey(chainKey);
  return await deriveMessageKey(chainKey);
}

async function opensWith(
  { suite }: Loot,
  message: Message,
  associatedData: Bytes,
  messageKey: MessageKey,
): Promise<boolean> {
  const { messageKeyInfo: info, aead } = suite;
  const key = await hkdf({ salt: new Uint8Array(32), inputKeyMaterial: messageKey, info, length: aead.keyBytes });
  const bound = concat(associatedData, encodeMessagePrefix(message));
  const opened = await successes([() => aead.open({ key, ciphertext: message.ciphertext, associatedData: bound })]);
  return opened.length > 0;
}

/** Every different string of 32 bytes in a value, with the halves of those of 64. */
function stringsOf32Bytes(value: unknown): readonly Bytes[] {
  const found = new Map<string, Bytes>();
  const visit = (part: unknown): void => {
    if (part instanceof Uint8Array) {
      if (part.length === 32) found.set(hex(part), Uint8Array.from(part));
      if (part.length === 64) [part.subarray(0, 32), part.subarray(32)].forEach(visit);
    } else if (typeof part === "object" && part !== null) {
      Object.values(part).forEach(visit);
    }
  };
  visit(value);
  return [...found.values()];
}

/** What the attempts return that are not refused. */
async function successes<Value>(attempts: readonly (() => Promise<Value>)[]): Promise<readonly Value[]> {
  const values: Value[] = [];
  for (const attempt of attempts) {
    try {
      values.push(await attempt());
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
  return values;
}
