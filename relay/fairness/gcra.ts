/**
 * The generic cell rate algorithm, a bucket of tokens in one number: the time until which the bucket is not full again.
 *
 *   cost     = tokens * refillMilliseconds
 *   room     = capacity * refillMilliseconds
 *   next     = max(emptyUntil, now) + cost
 *   granted  when next - now <= room; then emptyUntil = next
 *
 * Nothing granted lies further ahead than the room. What does, by more than clocks differ, is from before the clock was
 * set back: it counts as a full bucket, or people would be locked out for as long as that.
 */

/** By how much the clocks of relays that share their buckets may differ. */
export const CLOCKS_DIFFER_MILLISECONDS = 60_000;

/** How many tokens a bucket holds, and how long it takes until one more is in it, in milliseconds. */
export interface BucketLimit {
  readonly capacity: number;
  readonly refillMilliseconds: number;
}

export interface BucketRequest extends BucketLimit {
  /** What is counted and whose it is, e.g. `["account-requests", "alice"]`. */
  readonly name: readonly string[];
  /** 1 unless said otherwise; more than the bucket holds are taken as all that it holds. */
  readonly tokens?: number;
}

/** A request in the terms of the algorithm, in whole milliseconds. */
export interface Price {
  readonly cost: number;
  /** How far ahead of now the bucket may be emptied. */
  readonly room: number;
}

/** Throws RangeError where the bucket could never hold a token, or would be full at once. */
export function priceOf({ capacity, refillMilliseconds, tokens = 1 }: BucketRequest): Price {
  if (!(capacity >= 1) || !(refillMilliseconds > 0)) {
    throw new RangeError(`bucket must hold a token and take time, got ${capacity} and ${refillMilliseconds} ms`);
  }
  const room = Math.ceil(capacity * refillMilliseconds);
  return { cost: Math.min(Math.ceil(tokens * refillMilliseconds), room), room };
}

/** Until when the bucket is not full once this was taken, granted or not; `emptyUntil` is null for an unused one. */
export function nextEmptyUntil(emptyUntil: number | null, { cost, room }: Price, now: number): number {
  const isFull = emptyUntil === null || emptyUntil < now || emptyUntil > now + room + CLOCKS_DIFFER_MILLISECONDS;
  return (isFull ? now : emptyUntil) + cost;
}

/** How long it takes until this can be taken, in milliseconds; 0 when it can be now. */
export function waitFor(emptyUntil: number | null, price: Price, now: number): number {
  return Math.max(0, nextEmptyUntil(emptyUntil, price, now) - now - price.room);
}
