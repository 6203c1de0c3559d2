/**
 * What is remembered of messages that did not get across: envelopes of theirs that we could not open, and those of ours
 * that they ask for. recovery.ts acts on it. Everything here is bounded, so that nobody can make it grow or loop.
 */
import type { Bytes } from "../protocol/bytes.ts";
import type { AccountState } from "./account-state.ts";
import type { MissingCause } from "./api.ts";
import { MAX_RESENDS_PER_REQUEST } from "./content.ts";
import { DAY_MS } from "./days.ts";
import { type AskedCard, askedCard, lostChanges } from "./missing-messages.ts";
import type { Change } from "./ports.ts";
import type { FailedEnvelope, RecoveryRecord } from "./records.ts";

/** Sessions begun for recovery with one peer within a day. */
export const MAX_RECOVERY_SESSIONS_PER_DAY = 5;

/** The same over all people with whom there is no conversation: the relay can make up any number of senders. */
export const MAX_STRANGER_SESSIONS_PER_DAY = 20;

/** Strangers whose unopened mail is remembered at a time. */
const MAX_STRANGERS = 20;

/** What is remembered of the recovery with a peer; an empty record when nothing is. */
export async function readRecovery(state: AccountState, peer: string): Promise<RecoveryRecord> {
  const nothing = { peer, failures: [], asked: [], askedIn: null, sessionsBegunAt: [], card: null };
  return (await state.store.read("recoveries", [peer])) ?? nothing;
}

/** The change that stores a recovery, or ends it when nothing of it is left to remember. */
export function storedRecovery(recovery: RecoveryRecord, now: number): Change {
  const sessionsBegunAt = recovery.sessionsBegunAt.filter((at) => at <= now && now - at < DAY_MS);
  const isOver = recovery.failures.length + recovery.asked.length + sessionsBegunAt.length === 0;
  return { store: "recoveries", id: [recovery.peer], value: isOver ? null : { ...recovery, sessionsBegunAt } };
}

/** An envelope under this name could not be opened. */
export async function failureChanges(
  state: AccountState,
  peer: string,
  failed: Pick<FailedEnvelope, "digest" | "envelopeId" | "cause">,
): Promise<readonly Change[]> {
  if (!(await isWorthKeeping(state, peer))) return [];
  const at = state.ports.clock.now();
  const recovery = await readRecovery(state, peer);
  const failure: FailedEnvelope = { ...failed, at, requests: 0, requestedAt: null };
  const failures = [...recovery.failures, failure];
  if (failures.length > MAX_RESENDS_PER_REQUEST) return await tooManyChanges(state, peer, failed.cause);
  return withFailures(state, { ...recovery, failures }).changes;
}

/** One more than can be asked for is lost at once. */
async function tooManyChanges(state: AccountState, peer: string, cause: MissingCause): Promise<readonly Change[]> {
  const conversation = state.conversations.get(peer);
  return conversation === undefined ? [] : await lostChanges(state, conversation, { count: 1, cause });
}

async function isWorthKeeping(state: AccountState, peer: string): Promise<boolean> {
  if (state.conversations.has(peer)) return true;
  const strangers = await strangerRecoveries(state);
  return strangers.some((recovery) => recovery.peer === peer) || strangers.length < MAX_STRANGERS;
}

/** What is remembered of people with whom there is no conversation. */
export async function strangerRecoveries(state: AccountState): Promise<readonly RecoveryRecord[]> {
  const recoveries = (await state.store.list("recoveries")).map(({ value }) => value);
  return recoveries.filter(({ peer }) => !state.conversations.has(peer));
}

/** They could not open these envelopes of ours; `transcriptHash` names the session in which they say so. */
export async function requestChanges(
  state: AccountState,
  peer: string,
  request: {
    readonly envelopes: readonly string[];
    readonly ids?: readonly string[] | undefined;
    readonly transcriptHash: Bytes;
  },
): Promise<readonly Change[]> {
  const recovery = await readRecovery(state, peer);
  const added = request.envelopes
    .map((digest, index) => ({ digest, envelopeId: request.ids?.[index] ?? null }))
    .filter(({ digest }, index) => request.envelopes.indexOf(digest) === index)
    .filter(({ digest }) => !recovery.asked.some((asked) => asked.digest === digest));
  const asked = [...recovery.asked, ...added].slice(-MAX_RESENDS_PER_REQUEST);
  return [storedRecovery({ ...recovery, asked, askedIn: request.transcriptHash }, state.ports.clock.now())];
}

/** What became of the envelopes that we asked for. */
export async function answerChanges(
  state: AccountState,
  peer: string,
  answer: { readonly resent: readonly string[]; readonly refused: readonly string[] },
): Promise<readonly Change[]> {
  const recovery = await readRecovery(state, peer);
  const failures = recovery.failures.filter(({ digest }) => !answer.resent.includes(digest));
  const lost = failures.filter(({ digest }) => answer.refused.includes(digest));
  return await withLost(state, { ...recovery, failures }, lost);
}

/** The recovery without these failures, which are lost for good and shown so. */
export async function withLost(
  state: AccountState,
  recovery: RecoveryRecord,
  lost: readonly FailedEnvelope[],
): Promise<readonly Change[]> {
  const failures = recovery.failures.filter((failure) => !lost.includes(failure));
  const { conversation, changes } = withFailures(state, { ...recovery, failures });
  const cause = lost.at(-1)?.cause;
  if (cause === undefined || conversation === null) return changes;
  return [...changes, ...(await lostChanges(state, conversation, { count: lost.length, cause }))];
}

function withFailures(state: AccountState, recovery: RecoveryRecord): AskedCard {
  const { peer, card, failures } = recovery;
  const asked = askedCard({ conversation: state.conversations.get(peer) ?? null, card, failures });
  const stored = storedRecovery({ ...recovery, card: asked.card }, state.ports.clock.now());
  return { ...asked, changes: [stored, ...asked.changes] };
}
