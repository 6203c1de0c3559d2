/**
 * Finding the session that opens a message, or accepting the handshake that begins one. Returns the plaintext and the
 * changes that must be committed with it: the advanced session and, for a first message, the one-time prekey's end.
 */
import { toBase64url } from "../../relay/wire/bytes.ts";
import { type Bytes, sameBytes } from "../protocol/bytes.ts";
import type { X25519KeyPair } from "../protocol/keys.ts";
import type { InitialHeader, Message } from "../protocol/message-format.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { acceptSession, decryptMessage, readInitialHeader, type Session } from "../protocol/session.ts";
import { suiteV1 } from "../protocol/suite.ts";
import { ourParty } from "./account.ts";
import type { AccountState } from "./account-state.ts";
import type { Change } from "./ports.ts";
import type { PeerRecord, SessionRecord } from "./records.ts";
import { withSession } from "./sessions.ts";

export type RefusalCode =
  | "wrong-device"
  | "from-oneself"
  /** A message of no session we have, and with no initial header. */
  | "session-unknown"
  /** The initial header names a prekey that is used up, expired or never was ours. */
  | "prekey-unknown"
  /** A handshake that was accepted before and whose session is gone. */
  | "handshake-replayed"
  /** The sender presents another identity than the one first seen under this name. */
  | "identity-mismatch";

/** An envelope that is refused before, or apart from, its cryptography. */
export class RefusedEnvelope extends Error {
  override readonly name = "RefusedEnvelope";
  readonly code: RefusalCode;

  constructor(code: RefusalCode) {
    super(`envelope refused: ${code}`);
    this.code = code;
  }
}

interface Sender {
  readonly username: string;
  readonly device: number;
}

interface OpenedMessage {
  readonly plaintext: Bytes;
  readonly changes: readonly Change[];
}

/** Opens a message. Throws ProtocolError or RefusedEnvelope, having changed nothing. */
export async function openMessage(state: AccountState, sender: Sender, message: Message): Promise<OpenedMessage> {
  const peer = await state.store.read("peers", [sender.username]);
  const initial = await readInitialHeader(message);
  if (initial === null) {
    if (peer === null) throw new RefusedEnvelope("session-unknown");
    return await openWithin(state, peer, peer.sessions, message);
  }
  const { initialHeader, transcriptHash } = initial;
  if (peer !== null && !sameBytes(peer.identityKey, initialHeader.identityKey)) {
    throw new RefusedEnvelope("identity-mismatch");
  }
  const begun = peer?.sessions.filter(({ session }) => sameBytes(session.transcriptHash, transcriptHash)) ?? [];
  if (peer !== null && begun.length > 0) return await openWithin(state, peer, begun, message);
  if ((await state.store.read("acceptedHandshakes", [toBase64url(transcriptHash)])) !== null) {
    throw new RefusedEnvelope("handshake-replayed");
  }
  return await acceptHandshake(state, { sender, peer, message, initialHeader });
}

/** Tries these sessions, the preferred one first. */
async function openWithin(
  state: AccountState,
  peer: PeerRecord,
  sessions: readonly SessionRecord[],
  message: Message,
): Promise<OpenedMessage> {
  const { clock, randomBytes } = state.ports;
  const now = clock.now();
  let refusal: Error = new RefusedEnvelope("session-unknown");
  for (const record of sessions) {
    try {
      const { session, plaintext } = await decryptMessage({
        suite: suiteV1,
        session: record.session,
        message,
        randomBytes,
        now,
      });
      const value = { ...peer, sessions: withSession(peer.sessions, { ...record, session, lastUsedAt: now }) };
      return { plaintext, changes: [{ store: "peers", id: [peer.peer], value }] };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** The responder's side of a new handshake (X3DH §3.4), with the prekeys that its header names. */
async function acceptHandshake(
  state: AccountState,
  first: {
    readonly sender: Sender;
    readonly peer: PeerRecord | null;
    readonly message: Message;
    readonly initialHeader: InitialHeader;
  },
): Promise<OpenedMessage> {
  const { clock, randomBytes, observeHandshake } = state.ports;
  const { sender, peer, message, initialHeader } = first;
  const now = clock.now();
  const signedPrekeyId = toBase64url(initialHeader.signedPrekeyId);
  const { session, handshake, plaintext } = await acceptSession({
    suite: suiteV1,
    us: ourParty(state.account),
    sender,
    message,
    signedPrekey: await signedPrekey(state, signedPrekeyId),
    oneTimePrekey: await oneTimePrekey(state, initialHeader),
    randomBytes,
    now,
  });
  observeHandshake?.("responder", handshake);
  return { plaintext, changes: acceptedChanges({ sender, peer, initialHeader, session, now }) };
}

function acceptedChanges(accepted: {
  readonly sender: Sender;
  readonly peer: PeerRecord | null;
  readonly initialHeader: InitialHeader;
  readonly session: Session;
  readonly now: number;
}): readonly Change[] {
  const { sender, peer, initialHeader, session, now } = accepted;
  const transcriptHash = toBase64url(session.transcriptHash);
  const signedPrekeyId = toBase64url(initialHeader.signedPrekeyId);
  const changes: Change[] = [
    {
      store: "peers",
      id: [sender.username],
      value: {
        peer: sender.username,
        device: sender.device,
        identityKey: initialHeader.identityKey,
        manifestSequence: peer?.manifestSequence ?? 0,
        sessions: withSession(peer?.sessions ?? [], { session, createdAt: now, lastUsedAt: now }),
      },
    },
    { store: "acceptedHandshakes", id: [transcriptHash], value: { transcriptHash, signedPrekeyId } },
  ];
  if (initialHeader.oneTimePrekeyId !== null) {
    changes.push({ store: "oneTimePrekeys", id: [toBase64url(initialHeader.oneTimePrekeyId)], value: null });
  }
  return changes;
}

async function signedPrekey(state: AccountState, id: string): Promise<X25519KeyPair> {
  const record = await state.store.read("signedPrekeys", [id]);
  if (record === null) throw new RefusedEnvelope("prekey-unknown");
  return record.keyPair;
}

async function oneTimePrekey(state: AccountState, { oneTimePrekeyId }: InitialHeader): Promise<X25519KeyPair | null> {
  if (oneTimePrekeyId === null) return null;
  const record = await state.store.read("oneTimePrekeys", [toBase64url(oneTimePrekeyId)]);
  if (record === null) throw new RefusedEnvelope("prekey-unknown");
  return record.keyPair;
}
