/**
 * A device as a value: all it stores for one peer, and the steps that lead from one stored state to the next. It keeps
 * the rules of docs/protocol.md §10 over the sessions of web/protocol, without storage, relay or content, so that
 * properties can run over many thousands of steps. A crash is a step whose result is dropped.
 */
import { type Bytes, sameBytes, utf8 } from "../../protocol/bytes.ts";
import { MAX_SKIP } from "../../protocol/double-ratchet.ts";
import type { InitialHeader } from "../../protocol/initial-header.ts";
import type { KemKeyPair } from "../../protocol/kem.ts";
import { generateX25519KeyPair, type RandomBytes, type X25519KeyPair } from "../../protocol/keys.ts";
import { decodeMessage, type Message } from "../../protocol/message-format.ts";
import type { VerifiedPrekeyBundle } from "../../protocol/prekey-bundle.ts";
import { prekeyId } from "../../protocol/prekeys.ts";
import { ProtocolError } from "../../protocol/protocol-error.ts";
import {
  acceptSession,
  beginSession,
  decryptMessage,
  encryptMessage,
  readInitialHeader,
  type Session,
} from "../../protocol/session.ts";
import type { Suite } from "../../protocol/suite.ts";
import { hex } from "../../protocol/testing/hex.ts";
import { type Person, verifiedBundleOf } from "../../protocol/testing/people.ts";
import type { ReceivedKem } from "../../protocol/x3dh.ts";
import type { PeerRecord, SessionRecord } from "../records.ts";
import { nextGeneration, sendingSession, withSession } from "../sessions.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const ROTATION_MS = 7 * DAY_MS;
const PREKEY_SECRET_LIFETIME_MS = 37 * DAY_MS;

/** Who the device belongs to and with whom it talks, and what it draws its keys from. */
export interface Owner {
  readonly us: Person;
  readonly peer: Person;
  readonly suite: Suite;
  readonly randomBytes: RandomBytes;
}

/** A message as it lies in the outbox and travels. */
export interface Mail {
  readonly text: string;
  readonly body: Bytes;
  readonly sealedAt: number;
  /** The session it belongs to. */
  readonly transcriptHash: string;
}

/** A signed prekey and the last-resort KEM prekey of the same manifest, and what the relay says of them. */
interface LastingPrekeys {
  readonly signedPrekey: X25519KeyPair;
  readonly signedPrekeyId: Bytes;
  readonly lastResortKemPrekey: KemKeyPair;
  readonly lastResortKemPrekeyId: Bytes;
  readonly bundle: VerifiedPrekeyBundle;
  readonly createdAt: number;
  readonly replacedAt: number | null;
}

/** One-time prekeys that the relay handed out together. */
interface TakenPrekeys {
  readonly takenAt: number;
  readonly oneTimePrekey: X25519KeyPair | null;
  readonly oneTimePrekeyId: Bytes | null;
  readonly oneTimeKemPrekey: KemKeyPair | null;
  readonly oneTimeKemPrekeyId: Bytes | null;
}

export interface DeviceState {
  readonly peer: PeerRecord;
  /** Transcript hashes. */
  readonly acceptedHandshakes: readonly string[];
  /** The current ones last. */
  readonly lastingPrekeys: readonly LastingPrekeys[];
  readonly takenPrekeys: readonly TakenPrekeys[];
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
      verifiedAt: null,
      change: null,
      refusedIdentityKeys: [],
    },
    acceptedHandshakes: [],
    lastingPrekeys: [await lastingPrekeysOf(owner, owner.us, now)],
    takenPrekeys: [],
    outbox: [],
  };
}

async function lastingPrekeysOf(owner: Owner, us: Person, createdAt: number): Promise<LastingPrekeys> {
  const { signedPrekey, lastResortKemPrekey } = us;
  const checked = checkedBundle(owner);
  const kemPrekey = { type: "last-resort-kem", publicKey: lastResortKemPrekey.publicKey } as const;
  return {
    signedPrekey,
    signedPrekeyId: await prekeyId("signed", signedPrekey.publicKey),
    lastResortKemPrekey,
    lastResortKemPrekeyId: await prekeyId("last-resort-kem", lastResortKemPrekey.publicKey),
    bundle: { ...checked, signedPrekey: signedPrekey.publicKey, kemPrekey: checked.kemPrekey && kemPrekey },
    createdAt,
    replacedAt: null,
  };
}

const checkedBundles = new Map<string, VerifiedPrekeyBundle>();

/** A person's bundle, checked once for all runs: the prekeys put in its place later are made here, not taken from outside. */
function checkedBundle({ us, peer, suite }: Owner): VerifiedPrekeyBundle {
  const name = `${us.username} ${suite.version}`;
  const options = { suite, withOneTimePrekey: false, withOneTimeKemPrekey: false };
  const bundle = checkedBundles.get(name) ?? verifiedBundleOf(us, peer, options);
  checkedBundles.set(name, bundle);
  return bundle;
}

