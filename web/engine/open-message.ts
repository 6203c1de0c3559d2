/**
 * Finding the session that opens a message, or accepting the handshake that begins one. Returns the plaintext and what
 * must be committed with it: the peer with the advanced session and, for a first message, the used prekeys' end.
 */
import { toBase64url } from "../../relay/wire/bytes.ts";
import { type Bytes, sameBytes } from "../protocol/bytes.ts";
import { MAX_SKIP } from "../protocol/double-ratchet.ts";
import type { InitialHeader } from "../protocol/initial-header.ts";
import type { IdentityKey } from "../protocol/keys.ts";
import type { Message } from "../protocol/message-format.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { acceptSession, decryptMessage, readInitialHeader } from "../protocol/session.ts";
import { currentSuite, suiteOfVersion } from "../protocol/suite.ts";
import { ourParty } from "./account.ts";
import type { AccountState } from "./account-state.ts";
import { findNamedPrekeys } from "./own-prekeys.ts";
import { newIdentityChange, newPeer } from "./peers.ts";
import type { Change } from "./ports.ts";
import type { IdentityChangeRecord, PeerRecord, SessionRecord } from "./records.ts";
import { RefusedEnvelope } from "./refused-envelope.ts";
import { withSession } from "./sessions.ts";

/**
 * The longest gap in a session that is not the first one tried. Shorter than in that one, since a forged message is
 * tried with all of them; long enough for late mail of a session that has stopped sending, whose gaps end with it.
 */
export const MAX_SKIP_OTHER_SESSION = 2_000;

interface Sender {
  readonly username: string;
  readonly device: number;
}

/** Which identity of a peer a message came from. */
export type SenderIdentity =
  | "pinned"
  /** The one that waits for the person's decision. */
  | "waiting"
  /** Another one; now it waits. */
  | "new"
  /** Another one; it takes the place of one that waited. */
  | "replacing";

export interface OpenedMessage {
  readonly plaintext: Bytes;
  /** The peer with the session that opened it; to be stored with the other changes. */
  readonly peer: PeerRecord;
  /** The transcript hash and the version of that session. */
  readonly transcriptHash: Bytes;
  readonly version: number;
  readonly identity: SenderIdentity;
  /** The identity key it came from. */
  readonly identityKey: IdentityKey;
  readonly changes: readonly Change[];
}

/** A peer and the identity of theirs, pinned or not, whose sessions come into question. */
type Candidates =
  | { readonly peer: PeerRecord; readonly identity: "pinned" }
  | {
      readonly peer: PeerRecord;
      readonly identity: Exclude<SenderIdentity, "pinned">;
      readonly change: IdentityChangeRecord;
    };

/** Opens a message. Throws ProtocolError or RefusedEnvelope, having changed nothing. */
export async function openMessage(state: AccountState, sender: Sender, message: Message): Promise<OpenedMessage> {
  const peer = await state.store.read("peers", [sender.username]);
  const initial = await readInitialHeader(suiteOfVersion(message.version), message);
  if (initial === null) {
    if (peer === null) throw new RefusedEnvelope("session-unknown");
    return await openFollowing(state, peer, message);
  }
  const { initialHeader, transcriptHash } = initial;
  const candidates = candidatesFor(peer ?? newPeer(sender.username, initialHeader.identityKey), initialHeader);
  const begun = sessionsOf(candidates).filter(({ session }) => sameBytes(session.transcriptHash, transcriptHash));
  if (begun.length > 0) return await openWithin(state, { candidates, sessions: begun, message });
  if ((await state.store.read("acceptedHandshakes", [toBase64url(transcriptHash)])) !== null) {
    throw new RefusedEnvelope("handshake-replayed");
  }
  return await acceptHandshake(state, { candidates, sender, message, initialHeader });
}

/** Which of a peer's identities an initial header belongs to: the pinned one, the one to be decided, or a new one. */
function candidatesFor(peer: PeerRecord, { identityKey }: { readonly identityKey: IdentityKey }): Candidates {
  if (sameBytes(peer.identityKey, identityKey)) return { peer, identity: "pinned" };
  if (peer.change !== null && sameBytes(peer.change.identityKey, identityKey)) {
    return { peer, identity: "waiting", change: peer.change };
  }
  if (peer.refusedIdentityKeys.some((refused) => sameBytes(refused, identityKey))) {
    throw new RefusedEnvelope("identity-mismatch");
  }
  const identity = peer.change === null ? "new" : "replacing";
  return { peer, identity, change: newIdentityChange(identityKey) };
}

