/** People for tests, with keys that repeat by name, and the sessions they open with each other. */
import { type Bytes, utf8 } from "../bytes.ts";
import { generateIdentityKeyPair, generateX25519KeyPair, type X25519KeyPair } from "../keys.ts";
import { decodeMessage, type Message } from "../message-format.ts";
import { type PrekeyBundle, type VerifiedPrekeyBundle, verifyPrekeyBundle } from "../prekey-bundle.ts";
import { acceptSession, beginSession, encryptMessage, type Session } from "../session.ts";
import { signStatement } from "../signature.ts";
import { suiteV1 } from "../suite.ts";
import type { OurParty } from "../x3dh.ts";
import { repeatableRandomBytes } from "./random.ts";

export interface Person extends OurParty {
  readonly signedPrekey: X25519KeyPair;
  readonly oneTimePrekey: X25519KeyPair;
}

/** The day all tests take place on, in days since 1970-01-01, and the same in Unix milliseconds. */
export const TODAY = 20_000;
export const NOW = TODAY * 24 * 60 * 60 * 1000;

export function makePerson(username: string): Person {
  const randomBytes = repeatableRandomBytes(username);
  return {
    username,
    device: 1,
    identity: generateIdentityKeyPair(randomBytes),
    signedPrekey: generateX25519KeyPair(randomBytes),
    oneTimePrekey: generateX25519KeyPair(randomBytes),
  };
}

export const alice = makePerson("alice");
export const bob = makePerson("bob");
export const carol = makePerson("carol");
export const mallory = makePerson("mallory");

/** What a relay hands out for this person. */
export function bundleOf(person: Person, withOneTimePrekey = true): PrekeyBundle {
  const statement = utf8(`statement of ${person.username}`);
  return {
    manifest: {
      statement,
      username: person.username,
      device: person.device,
      identityKey: person.identity.publicKey,
      signedPrekey: person.signedPrekey.publicKey,
      signedPrekeyDay: TODAY,
      protocolVersions: [1],
    },
    signature: signStatement(person.identity.secretKey, statement),
    oneTimePrekey: withOneTimePrekey ? person.oneTimePrekey.publicKey : null,
  };
}

export function verifiedBundleOf(person: Person, reader: Person, withOneTimePrekey = true): VerifiedPrekeyBundle {
  return verifyPrekeyBundle({
    bundle: bundleOf(person, withOneTimePrekey),
    username: person.username,
    device: person.device,
    version: 1,
    ourIdentityKey: reader.identity.publicKey,
    today: TODAY,
  });
}

/** `initiator` begins a session with `responder` and encrypts its first message. */
export async function sendFirstMessage(
  initiator: Person,
  responder: Person,
  options: { readonly text?: string; readonly withOneTimePrekey?: boolean; readonly draw?: string } = {},
) {
  const { text = "first", withOneTimePrekey = true, draw = `${initiator.username} to ${responder.username}` } = options;
  const randomBytes = repeatableRandomBytes(draw);
  const begun = await beginSession({
    suite: suiteV1,
    us: initiator,
    bundle: verifiedBundleOf(responder, initiator, withOneTimePrekey),
    generation: NOW / 1000,
    randomBytes,
  });
  const sent = await encryptMessage({ suite: suiteV1, session: begun.session, plaintext: utf8(text), randomBytes });
  return { session: sent.session, message: sent.message, handshake: begun.handshake };
}

/** `responder` opens a first message with the prekeys that person published. */
export async function acceptFirstMessage(
  responder: Person,
  initiator: Person,
  options: { readonly message: Message; readonly withOneTimePrekey?: boolean },
) {
  const { message, withOneTimePrekey = true } = options;
  return await acceptSession({
    suite: suiteV1,
    us: responder,
    sender: { username: initiator.username, device: initiator.device },
    message,
    signedPrekey: responder.signedPrekey,
    oneTimePrekey: withOneTimePrekey ? responder.oneTimePrekey : null,
    randomBytes: repeatableRandomBytes(`${responder.username} accepts ${initiator.username}`),
    now: NOW,
  });
}

/** Both ends of a session after the first message went from `initiator` to `responder`. */
export async function openSession(
  initiator: Person,
  responder: Person,
): Promise<{ readonly ours: Session; readonly theirs: Session; readonly firstMessage: Bytes }> {
  const sent = await sendFirstMessage(initiator, responder);
  const accepted = await acceptFirstMessage(responder, initiator, { message: decodeMessage(sent.message, 1) });
  return { ours: sent.session, theirs: accepted.session, firstMessage: sent.message };
}
