/** The lock before an account's records: opening them, one attempt after the other, and who keeps it while they are open. */
import type { LockSecret, LockView, UnlockOutcome } from "./api.ts";
import { loadLate } from "./left-out.ts";
import type { LockKeeper } from "./lock-keeper.ts";
import { type EnginePorts, type LockableStore, LockedError } from "./ports.ts";

interface AccountLockOptions {
  readonly ports: EnginePorts;
  readonly isLocked: () => boolean;
  /** Called when the records turn out to lie behind a lock, with what is to be known of it. */
  readonly onLocked: (lock: LockView) => void;
  /** Called when it is time to lock. */
  readonly onDue: () => Promise<void>;
  /** Called when what `view` says may have changed. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

export class AccountLock {
  readonly #options: AccountLockOptions;
  /** null until a lock is set, or is to be. */
  #keeper: LockKeeper | null = null;
  #unlocking: Promise<unknown> = Promise.resolve();

  constructor(options: AccountLockOptions) {
    this.#options = options;
  }

  /** The keeper, where there is one already. */
  get keeper(): LockKeeper | null {
    return this.#keeper;
  }

  /** null when no lock is set. */
  get view(): LockView | null {
    return this.#keeper?.view ?? null;
  }

  /** Opens the records; the lock's refusal is told to `onLocked`, too. */
  async openStore(secret: LockSecret | null): Promise<LockableStore | LockedError> {
    try {
      return await this.#options.ports.openStore(secret);
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      const { passkey, retryAt } = error;
      this.#options.onLocked({ passkey, retryAt, idleMinutes: null, onHiding: false });
      return error;
    }
  }

  /** Opens the records once earlier attempts have ended; `begin` gets them when the secret was right. */
  async unlock(secret: LockSecret, begin: (store: LockableStore) => Promise<void>): Promise<UnlockOutcome> {
    const attempt = this.#unlocking.then(async (): Promise<UnlockOutcome> => {
      // An attempt before this one was right.
      if (!this.#options.isLocked()) return { kind: "unlocked" };
      const opened = await this.openStore(secret);
      if (opened instanceof LockedError) return { kind: opened.refusal ?? "wrong-secret", retryAt: opened.retryAt };
      await begin(opened);
      return { kind: "unlocked" };
    });
    this.#unlocking = attempt.catch(() => undefined);
    return await attempt;
  }

  /** The keeper of these records' lock, set or not. */
  async keep(store: LockableStore): Promise<LockKeeper> {
    this.#keeper ??= await this.#makeKeeper(store);
    return this.#keeper;
  }

  /** The records are closed: nobody keeps their lock. */
  end(): void {
    this.#keeper?.stop();
    this.#keeper = null;
  }

  async #makeKeeper(store: LockableStore): Promise<LockKeeper> {
    const { ports, onDue, onChange, onError } = this.#options;
    const { LockKeeper } = await loadLate();
    return new LockKeeper({
      lock: await store.lock(),
      clock: ports.clock,
      onDue: () => void onDue().catch(onError),
      onChange,
      onError,
    });
  }
}
