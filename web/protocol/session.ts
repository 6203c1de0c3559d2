/**
 * A session: a handshake (X3DH, or PQXDH by the suite) and the Double Ratchet it starts, as one value that a device
 * stores.
 *
 *   initiator   beginSession  -> phase "awaiting-first-reply": each message carries the initial header (X3DH §3.3)
 *   responder   acceptSession -> phase "established", from the first message that verifies
 *
 * A message's associated data is the handshake's AD, then everything of the message before its ciphertext.
 * All functions are pure; the caller stores what they return before it sends or acknowledges anything.
 */
import { type Bytes, concat } from "./bytes.ts";
import { initiatorRatchet, type Ratchet, ratchetDecrypt, ratchetEncrypt, responderRatchet } from "./double-ratchet.ts";
import { decodeInitialHeader, encodeInitialHeader, type InitialHeader } from "./initial-header.ts";
import { sha256 } from "./kdf.ts";
import type { RandomBytes, X25519KeyPair } from "./keys.ts";
import { encodeMessage, encodeMessagePrefix, type Message } from "./message-format.ts";
import type { VerifiedPrekeyBundle } from "./prekey-bundle.ts";
import { prekeyId } from "./prekeys.ts";
import { ProtocolError } from "./protocol-error.ts";
import type { Party, Suite } from "./suite.ts";
import { initiateX3dh, type OurParty, type ReceivedKem, respondX3dh, type X3dhResult } from "./x3dh.ts";

/**
 * The longest gap before the first message that opens in a session. Short, since anybody may send a first message, and
 * each step of the gap is work and a key that is kept.
 */
export const MAX_SKIP_FIRST_MESSAGE = 100;

/** What was missing from a handshake. */
export type SessionWeakness =
  /** Three DHs: no one-time prekey was left. */
  | "no-one-time-prekey"
  /** The KEM prekey may have been used before: no one-time one was left. */
  | "last-resort-kem-prekey"
  /** The signed prekey was over 30 days old. */
  | "stale-signed-prekey";

interface SessionBase {
  /** The protocol version, which names the suite. */
  readonly version: number;
  readonly ratchet: Ratchet;
  /** AD of X3DH §3.3. */
  readonly associatedData: Bytes;
  /** SHA-256 of the initial header, 32 bytes: names the handshake on both sides. */
  readonly transcriptHash: Bytes;
  /** Higher is preferred for sending; ties go to the lower transcript hash. */
  readonly generation: number;
  readonly weaknesses: readonly SessionWeakness[];
}

export type Session =
  | (SessionBase & { readonly phase: "awaiting-first-reply"; readonly initialHeader: Bytes })
  | (SessionBase & { readonly phase: "established" });

/** A session and the handshake that made it; the handshake's secrets are for showing (demo, vectors), never stored. */
export interface BegunSession {
  readonly session: Session;
  readonly handshake: X3dhResult;
}

/**
 * Starts a session as initiator from a bundle that was checked for this suite (X3DH §3.3, PQXDH §3.3). `generation` is
 * a safe integer. Throws as `initiateX3dh` does.
 */
export async function beginSession(options: {
  readonly suite: Suite;
  readonly us: OurParty;
  readonly bundle: VerifiedPrekeyBundle;
  readonly generation: number;
  readonly randomBytes: RandomBytes;
}): Promise<BegunSession> {
  const { suite, us, bundle, generation, randomBytes } = options;
  const handshake = await initiateX3dh({ suite, us, bundle, randomBytes });
  const { sharedSecret, associatedData } = handshake;
  const { kem } = handshake.context;
  const initialHeader = encodeInitialHeader(suite, {
    identityKey: us.identity.publicKey,
    ephemeralKey: handshake.context.ephemeralKey,
    signedPrekeyId: await prekeyId("signed", bundle.signedPrekey),
    oneTimePrekeyId: bundle.oneTimePrekey === null ? null : await prekeyId("one-time", bundle.oneTimePrekey),
    kem: kem && { prekeyId: await prekeyId(kem.type, kem.publicKey), ciphertext: kem.ciphertext },
    generation,
  });
  const theirSignedPrekey = bundle.signedPrekey;
  const session: Session = {
    version: suite.version,
    phase: "awaiting-first-reply",
    initialHeader,
    ratchet: await initiatorRatchet({ suite, sharedSecret, theirSignedPrekey, randomBytes }),
    associatedData,
    transcriptHash: await sha256(initialHeader),
    generation,
    weaknesses: weaknessesOf(handshake, bundle.stale),
  };
  return { session, handshake };
}

function weaknessesOf({ context }: X3dhResult, stale: boolean): readonly SessionWeakness[] {
  const weaknesses: SessionWeakness[] = [];
  if (context.oneTimePrekey === null) weaknesses.push("no-one-time-prekey");
  if (context.kem?.type === "last-resort-kem") weaknesses.push("last-resort-kem-prekey");
  if (stale) weaknesses.push("stale-signed-prekey");
  return weaknesses;
}

/**
 * The parsed initial header of a message and its hash; null when the message carries none. Throws as
 * `decodeInitialHeader` does.
 */