function sessionsOf(candidates: Candidates): readonly SessionRecord[] {
  return candidates.identity === "pinned" ? candidates.peer.sessions : candidates.change.sessions;
}

/** The peer with this session, be it new or advanced, of the identity it is with. */
function withSessionOf(candidates: Candidates, record: SessionRecord): PeerRecord {
  const sessions = withSession(sessionsOf(candidates), record);
  const { peer } = candidates;
  if (candidates.identity === "pinned") return { ...peer, sessions };
  return { ...peer, change: { ...candidates.change, sessions } };
}

function identityKeyOf(candidates: Candidates): IdentityKey {
  return candidates.identity === "pinned" ? candidates.peer.identityKey : candidates.change.identityKey;
}

/** A message without initial header: the sessions with the pinned identity are tried first. */
async function openFollowing(state: AccountState, peer: PeerRecord, message: Message): Promise<OpenedMessage> {
  const { sessions, change } = peer;
  const pinned = { candidates: { peer, identity: "pinned" }, sessions, message } as const;
  if (change === null) return await openWithin(state, pinned);
  try {
    return await openWithin(state, pinned);
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof RefusedEnvelope)) throw error;
    const candidates = { peer, identity: "waiting", change } as const;
    return await openWithin(state, { candidates, sessions: change.sessions, message });
  }
}

/**
 * Tries these sessions, the preferred one first. Only that one may jump a long gap: a forged message is tried with all
 * of them, and each step of a gap is work.
 */
async function openWithin(
  state: AccountState,
  tried: {
    readonly candidates: Candidates;
    readonly sessions: readonly SessionRecord[];
    readonly message: Message;
  },
): Promise<OpenedMessage> {
  const { clock, randomBytes } = state.ports;
  const { candidates, sessions, message } = tried;
  const now = clock.now();
  let refusal: Error = new RefusedEnvelope("session-unknown");
  for (const [index, record] of sessions.entries()) {
    if (record.session.version !== message.version) continue;
    try {
      const { session, plaintext } = await decryptMessage({
        suite: suiteOfVersion(message.version),
        session: record.session,
        message,
        maxSkip: index === 0 ? MAX_SKIP : MAX_SKIP_OTHER_SESSION,
        randomBytes,
        now,
      });
      return openedMessage(candidates, { record: { ...record, session, lastUsedAt: now }, plaintext, changes: [] });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

function openedMessage(
  candidates: Candidates,
  opened: { readonly record: SessionRecord; readonly plaintext: Bytes; readonly changes: readonly Change[] },
): OpenedMessage {
  const { record, plaintext, changes } = opened;
  return {
    plaintext,
    peer: withSessionOf(candidates, record),
    transcriptHash: record.session.transcriptHash,
    version: record.session.version,
    identity: candidates.identity,
    identityKey: identityKeyOf(candidates),
    changes,
  };
}

/** The responder's side of a new handshake (X3DH §3.4, PQXDH §3.4), with the prekeys that its header names. */
async function acceptHandshake(
  state: AccountState,
  first: {
    readonly candidates: Candidates;
    readonly sender: Sender;
    readonly message: Message;
    readonly initialHeader: InitialHeader;
  },
): Promise<OpenedMessage> {
  const { clock, randomBytes, observeHandshake } = state.ports;
  const { candidates, sender, message, initialHeader } = first;
  const now = clock.now();
  if (message.version !== currentSuite.version) {
    throw new ProtocolError("version-unsupported", `a handshake must be of version ${currentSuite.version}`);
  }
  const prekeys = await findNamedPrekeys(state.store, initialHeader);
  if (prekeys === null) throw new RefusedEnvelope("prekey-unknown");
  const { session, handshake, plaintext } = await acceptSession({
    suite: currentSuite,
    us: ourParty(state.account),
    sender,
    message,
    ...prekeys,
    randomBytes,
    now,
  });
  observeHandshake?.("responder", handshake);
  const hash = toBase64url(session.transcriptHash);
  const accepted: Change = {
    store: "acceptedHandshakes",
    id: [hash],
    value: { transcriptHash: hash, signedPrekeyId: toBase64url(initialHeader.signedPrekeyId) },
  };
  const record = { session, createdAt: now, lastUsedAt: now };
  return openedMessage(candidates, { record, plaintext, changes: [accepted, ...prekeys.used] });
}