/** Rotates the lasting prekeys weekly and deletes secrets that no mail can need any more. */
export async function maintainDevice(owner: Owner, state: DeviceState, now: number): Promise<DeviceState> {
  const { suite, randomBytes, us } = owner;
  const takenPrekeys = state.takenPrekeys.filter(({ takenAt }) => now - takenAt <= PREKEY_SECRET_LIFETIME_MS);
  const kept = state.lastingPrekeys.filter(
    ({ replacedAt }) => replacedAt === null || now - replacedAt <= PREKEY_SECRET_LIFETIME_MS,
  );
  const current = kept.at(-1);
  if (current !== undefined && now - current.createdAt < ROTATION_MS) {
    return { ...state, takenPrekeys, lastingPrekeys: kept };
  }
  const signedPrekey = generateX25519KeyPair(randomBytes);
  const lastResortKemPrekey = suite.kem?.generateKeyPair(randomBytes) ?? us.lastResortKemPrekey;
  const fresh = await lastingPrekeysOf(owner, { ...us, signedPrekey, lastResortKemPrekey }, now);
  const replaced = kept.map((prekeys) => ({ ...prekeys, replacedAt: prekeys.replacedAt ?? now }));
  return { ...state, takenPrekeys, lastingPrekeys: [...replaced, fresh] };
}

/** What the relay hands out for this device: the current bundle, with one-time prekeys made for the occasion or none. */
export async function handOutBundle(
  { suite, randomBytes }: Owner,
  state: DeviceState,
  now: number,
  withOneTimePrekeys: boolean,
): Promise<{ readonly state: DeviceState; readonly bundle: VerifiedPrekeyBundle }> {
  const bundle = state.lastingPrekeys.at(-1)?.bundle;
  if (bundle === undefined) throw new RangeError("the device has no signed prekey");
  if (!withOneTimePrekeys) return { state, bundle };
  const oneTimePrekey = generateX25519KeyPair(randomBytes);
  const oneTimeKemPrekey = suite.kem?.generateKeyPair(randomBytes) ?? null;
  const taken: TakenPrekeys = {
    takenAt: now,
    oneTimePrekey,
    oneTimePrekeyId: await prekeyId("one-time", oneTimePrekey.publicKey),
    oneTimeKemPrekey,
    oneTimeKemPrekeyId: oneTimeKemPrekey && (await prekeyId("one-time-kem", oneTimeKemPrekey.publicKey)),
  };
  return {
    state: { ...state, takenPrekeys: [...state.takenPrekeys, taken] },
    bundle: {
      ...bundle,
      oneTimePrekey: oneTimePrekey.publicKey,
      kemPrekey: oneTimeKemPrekey && { type: "one-time-kem", publicKey: oneTimeKemPrekey.publicKey },
    },
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
  const lasting = state.lastingPrekeys.find((prekeys) => isNamed(prekeys.signedPrekeyId, initialHeader.signedPrekeyId));
  const taken = state.takenPrekeys.find((prekeys) => isNamed(prekeys.oneTimePrekeyId, initialHeader.oneTimePrekeyId));
  const kemPrekey = findKemPrekey(state, initialHeader);
  if (lasting === undefined || kemPrekey === undefined) throw new Refused("prekey-unknown");
  if (initialHeader.oneTimePrekeyId !== null && taken === undefined) throw new Refused("prekey-unknown");
  const { session, plaintext } = await acceptSession({
    suite,
    us,
    sender: peer,
    message,
    signedPrekey: lasting.signedPrekey,
    oneTimePrekey: taken?.oneTimePrekey ?? null,
    kemPrekey,
    randomBytes,
    now,
  });
  const added = withRecord(state, { session, createdAt: now, lastUsedAt: now });
  return {
    state: {
      ...added,
      acceptedHandshakes: [...added.acceptedHandshakes, hex(session.transcriptHash)],
      takenPrekeys: added.takenPrekeys.filter((prekeys) => prekeys !== taken),
    },
    text: decodeText(plaintext),
  };
}

/** null when the suite has no KEM; undefined when the one that is named is not there. */
function findKemPrekey(state: DeviceState, { kem }: InitialHeader): Omit<ReceivedKem, "ciphertext"> | null | undefined {
  if (kem === null) return null;
  const taken = state.takenPrekeys.find((prekeys) => isNamed(prekeys.oneTimeKemPrekeyId, kem.prekeyId));
  if (taken?.oneTimeKemPrekey) return { type: "one-time-kem", keyPair: taken.oneTimeKemPrekey };
  const lasting = state.lastingPrekeys.find((prekeys) => isNamed(prekeys.lastResortKemPrekeyId, kem.prekeyId));
  return lasting && { type: "last-resort-kem", keyPair: lasting.lastResortKemPrekey };
}

function isNamed(id: Bytes | null, wanted: Bytes | null): boolean {
  return id !== null && wanted !== null && sameBytes(id, wanted);
}

function withRecord(state: DeviceState, record: SessionRecord): DeviceState {
  return { ...state, peer: { ...state.peer, sessions: withSession(state.peer.sessions, record) } };
}

function decodeText(plaintext: Bytes): string {
  return new TextDecoder().decode(plaintext);
}
