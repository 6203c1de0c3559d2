/**
 * Several sessions with one peer. Two people may start at the same moment, and one may start again; each handshake
 * carries a generation, and both sides choose the same session to send with: the highest generation, and among equals
 * the lower transcript hash. The others still open mail and are never promoted, since late mail must not undo healing.
 */
import { currentSuite } from "../protocol/suite.ts";
import { DAY_MS } from "./days.ts";
import type { PeerRecord, SessionRecord } from "./records.ts";

/** Sessions kept per peer: one that sends, and room for crossed starts and late mail. */
export const MAX_SESSIONS_PER_PEER = 5;

/** After so long without a reply the next message begins with a fresh handshake, while the old prekeys still exist. */
export const UNANSWERED_SESSION_LIFETIME_MS = 7 * DAY_MS;

/** The session that sends; null when there is none, when all are retired, or when the person has to decide about another identity first. */
export function sendingSession(peer: PeerRecord | null): SessionRecord | null {
  if (peer === null || peer.change !== null) return null;
  const [preferred] = peer.sessions;
  return preferred === undefined || preferred.session.generation <= peer.retiredGeneration ? null : preferred;
}

/** Whether a session should give way to a fresh one: unanswered for a week, or of an older version of the protocol. */
export function isDueForRenewal({ session, createdAt }: SessionRecord, now: number): boolean {
  if (session.version !== currentSuite.version) return true;
  return session.phase === "awaiting-first-reply" && now - createdAt > UNANSWERED_SESSION_LIFETIME_MS;
}

/** The generation of a session begun now: above all known ones, and not below Unix seconds. */
export function nextGeneration(sessions: readonly SessionRecord[], now: number): number {
  const highest = Math.max(0, ...sessions.map(({ session }) => session.generation));
  return Math.min(Math.max(highest + 1, Math.floor(now / 1000)), Number.MAX_SAFE_INTEGER);
}

/** The sessions with one more, or with one replaced that has the same transcript hash; preferred first. */
export function withSession(sessions: readonly SessionRecord[], added: SessionRecord): readonly SessionRecord[] {
  const others = sessions.filter((record) => compareHashes(record, added) !== 0);
  return [...others, added].sort(comparePreference).slice(0, MAX_SESSIONS_PER_PEER);
}

function comparePreference(left: SessionRecord, right: SessionRecord): number {
  return right.session.generation - left.session.generation || compareHashes(left, right);
}

function compareHashes(left: SessionRecord, right: SessionRecord): number {
  const ours = left.session.transcriptHash;
  const theirs = right.session.transcriptHash;
  const index = ours.findIndex((byte, at) => byte !== theirs[at]);
  return index < 0 ? 0 : (ours[index] ?? 0) - (theirs[index] ?? 0);
}
