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
import { acceptSession, decryptMessage, MAX_SKIP_FIRST_MESSAGE, readInitialHeader } from "../protocol/session.ts";
import { currentSuite, suiteOfVersion } from "../protocol/suite.ts";
import { ourParty } from "./account.ts";
import type { AccountState } from "./account-state.ts";
import { findNamedPrekeys } from "./own-prekeys.ts";
import { newIdentityChange, newPeer, withSessions } from "./peers.ts";
import type { Change } from "./ports.ts";
import type { PeerRecord, SessionRecord } from "./records.ts";
import { RefusedEnvelope } from "./refused-envelope.ts";
import { withSession } from "./sessions.ts";

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
  /** The transcript hash of that session. */
  readonly transcriptHash: Bytes;
  readonly identity: SenderIdentity;
  readonly changes: readonly Change[];
}

/** Sessions with one identity of a peer. */
interface Candidates {
  readonly peer: PeerRecord;
  readonly identity: SenderIdentity;
}

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
  if (begun.length > 0) return await openWithin(state, { ...candidates, sessions: begun, message });
  if ((await state.store.read("acceptedHandshakes", [toBase64url(transcriptHash)])) !== null) {
    throw new RefusedEnvelope("handshake-replayed");
  }
  return await acceptHandshake(state, { ...candidates, sender, message, initialHeader });
}

/** Which of a peer's identities an initial header belongs to: the pinned one, the one to be decided, or a new one. */
function candidatesFor(peer: PeerRecord, { identityKey }: { readonly identityKey: IdentityKey }): Candidates {
  if (sameBytes(peer.identityKey, identityKey)) return { peer, identity: "pinned" };
  if (peer.change !== null && sameBytes(peer.change.identityKey, identityKey)) {
    return { peer, identity: "waiting" };
  }
  if (peer.refusedIdentityKeys.some((refused) => sameBytes(refused, identityKey))) {
    throw new RefusedEnvelope("identity-mismatch");
  }
  const identity = peer.change === null ? "new" : "replacing";
  return { peer: { ...peer, change: newIdentityChange(identityKey) }, identity };
}

function sessionsOf({ peer, identity }: Candidates): readonly SessionRecord[] {
  return identity === "pinned" ? peer.sessions : (peer.change?.sessions ?? []);
}

/** A message without initial header: the sessions with the pinned identity are tried first. */
async function openFollowing(state: AccountState, peer: PeerRecord, message: Message): Promise<OpenedMessage> {
  const pinned = { peer, identity: "pinned", sessions: peer.sessions, message } as const;
  if (peer.change === null) return await openWithin(state, pinned);
  try {
    return await openWithin(state, pinned);
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof RefusedEnvelope)) throw error;
    return await openWithin(state, { ...pinned, identity: "waiting", sessions: peer.change.sessions });
  }
}

/**
 * Tries these sessions, the preferred one first. Only that one may jump a long gap: a forged message is tried with all
 * of them, and each step of a gap is work.
 */
async function openWithin(
  state: AccountState,
  tried: Candidates & { readonly sessions: readonly SessionRecord[]; readonly message: Message },
): Promise<OpenedMessage> {
  const { clock, randomBytes } = state.ports;
  const { peer, identity, sessions, message } = tried;
  const now = clock.now();
  let refusal: Error = new RefusedEnvelope("session-unknown");
  for (const [index, record] of sessions.entries()) {
    if (record.session.version !== message.version) continue;
    try {
      const { session, plaintext } = await decryptMessage({
        suite: suiteOfVersion(message.version),
        session: record.session,
        message,
        maxSkip: index === 0 ? MAX_SKIP : MAX_SKIP_FIRST_MESSAGE,
        randomBytes,
        now,
      });
      const advanced = withSession(sessionsOf(tried), { ...record, session, lastUsedAt: now });
      const { transcriptHash } = session;
      const after = withSessions(peer, { isPinned: identity === "pinned", sessions: advanced });
      return { plaintext, peer: after, transcriptHash, identity, changes: [] };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** The responder's side of a new handshake (X3DH §3.4, PQXDH §3.4), with the prekeys that its header names. */
async function acceptHandshake(
  state: AccountState,
  first: Candidates & {
    readonly sender: Sender;
    readonly message: Message;
    readonly initialHeader: InitialHeader;
  },
): Promise<OpenedMessage> {
  const { clock, randomBytes, observeHandshake } = state.ports;
  const { peer, identity, sender, message, initialHeader } = first;
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
  const { transcriptHash } = session;
  const sessions = withSession(sessionsOf(first), { session, createdAt: now, lastUsedAt: now });
  const hash = toBase64url(transcriptHash);
  const accepted: Change = {
    store: "acceptedHandshakes",
    id: [hash],
    value: { transcriptHash: hash, signedPrekeyId: toBase64url(initialHeader.signedPrekeyId) },
  };
  return {
    plaintext,
    peer: withSessions(peer, { isPinned: identity === "pinned", sessions }),
    transcriptHash,
    identity,
    changes: [accepted, ...prekeys.used],
  };
}
