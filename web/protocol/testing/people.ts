/** People for tests, with keys that repeat by name, and the sessions they open with each other. */
import { kemPrekeyStatement } from "../../../relay/wire/key-statements.ts";
import { type Bytes, utf8 } from "../bytes.ts";
import type { KemKeyPair } from "../kem.ts";
import { generateIdentityKeyPair, generateX25519KeyPair, type X25519KeyPair } from "../keys.ts";
import { decodeMessage, type Message } from "../message-format.ts";
import { type PrekeyBundle, type VerifiedPrekeyBundle, verifyPrekeyBundle } from "../prekey-bundle.ts";
import { acceptSession, beginSession, encryptMessage, type Session } from "../session.ts";
import { signStatement } from "../signature.ts";
import { currentSuite, type Suite } from "../suite.ts";
import type { OurParty, ReceivedKem } from "../x3dh.ts";
import { kemKeyPair } from "./kem-keys.ts";
import { repeatableRandomBytes } from "./random.ts";

export interface Person extends OurParty {
  readonly signedPrekey: X25519KeyPair;
  readonly oneTimePrekey: X25519KeyPair;
  readonly lastResortKemPrekey: KemKeyPair;
  readonly oneTimeKemPrekey: KemKeyPair;
}

/** Which suite a handshake is of, and which one-time prekeys the relay has left; all of them unless said otherwise. */
export interface HandshakeOptions {
  readonly suite?: Suite;
  readonly withOneTimePrekey?: boolean;
  readonly withOneTimeKemPrekey?: boolean;
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
    lastResortKemPrekey: kemKeyPair(randomBytes),
    oneTimeKemPrekey: kemKeyPair(randomBytes),
  };
}

export const alice = personMadeLater("alice");
export const bob = personMadeLater("bob");
export const carol = personMadeLater("carol");
export const mallory = personMadeLater("mallory");

/** The same person, whose keys are made when a test first asks for one, so that no code under test runs on import. */
function personMadeLater(username: string): Person {
  let made: Person | null = null;
  const person = () => (made ??= makePerson(username));
  return {
    username,
    device: 1,
    get identity() {
      return person().identity;
    },
    get signedPrekey() {
      return person().signedPrekey;
    },
    get oneTimePrekey() {
      return person().oneTimePrekey;
    },
    get lastResortKemPrekey() {
      return person().lastResortKemPrekey;
    },
    get oneTimeKemPrekey() {
      return person().oneTimeKemPrekey;
    },
  };
}

/** What a relay hands out for this person. */
export function bundleOf(person: Person, options: HandshakeOptions = {}): PrekeyBundle {
  const { suite = currentSuite, withOneTimePrekey = true, withOneTimeKemPrekey = true } = options;
  const { username, device, identity } = person;
  const statement = utf8(`statement of ${username}`);
  return {
    manifest: {
      statement,
      username,
      device,
      identityKey: identity.publicKey,
      signedPrekey: person.signedPrekey.publicKey,
      signedPrekeyDay: TODAY,
      protocolVersions: [suite.version],
      lastResortKemPrekey: suite.kem === null ? new Uint8Array() : person.lastResortKemPrekey.publicKey,
    },
    signature: signStatement(identity.secretKey, statement),
    oneTimePrekey: withOneTimePrekey ? person.oneTimePrekey.publicKey : null,
    oneTimeKemPrekey: suite.kem !== null && withOneTimeKemPrekey ? signedKemPrekeyOf(person) : null,
  };
}

/** This person's one-time KEM prekey, signed by its identity key. */
export function signedKemPrekeyOf(person: Person): NonNullable<PrekeyBundle["oneTimeKemPrekey"]> {
  const { username, device, identity } = person;
  const { publicKey } = person.oneTimeKemPrekey;
  const statement = kemPrekeyStatement({ username, device, publicKey });
  return { publicKey, statement, signature: signStatement(identity.secretKey, statement) };
}

export function verifiedBundleOf(person: Person, reader: Person, options: HandshakeOptions = {}): VerifiedPrekeyBundle {
  return verifyPrekeyBundle({
    bundle: bundleOf(person, options),
    username: person.username,
    device: person.device,
    suite: options.suite ?? currentSuite,
    ourIdentityKey: reader.identity.publicKey,
    today: TODAY,
  });
}

/** The KEM prekey that a handshake with these options is against; null in a suite without a KEM. */
export function kemPrekeyOf(person: Person, options: HandshakeOptions = {}): Omit<ReceivedKem, "ciphertext"> | null {
  const { suite = currentSuite, withOneTimeKemPrekey = true } = options;
  if (suite.kem === null) return null;
  return withOneTimeKemPrekey
    ? { type: "one-time-kem", keyPair: person.oneTimeKemPrekey }
    : { type: "last-resort-kem", keyPair: person.lastResortKemPrekey };
}

/** `initiator` begins a session with `responder` and encrypts its first message. */
export async function sendFirstMessage(
  initiator: Person,
  responder: Person,
  options: HandshakeOptions & { readonly text?: string; readonly draw?: string } = {},
) {
  const { suite = currentSuite, text = "first", draw = `${initiator.username} to ${responder.username}` } = options;
  const randomBytes = repeatableRandomBytes(draw);
  const begun = await beginSession({
    suite,
    us: initiator,
    bundle: verifiedBundleOf(responder, initiator, options),
    generation: NOW / 1000,
    randomBytes,
  });
  const sent = await encryptMessage({ suite, session: begun.session, plaintext: utf8(text), randomBytes });
  return { session: sent.session, message: sent.message, handshake: begun.handshake };
}

/** `responder` opens a first message with the prekeys that person published. */
export async function acceptFirstMessage(
  responder: Person,
  initiator: Person,
  options: HandshakeOptions & { readonly message: Message },
) {
  const { suite = currentSuite, message, withOneTimePrekey = true } = options;
  return await acceptSession({
    suite,
    us: responder,
    sender: { username: initiator.username, device: initiator.device },
    message,
    signedPrekey: responder.signedPrekey,
    oneTimePrekey: withOneTimePrekey ? responder.oneTimePrekey : null,
    kemPrekey: kemPrekeyOf(responder, options),
    randomBytes: repeatableRandomBytes(`${responder.username} accepts ${initiator.username}`),
    now: NOW,
  });
}

/** Both ends of a session after the first message went from `initiator` to `responder`. */
export async function openSession(
  initiator: Person,
  responder: Person,
  options: HandshakeOptions = {},
): Promise<{ readonly ours: Session; readonly theirs: Session; readonly firstMessage: Bytes }> {
  const { version } = options.suite ?? currentSuite;
  const sent = await sendFirstMessage(initiator, responder, options);
  const message = decodeMessage(sent.message, version);
  const accepted = await acceptFirstMessage(responder, initiator, { ...options, message });
  return { ours: sent.session, theirs: accepted.session, firstMessage: sent.message };
}