export async function readInitialHeader(
  suite: Suite,
  message: Message,
): Promise<{ readonly initialHeader: InitialHeader; readonly transcriptHash: Bytes } | null> {
  if (message.initialHeader === null) return null;
  return {
    initialHeader: decodeInitialHeader(suite, message.initialHeader),
    transcriptHash: await sha256(message.initialHeader),
  };
}

/**
 * Accepts a handshake as responder by its first message that verifies (X3DH §3.4, PQXDH §3.4). The prekeys are those
 * the initial header names. The caller deletes the one-time ones in the transaction that stores the session and the
 * plaintext. A gap of up to MAX_SKIP_FIRST_MESSAGE is jumped over. Throws as `respondX3dh` and `ratchetDecrypt` do,
 * having changed nothing.
 */
export async function acceptSession(options: {
  readonly suite: Suite;
  readonly us: OurParty;
  readonly sender: Omit<Party, "identityKey">;
  readonly message: Message;
  readonly signedPrekey: X25519KeyPair;
  readonly oneTimePrekey: X25519KeyPair | null;
  /** null in a suite without a KEM. */
  readonly kemPrekey: Omit<ReceivedKem, "ciphertext"> | null;
  readonly randomBytes: RandomBytes;
  readonly now: number;
}): Promise<BegunSession & { readonly plaintext: Bytes }> {
  const { suite, us, sender, message, signedPrekey, oneTimePrekey, kemPrekey, randomBytes, now } = options;
  const initial = await readInitialHeader(suite, message);
  if (initial === null) {
    throw new ProtocolError("message-malformed", "first message must carry an initial header, got none");
  }
  const { identityKey, ephemeralKey, generation } = initial.initialHeader;
  const initiator = { username: sender.username, device: sender.device, identityKey };
  const kem = initial.initialHeader.kem &&
    kemPrekey && { ...kemPrekey, ciphertext: initial.initialHeader.kem.ciphertext };
  const handshake = await respondX3dh({ suite, us, initiator, ephemeralKey, signedPrekey, oneTimePrekey, kem });
  const { ratchet, plaintext } = await ratchetDecrypt({
    suite,
    ratchet: responderRatchet(handshake.sharedSecret, signedPrekey),
    header: message.header,
    ciphertext: message.ciphertext,
    associatedData: concat(handshake.associatedData, encodeMessagePrefix(message)),
    maxSkip: MAX_SKIP_FIRST_MESSAGE,
    randomBytes,
    now,
  });
  const session: Session = {
    version: suite.version,
    phase: "established",
    ratchet,
    associatedData: handshake.associatedData,
    transcriptHash: initial.transcriptHash,
    generation,
    weaknesses: weaknessesOf(handshake, false),
  };
  return { session, handshake, plaintext };
}

/**
 * Encrypts one message. Returns the next session, which the caller stores before the message leaves, and the message's
 * bytes. Throws `no-sending-chain`.
 */
export async function encryptMessage(options: {
  readonly suite: Suite;
  readonly session: Session;
  readonly plaintext: Bytes;
  readonly randomBytes: RandomBytes;
}): Promise<{ readonly session: Session; readonly message: Bytes }> {
  const { suite, session, plaintext, randomBytes } = options;
  const initialHeader = session.phase === "awaiting-first-reply" ? session.initialHeader : null;
  const { version } = suite;
  const { ratchet, header, ciphertext } = await ratchetEncrypt({
    suite,
    ratchet: session.ratchet,
    plaintext,
    bindHeader: (bytes) =>
      concat(session.associatedData, encodeMessagePrefix({ version, initialHeader, header: bytes })),
    randomBytes,
  });
  return {
    session: { ...session, ratchet },
    message: encodeMessage({ version, initialHeader, header, ciphertext }),
  };
}

/**
 * Decrypts one message of this session, jumping over a gap of at most `maxSkip` messages. Returns the next session,
 * which the caller stores together with the plaintext before it acknowledges anything; the first reply ends the phase
 * "awaiting-first-reply".
 * Throws as `ratchetDecrypt` does, having changed nothing.
 */
export async function decryptMessage(options: {
  readonly suite: Suite;
  readonly session: Session;
  readonly message: Message;
  readonly maxSkip: number;
  readonly randomBytes: RandomBytes;
  readonly now: number;
}): Promise<{ readonly session: Session; readonly plaintext: Bytes }> {
  const { suite, session, message, maxSkip, randomBytes, now } = options;
  const { ratchet, plaintext } = await ratchetDecrypt({
    suite,
    ratchet: session.ratchet,
    header: message.header,
    ciphertext: message.ciphertext,
    associatedData: concat(session.associatedData, encodeMessagePrefix(message)),
    maxSkip,
    randomBytes,
    now,
  });
  return { session: establish(session, ratchet), plaintext };
}

function establish(session: Session, ratchet: Ratchet): Session {
  const { version, associatedData, transcriptHash, generation, weaknesses } = session;
  return { version, phase: "established", ratchet, associatedData, transcriptHash, generation, weaknesses };
}
