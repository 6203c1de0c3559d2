/** Opening the lock before an account's keys. */
import { LockedError, type LockSecret } from "../engine/ports.ts";
import type { Bytes, RandomBytes } from "./bytes.ts";
import type { KeyValueStore } from "./key-value-store.ts";
import { forgetAttempts, noteAttempt, readRetryAt } from "./lock-attempts.ts";
import {
  importWrappingKey,
  type LockedKeys,
  openWithPasskey,
  openWithPassphrase,
  readLockedKeys,
} from "./lock-entry.ts";

export interface LockedStoreOptions {
  readonly account: string;
  readonly records: KeyValueStore;
  readonly randomBytes: RandomBytes;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** The wrapping key behind the lock; throws LockedError when the secret is none, or wrong, or it is too soon for it. */
export async function unlock(
  options: LockedStoreOptions,
  stored: unknown,
  secret: LockSecret | null,
): Promise<CryptoKey> {
  const locked = readLockedKeys(stored);
  if (secret === null) {
    throw lockedError(locked, { refusal: null, retryAt: await readRetryAt(options.records, options.now()) });
  }
  return await importWrappingKey(await openLock(options, locked, secret));
}

/** The raw wrapping key, 32 bytes, which the caller overwrites; throws as `unlock` does. */
export async function openLock(
  { account, records, now }: LockedStoreOptions,
  locked: LockedKeys,
  secret: LockSecret,
): Promise<Bytes> {
  const { mayTry, retryAt } = await noteAttempt(records, now());
  if (!mayTry) throw lockedError(locked, { refusal: "too-soon", retryAt });
  const raw = await openWith(account, locked, secret);
  if (raw === null) throw lockedError(locked, { refusal: "wrong-secret", retryAt });
  await forgetAttempts(records);
  return raw;
}

async function openWith(account: string, { lock }: LockedKeys, secret: LockSecret): Promise<Bytes | null> {
  if (secret.kind === "passphrase") return await openWithPassphrase(account, lock.passphrase, secret.passphrase);
  return lock.passkey === null ? null : await openWithPasskey(account, lock.passkey, secret.output);
}

function lockedError(
  { lock }: LockedKeys,
  { refusal, retryAt }: { readonly refusal: LockedError["refusal"]; readonly retryAt: number },
): LockedError {
  const passkey = lock.passkey === null ? null : { credentialId: lock.passkey.credentialId, salt: lock.passkey.salt };
  return new LockedError({ refusal, retryAt, passkey });
}
