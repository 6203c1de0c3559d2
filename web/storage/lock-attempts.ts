/**
 * Attempts at a lock, counted in the store beside it: one is noted before it is made, so that ending the page does not
 * take it back, and each beyond the third makes the next wait twice as long. Whoever can write to the storage can
 * delete the count; against a copy of the storage only the passphrase's cost helps.
 */
import type { KeyValueStore } from "./key-value-store.ts";

const ATTEMPTS = "!lock-attempts";
const FREE_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 10 * 60 * 1000;

interface Attempts {
  readonly count: number;
  /** Unix milliseconds. */
  readonly lastAt: number;
}

/** Notes one more attempt, unless it is too soon: `retryAt` says, in Unix milliseconds, when the next one may be made. */
export async function noteAttempt(
  records: KeyValueStore,
  now: number,
): Promise<{ readonly mayTry: boolean; readonly retryAt: number }> {
  let outcome = { mayTry: false, retryAt: now };
  await records.transact([ATTEMPTS], ([stored]) => {
    const before = readAttempts(stored);
    const retryAt = nextAttemptAt(before, now);
    outcome = { mayTry: retryAt <= now, retryAt };
    // The clock was set back since: the pause begins anew, or it might not end for years.
    if (before.lastAt > now) return [{ kind: "put", key: ATTEMPTS, value: { ...before, lastAt: now } }];
    if (retryAt > now) return null;
    const attempts: Attempts = { count: before.count + 1, lastAt: now };
    outcome = { mayTry: true, retryAt: nextAttemptAt(attempts, now) };
    return [{ kind: "put", key: ATTEMPTS, value: attempts }];
  });
  return outcome;
}

/** When the next attempt may be made, in Unix milliseconds; not after `now` when at once. */
export async function readRetryAt(records: KeyValueStore, now: number): Promise<number> {
  return nextAttemptAt(readAttempts(await records.get(ATTEMPTS)), now);
}

/** The lock was opened: the next attempt is the first again. */
export async function forgetAttempts(records: KeyValueStore): Promise<void> {
  await records.transact([], () => [{ kind: "delete", key: ATTEMPTS }]);
}

function nextAttemptAt({ count, lastAt }: Attempts, now: number): number {
  if (count < FREE_ATTEMPTS) return now;
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (count - FREE_ATTEMPTS), LONGEST_PAUSE_MS);
  return Math.min(lastAt, now) + pause;
}

function readAttempts(stored: unknown): Attempts {
  const { count, lastAt } = Object(stored);
  return Number.isSafeInteger(count) && Number.isFinite(lastAt) ? { count, lastAt } : { count: 0, lastAt: 0 };
}
