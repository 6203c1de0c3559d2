/**
 * A device as a value: all it stores for one peer, and the steps that lead from one stored state to the next. It keeps
 * the rules of docs/protocol.md §10 over the sessions of web/protocol, without storage, relay or content, so that
 * properties can run over many thousands of steps. A crash is a step whose result is dropped.
 */
import { type Bytes, sameBytes, utf8 } from "../../protocol/bytes.ts";
import { MAX_SKIP } from "../../protocol/double-ratchet.ts";
import type { InitialHeader } from "../../protocol/initial-header.ts";
import { decodeMessage, type Message } from "../../protocol/message-format.ts";
import type { VerifiedPrekeyBundle } from "../../protocol/prekey-bundle.ts";
import { ProtocolError } from "../../protocol/protocol-error.ts";
import {
  acceptSession,
  beginSession,
  decryptMessage,
  encryptMessage,
  readInitialHeader,
  type Session,
} from "../../protocol/session.ts";
import { hex } from "../../protocol/testing/hex.ts";
import type { PeerRecord, SessionRecord } from "../records.ts";
import { nextGeneration, sendingSession, withSession } from "../sessions.ts";
import { findPrekeys, newPrekeys, type Owner, type PrekeyState } from "./model-prekeys.ts";

/** A message as it lies in the outbox and travels. */
export interface Mail {
  readonly text: string;
  readonly body: Bytes;
  readonly sealedAt: number;
  /** The session it belongs to. */
  readonly transcriptHash: string;
}

export interface DeviceState extends PrekeyState {
  readonly peer: PeerRecord;
  /** Transcript hashes. */
  readonly acceptedHandshakes: readonly string[];
  readonly outbox: readonly Mail[];
}

/** A message that is refused apart from its cryptography. */
export class Refused extends Error {
  override readonly name = "Refused";
}

export async function newDevice(owner: Owner, now: number): Promise<DeviceState> {
  return {
    peer: {
      peer: owner.peer.username,
      device: owner.peer.device,
      identityKey: owner.peer.identity.publicKey,
      manifestSequence: 0,
      sessions: [],
      retiredGeneration: 0,
      verifiedAt: null,
      change: null,
      refusedIdentityKeys: [],
      blocked: false,
      givenName: null,
    },
    acceptedHandshakes: [],
    ...(await newPrekeys(owner, now)),
    outbox: [],
  };
}

/** Begins a session as initiator. */
export async function beginOn(
  { suite, us, randomBytes }: Owner,
  state: DeviceState,
  bundle: VerifiedPrekeyBundle,
  now: number,
): Promise<{ readonly state: DeviceState; readonly session: Session }> {
  const generation = nextGeneration(state.peer.sessions, now);
  const { session } = await beginSession({ suite, us, bundle, generation, randomBytes });
  return { state: withRecord(state, { session, createdAt: now, lastUsedAt: now }), session };
}

/** Encrypts a text with the session that sends and puts it in the outbox. */
export async function sealOn(
  { suite, randomBytes }: Owner,
  state: DeviceState,
  text: string,
  now: number,
): Promise<{ readonly state: DeviceState; readonly mail: Mail }> {
  const current = sendingSession(state.peer);
  if (current === null) throw new RangeError("the device has no session");
  const sealed = await encryptMessage({ suite, session: current.session, plaintext: utf8(text), randomBytes });
  const transcriptHash = hex(current.session.transcriptHash);
  const mail = { text, body: sealed.message, sealedAt: now, transcriptHash };
  const advanced = withRecord(state, { ...current, session: sealed.session, lastUsedAt: now });
  return { state: { ...advanced, outbox: [...advanced.outbox, mail] }, mail };
}

/** Opens a message. Throws ProtocolError or Refused. */
export async function openOn(
  owner: Owner,
  state: DeviceState,
  body: Bytes,
  now: number,
): Promise<{ readonly state: DeviceState; readonly text: string }> {
  const message = decodeMessage(body, owner.suite.version);
  const initial = await readInitialHeader(owner.suite, message);
  if (initial === null) return await openWithin(owner, state, state.peer.sessions, { message, now });
  if (!sameBytes(initial.initialHeader.identityKey, state.peer.identityKey)) throw new Refused("identity-mismatch");
  const begun = state.peer.sessions.filter(({ session }) => sameBytes(session.transcriptHash, initial.transcriptHash));
  if (begun.length > 0) return await openWithin(owner, state, begun, { message, now });
  if (state.acceptedHandshakes.includes(hex(initial.transcriptHash))) throw new Refused("handshake-replayed");
  return await acceptOn(owner, state, initial.initialHeader, { message, now });
}

async function openWithin(
  { suite, randomBytes }: Owner,
  state: DeviceState,
  sessions: readonly SessionRecord[],
  { message, now }: { readonly message: Message; readonly now: number },
): Promise<{ readonly state: DeviceState; readonly text: string }> {
  let refusal: Error = new Refused("session-unknown");
  for (const record of sessions) {
    try {
      const options = { suite, session: record.session, message, maxSkip: MAX_SKIP, randomBytes, now };
      const { session, plaintext } = await decryptMessage(options);
      return { state: withRecord(state, { ...record, session, lastUsedAt: now }), text: decodeText(plaintext) };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

async function acceptOn(
  { suite, us, peer, randomBytes }: Owner,
  state: DeviceState,
  initialHeader: InitialHeader,
  { message, now }: { readonly message: Message; readonly now: number },
): Promise<{ readonly state: DeviceState; readonly text: string }> {
  const named = findPrekeys(state, initialHeader);
  if (named === null) throw new Refused("prekey-unknown");
  const { taken, ...prekeys } = named;
  const { session, plaintext } = await acceptSession({
    suite,
    us,
    sender: peer,
    message,
    ...prekeys,
    randomBytes,
    now,
  });
  const added = withRecord(state, { session, createdAt: now, lastUsedAt: now });
  return {
    state: {
      ...added,
      acceptedHandshakes: [...added.acceptedHandshakes, hex(session.transcriptHash)],
      takenPrekeys: added.takenPrekeys.filter((kept) => kept !== taken),
    },
    text: decodeText(plaintext),
  };
}

function withRecord(state: DeviceState, record: SessionRecord): DeviceState {
  return { ...state, peer: { ...state.peer, sessions: withSession(state.peer.sessions, record) } };
}

function decodeText(plaintext: Bytes): string {
  return new TextDecoder().decode(plaintext);
}
