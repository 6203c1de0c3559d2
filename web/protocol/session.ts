/**
 * A session: an X3DH handshake and the Double Ratchet it starts, as one value that a device stores.
 *
 *   initiator   beginSession  -> phase "awaiting-first-reply": each message carries the initial header (X3DH §3.3)
 *   responder   acceptSession -> phase "established", from the first message that verifies
 *
 * A message's associated data is the handshake's AD, then everything of the message before its ciphertext.
 * All functions are pure; the caller stores what they return before it sends or acknowledges anything.
 */
import { type Bytes, concat } from "./bytes.ts";
import { initiatorRatchet, type Ratchet, ratchetDecrypt, ratchetEncrypt, responderRatchet } from "./double-ratchet.ts";
import { sha256 } from "./kdf.ts";
import type { RandomBytes, X25519KeyPair } from "./keys.ts";
import {
  decodeInitialHeader,
  encodeInitialHeader,
  encodeMessage,
  encodeMessagePrefix,
  type InitialHeader,
  type Message,
} from "./message-format.ts";
import type { VerifiedPrekeyBundle } from "./prekey-bundle.ts";
import { prekeyId } from "./prekeys.ts";
import { ProtocolError } from "./protocol-error.ts";
import type { Party, Suite } from "./suite.ts";
import { initiateX3dh, type OurParty, respondX3dh, type X3dhResult } from "./x3dh.ts";

interface SessionBase {
  readonly ratchet: Ratchet;
  /** AD of X3DH §3.3. */
  readonly associatedData: Bytes;
  /** SHA-256 of the initial header, 32 bytes: names the handshake on both sides. */
  readonly transcriptHash: Bytes;
  /** Higher is preferred for sending; ties go to the lower transcript hash. */
  readonly generation: number;
  /** What was missing from the handshake: a one-time prekey (three DHs), a signed prekey under 30 days old. */
  readonly weaknesses: readonly ("no-one-time-prekey" | "stale-signed-prekey")[];
}

export type Session =
  | (SessionBase & { readonly phase: "awaiting-first-reply"; readonly initialHeader: Bytes })
  | (SessionBase & { readonly phase: "established" });

/** A session and the handshake that made it; the handshake's secrets are for showing (demo, vectors), never stored. */
export interface BegunSession {
  readonly session: Session;
  readonly handshake: X3dhResult;
}

/** Starts a session as initiator from a checked bundle (X3DH §3.3). */
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
  const initialHeader = encodeInitialHeader({
    identityKey: us.identity.publicKey,
    ephemeralKey: handshake.context.ephemeralKey,
    signedPrekeyId: await prekeyId("signed", bundle.signedPrekey),
    oneTimePrekeyId: bundle.oneTimePrekey === null ? null : await prekeyId("one-time", bundle.oneTimePrekey),
    generation,
  });
  const theirSignedPrekey = bundle.signedPrekey;
  const session: Session = {
    phase: "awaiting-first-reply",
    initialHeader,
    ratchet: await initiatorRatchet({ suite, sharedSecret, theirSignedPrekey, randomBytes }),
    associatedData,
    transcriptHash: await sha256(initialHeader),
    generation,
    weaknesses: [
      ...(bundle.oneTimePrekey === null ? (["no-one-time-prekey"] as const) : []),
      ...(bundle.stale ? (["stale-signed-prekey"] as const) : []),
    ],
  };
  return { session, handshake };
}

/** The parsed initial header of a message and its hash; null when the message carries none. */
export async function readInitialHeader(
  message: Message,
): Promise<{ readonly initialHeader: InitialHeader; readonly transcriptHash: Bytes } | null> {
  if (message.initialHeader === null) return null;
  return {
    initialHeader: decodeInitialHeader(message.initialHeader),
    transcriptHash: await sha256(message.initialHeader),
  };
}

/**
 * Accepts a handshake as responder by its first message that verifies (X3DH §3.4). The prekeys are those the initial
 * header names. The caller deletes the one-time prekey in the transaction that stores the session and the plaintext.
 * Throws as `respondX3dh` and `ratchetDecrypt` do, having changed nothing.
 */
export async function acceptSession(options: {
  readonly suite: Suite;
  readonly us: OurParty;
  readonly sender: Omit<Party, "identityKey">;
  readonly message: Message;
  readonly signedPrekey: X25519KeyPair;
  readonly oneTimePrekey: X25519KeyPair | null;
  readonly randomBytes: RandomBytes;
  readonly now: number;
}): Promise<BegunSession & { readonly plaintext: Bytes }> {
  const { suite, us, sender, message, signedPrekey, oneTimePrekey, randomBytes, now } = options;
  const initial = await readInitialHeader(message);
  if (initial === null) throw new ProtocolError("message-malformed", "a first message must carry an initial header");
  const { identityKey, ephemeralKey, generation } = initial.initialHeader;
  const initiator = { username: sender.username, device: sender.device, identityKey };
  const handshake = await respondX3dh({ suite, us, initiator, ephemeralKey, signedPrekey, oneTimePrekey });
  const { ratchet, plaintext } = await ratchetDecrypt({
    suite,
    ratchet: responderRatchet(handshake.sharedSecret, signedPrekey),
    header: message.header,
    ciphertext: message.ciphertext,
    associatedData: concat(handshake.associatedData, encodeMessagePrefix(message)),
    randomBytes,
    now,
  });
  const session: Session = {
    phase: "established",
    ratchet,
    associatedData: handshake.associatedData,
    transcriptHash: initial.transcriptHash,
    generation,
    weaknesses: oneTimePrekey === null ? ["no-one-time-prekey"] : [],
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
 * Decrypts one message of this session. Returns the next session, which the caller stores together with the plaintext
 * before it acknowledges anything; the first reply ends the phase "awaiting-first-reply".
 * Throws as `ratchetDecrypt` does, having changed nothing.
 */
export async function decryptMessage(options: {
  readonly suite: Suite;
  readonly session: Session;
  readonly message: Message;
  readonly randomBytes: RandomBytes;
  readonly now: number;
}): Promise<{ readonly session: Session; readonly plaintext: Bytes }> {
  const { suite, session, message, randomBytes, now } = options;
  const { ratchet, plaintext } = await ratchetDecrypt({
    suite,
    ratchet: session.ratchet,
    header: message.header,
    ciphertext: message.ciphertext,
    associatedData: concat(session.associatedData, encodeMessagePrefix(message)),
    randomBytes,
    now,
  });
  return { session: establish(session, ratchet), plaintext };
}

function establish(session: Session, ratchet: Ratchet): Session {
  const { associatedData, transcriptHash, generation, weaknesses } = session;
  return { phase: "established", ratchet, associatedData, transcriptHash, generation, weaknesses };
}
