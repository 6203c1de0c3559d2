/** MKSKIPPED of the Double Ratchet (§3.2): keys of messages that were jumped over, until they arrive or are too old. */
import { sameBytes } from "./bytes.ts";
import type { MessageKey, X25519PublicKey } from "./keys.ts";
import type { Header } from "./suite.ts";

/** Keys of skipped messages that are kept, the newest ones: more would let a peer fill the storage. */
export const MAX_SKIPPED_MESSAGE_KEYS = 2_000;

/** How long a skipped message's key is kept: mail lives no longer on a relay. */
export const SKIPPED_MESSAGE_KEY_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

export interface SkippedMessageKey {
  readonly ratchetKey: X25519PublicKey;
  readonly messageNumber: number;
  readonly messageKey: MessageKey;
  /** Unix milliseconds. */
  readonly skippedAt: number;
}

/**
 * TrySkippedMessageKeys (§3.5): the key of a message that was jumped over, and all the others; null when there is none.
 */
export function takeSkippedMessageKey(
  skipped: readonly SkippedMessageKey[],
  { ratchetKey, messageNumber }: Header,
): { readonly messageKey: MessageKey; readonly others: readonly SkippedMessageKey[] } | null {
  const found = skipped.find((key) => key.messageNumber === messageNumber && sameBytes(key.ratchetKey, ratchetKey));
  if (found === undefined) return null;
  return { messageKey: found.messageKey, others: skipped.filter((key) => key !== found) };
}

/** Keeps the newest ones that are not too old by `now` (Unix milliseconds). */
export function boundSkippedMessageKeys(
  skipped: readonly SkippedMessageKey[],
  now: number,
): readonly SkippedMessageKey[] {
  const oldest = now - SKIPPED_MESSAGE_KEY_LIFETIME_MS;
  return skipped.filter(({ skippedAt }) => skippedAt >= oldest).slice(-MAX_SKIPPED_MESSAGE_KEYS);
}
