/**
 * Getting messages across that could not be opened, without the person's help.
 *
 *   receiver  keeps the digest of what did not open, begins a fresh session and asks for it there
 *   sender    sends the same content again in a new envelope of the session that now sends (resend.ts), and says so
 *
 * It is asked for three times at most, and sent again three times at most; sessions for it are few a day. So nothing
 * here can loop, whatever the relay or the other does. A message is sent again only on a request inside a session with
 * the very identity it was first encrypted to, and only while it is still there.
 */
import { sameBytes } from "../protocol/bytes.ts";
import type { AccountState } from "./account-state.ts";
import { beginSessionWith, fetchKeys, isSignedByEarlier } from "./begin-session.ts";
import { conversationId, newContentId } from "./content.ts";
import { DAY_MS } from "./days.ts";
import type { FailedEnvelope, PeerRecord, RecoveryRecord } from "./records.ts";
import {
  MAX_RECOVERY_SESSIONS_PER_DAY,
  MAX_STRANGER_SESSIONS_PER_DAY,
  readRecovery,
  storedRecovery,
  strangerRecoveries,
  withLost,
} from "./recovery-records.ts";
import type { Limited } from "./relay-client.ts";
import { resend } from "./resend.ts";
import { type ContentToSeal, sealContents } from "./sealing.ts";
import { sendingSession } from "./sessions.ts";

/** How often one envelope is asked for. */
export const MAX_REQUESTS_PER_ENVELOPE = 3;

/** After so long without an answer an envelope is asked for again. */
export const REQUEST_AGAIN_MS = 60 * 60 * 1000;

/** After so long without an answer to the last request an envelope is lost. */
export const ANSWER_PATIENCE_MS = 3 * DAY_MS;

/** After so long an envelope that could never be asked for is lost: the other does not know it any more. */
const UNASKED_PATIENCE_MS = 37 * DAY_MS;

/** Whether the relay could be asked for all the keys that it took. */
type RecoveryEnd = "done" | "unreachable" | Limited;

/** Does what can be done now for everyone. */
export async function runRecovery(state: AccountState): Promise<RecoveryEnd> {
  let end: RecoveryEnd = "done";
  const note = (next: RecoveryEnd) => {
    if (next !== "done") end = next;
  };
  for (const { value } of await state.store.list("recoveries")) note(await recoverWith(state, value.peer));
  for (const [peer, { toConfirm }] of state.identities) {
    if (toConfirm) note(await confirmChange(state, peer));
  }
  return end;
}

async function recoverWith(state: AccountState, peer: string): Promise<RecoveryEnd> {
  await state.exclusive(() => giveUpOverdue(state, peer));
  const need = await state.exclusive(() => needOf(state, peer));
  if (need === "nothing") return "done";
  if (need === "fresh-session") {
    const begun = await beginSessionWith(state, peer);
    if (begun.kind === "limited") return begun;
    if (begun.kind === "unreachable") return "unreachable";
    // The relay lost our keys; once it has them again this is tried again.
    if (begun.kind === "refused" && begun.code === "unknown-device") return "unreachable";
    await state.exclusive(() => countSession(state, peer));
    if (begun.kind !== "begun") return "done";
  }
  await state.exclusive(() => exchange(state, peer, { asks: need !== "answer" }));
  return "done";
}

/** Shows as lost what nobody answered for. */
async function giveUpOverdue(state: AccountState, peer: string): Promise<void> {
  const now = state.ports.clock.now();
  const recovery = await readRecovery(state, peer);
  const isOverdue = ({ at, requests, requestedAt }: FailedEnvelope) => {
    // However often it was asked for: no fresh session may have been had since.
    if (elapsed(at, now) >= UNASKED_PATIENCE_MS) return true;
    return requests === MAX_REQUESTS_PER_ENVELOPE && elapsed(requestedAt ?? at, now) >= ANSWER_PATIENCE_MS;
  };
  const overdue = recovery.failures.filter(isOverdue);
  const stored = storedRecovery(recovery, now);
  if (overdue.length > 0) await state.commit(await withLost(state, recovery, overdue));
  else if (stored.value === null) await state.commit([stored]);
}

/** The time since then; long when a clock that was far ahead has been set right. */
function elapsed(since: number, now: number): number {
  return since - now > DAY_MS ? Number.POSITIVE_INFINITY : Math.max(0, now - since);
}

type Need =
  | "nothing"
  | "fresh-session"
  | "exchange"
  /** No more sessions today, but what they asked for in the session that sends can be answered. */
  | "answer";

async function needOf(state: AccountState, peer: string): Promise<Need> {
  const now = state.ports.clock.now();
  const recovery = await readRecovery(state, peer);
  const known = await state.store.read("peers", [peer]);
  const due = dueFailures(recovery, now);
  // While the person has not decided about another identity, nothing is sent.
  if ((due.length === 0 && recovery.asked.length === 0) || known?.change != null) return "nothing";
  if (!needsFreshSession(recovery, known, due)) return "exchange";
  if (await mayBeginSession(state, recovery)) return "fresh-session";
  return recovery.asked.length > 0 && !needsFreshSession(recovery, known, []) ? "answer" : "nothing";
}

