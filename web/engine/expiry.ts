/**
 * Deleting what no mail can need any more: secrets of replaced and of taken prekeys (X3DH §3.2), the memory of
 * handshakes that cannot be accepted any more, of envelopes that were dealt with, and of those that were sent, and
 * sessions that neither send nor can still be sent in.
 */
import type { AccountState } from "./account-state.ts";
import { DAY_MS } from "./days.ts";
import { listLastingPrekeys, listOneTimePrekeys } from "./own-prekeys.ts";
import type { Change } from "./ports.ts";
import type { SessionRecord } from "./records.ts";

/**
 * How long the secrets of replaced and of taken prekeys live: mail waits up to 30 days on a relay, and a session that
 * was begun may be a week old before its unanswered messages begin anew.
 */
export const PREKEY_SECRET_LIFETIME_MS = 37 * DAY_MS;

/** How long it is remembered that an envelope was dealt with: mail lives no longer on a relay. */
export const HANDLED_ENVELOPE_LIFETIME_MS = 30 * DAY_MS;

/** How long it is known what was in an envelope that was sent: the other may find out a month later. */
export const SENT_ENVELOPE_LIFETIME_MS = 37 * DAY_MS;

/** How long a session that does not send any more opens late mail, counted from its last use. */
export const OLD_SESSION_LIFETIME_MS = 37 * DAY_MS;

/** Deletes all that is over by now, in one transaction. */
export async function deleteExpired(state: AccountState): Promise<void> {
  const changes = [
    ...(await expiredLastingPrekeys(state)),
    ...(await expiredOneTimePrekeys(state)),
    ...(await expiredEnvelopes(state)),
    ...(await expiredSessions(state)),
  ];
  if (changes.length > 0) await state.commit(changes);
}

async function expiredLastingPrekeys(state: AccountState): Promise<readonly Change[]> {
  const now = state.ports.clock.now();
  const isOver = (replacedAt: number | null) => replacedAt !== null && now - replacedAt > PREKEY_SECRET_LIFETIME_MS;
  const lasting = await listLastingPrekeys(state.store);
  const changes: Change[] = lasting
    .filter(({ replacedAt }) => isOver(replacedAt))
    .map(({ store, id }) => ({ store, id: [id], value: null }));
  const keptPrekeys = new Set(lasting.filter(({ replacedAt }) => !isOver(replacedAt)).map(({ id }) => id));
  for (const { value } of await state.store.list("acceptedHandshakes")) {
    if (!keptPrekeys.has(value.signedPrekeyId)) {
      changes.push({ store: "acceptedHandshakes", id: [value.transcriptHash], value: null });
    }
  }
  return changes;
}

async function expiredOneTimePrekeys(state: AccountState): Promise<readonly Change[]> {
  const now = state.ports.clock.now();
  return (await listOneTimePrekeys(state.store))
    .filter(({ takenAt }) => takenAt !== null && now - takenAt > PREKEY_SECRET_LIFETIME_MS)
    .map(({ store, id }) => ({ store, id: [id], value: null }));
}

async function expiredEnvelopes(state: AccountState): Promise<readonly Change[]> {
  const now = state.ports.clock.now();
  const changes: Change[] = [];
  for (const { value } of await state.store.list("handledEnvelopes")) {
    const expired = now - value.at > HANDLED_ENVELOPE_LIFETIME_MS;
    if (expired) changes.push({ store: "handledEnvelopes", id: [value.digest], value: null });
  }
  for (const { value } of await state.store.list("sentEnvelopes")) {
    const expired = now - value.at > SENT_ENVELOPE_LIFETIME_MS;
    if (!expired) continue;
    changes.push({ store: "sentEnvelopes", id: [value.digest], value: null });
    changes.push({ store: "sentEnvelopeIds", id: [value.envelopeId], value: null });
  }
  return changes;
}

/** Late mail in a session comes within the lifetime of mail; the preferred session stays however old it is. */
async function expiredSessions(state: AccountState): Promise<readonly Change[]> {
  const now = state.ports.clock.now();
  const isKept = ({ lastUsedAt }: SessionRecord, index: number) =>
    index === 0 || now - lastUsedAt <= OLD_SESSION_LIFETIME_MS;
  const changes: Change[] = [];
  for (const { value } of await state.store.list("peers")) {
    const sessions = value.sessions.filter(isKept);
    const change = value.change && { ...value.change, sessions: value.change.sessions.filter(isKept) };
    const isAllKept =
      sessions.length === value.sessions.length && change?.sessions.length === value.change?.sessions.length;
    if (!isAllKept) changes.push({ store: "peers", id: [value.peer], value: { ...value, sessions, change } });
  }
  return changes;
}