/** Those that are to be asked for now. */
function dueFailures({ failures }: RecoveryRecord, now: number): readonly FailedEnvelope[] {
  return failures.filter(
    ({ requests, requestedAt }) =>
      requests < MAX_REQUESTS_PER_ENVELOPE && (requestedAt === null || elapsed(requestedAt, now) >= REQUEST_AGAIN_MS),
  );
}

/**
 * A request goes out in a session begun after what it is about, since the one before may be what is broken. An answer
 * goes out in the session that sends if the request came in it; else that one may be what the other has lost.
 */
function needsFreshSession(
  { askedIn, asked }: RecoveryRecord,
  known: PeerRecord | null,
  due: readonly FailedEnvelope[],
): boolean {
  const sending = sendingSession(known);
  if (sending === null) return true;
  if (due.some(({ at, requestedAt }) => sending.createdAt <= (requestedAt ?? at))) return true;
  return asked.length > 0 && (askedIn === null || !sameBytes(sending.session.transcriptHash, askedIn));
}

async function mayBeginSession(state: AccountState, { peer, sessionsBegunAt }: RecoveryRecord): Promise<boolean> {
  const now = state.ports.clock.now();
  const recent = (times: readonly number[]) => times.filter((at) => elapsed(at, now) < DAY_MS).length;
  if (recent(sessionsBegunAt) >= MAX_RECOVERY_SESSIONS_PER_DAY) return false;
  if (state.conversations.has(peer)) return true;
  const begun = (await strangerRecoveries(state)).reduce((sum, recovery) => sum + recent(recovery.sessionsBegunAt), 0);
  return begun < MAX_STRANGER_SESSIONS_PER_DAY;
}

/** A try counts whether or not it succeeded: each uses up a one-time prekey of theirs. */
async function countSession(state: AccountState, peer: string): Promise<void> {
  const now = state.ports.clock.now();
  const recovery = await readRecovery(state, peer);
  const sessionsBegunAt = [...recovery.sessionsBegunAt, now];
  await state.commit([storedRecovery({ ...recovery, sessionsBegunAt }, now)]);
}

/** Sends again what they asked for, says so, and `asks` for what we could not open: one transaction. */
async function exchange(state: AccountState, peer: string, { asks }: { readonly asks: boolean }): Promise<void> {
  const now = state.ports.clock.now();
  const recovery = await readRecovery(state, peer);
  const known = await state.store.read("peers", [peer]);
  if (known === null) return;
  const answer = await resend(state, known, recovery.asked);
  const due = asks ? dueFailures(recovery, now) : [];
  const contents: ContentToSeal[] = [...answer.contents];
  const say = async (content: RecoveryContent) => {
    const conversation = await conversationId(state.account.username, peer);
    const id = newContentId(state.ports.randomBytes);
    contents.push({ content: { ...content, conversation, id }, sequence: null, outboxNumber: null });
  };
  if (recovery.asked.length > 0) {
    await say({ kind: "resend-answer", resent: answer.resent, refused: answer.refused });
  }
  if (due.length > 0) {
    const ids = due.map(({ envelopeId }) => envelopeId);
    await say({ kind: "resend-request", envelopes: due.map(({ digest }) => digest), ids });
  }
  const sealed = await sealContents(state, peer, contents);
  if (sealed === null) return;
  const failures = recovery.failures.map((failure) =>
    due.includes(failure) ? { ...failure, requests: failure.requests + 1, requestedAt: now } : failure,
  );
  const after = storedRecovery({ ...recovery, failures, asked: [], askedIn: null }, now);
  await state.commit([...sealed, ...answer.changes, after]);
}

type RecoveryContent =
  | { readonly kind: "resend-request"; readonly envelopes: readonly string[]; readonly ids: readonly string[] }
  | { readonly kind: "resend-answer"; readonly resent: readonly string[]; readonly refused: readonly string[] };

/** Finds out whether the pinned key has signed an identity that appeared in a message. */
async function confirmChange(state: AccountState, peer: string): Promise<RecoveryEnd> {
  const fetched = await fetchKeys(state, peer);
  if (fetched.kind === "limited") return fetched;
  if (fetched.kind === "unreachable") return "unreachable";
  if (fetched.kind === "refused" && fetched.code === "unknown-device") return "unreachable";
  await state.exclusive(async () => {
    const known = await state.store.read("peers", [peer]);
    if (known === null || known.change === null) return;
    const { change } = known;
    const keys = fetched.kind === "fetched" ? fetched.keys : null;
    const isSame = keys !== null && sameBytes(keys.bundle.identityKey, change.identityKey);
    const signedByEarlier = isSame && isSignedByEarlier(known, change.identityKey, keys.identityChange);
    await state.commit([{ store: "peers", id: [peer], value: { ...known, change: { ...change, signedByEarlier } } }]);
  });
  return "done";
}
