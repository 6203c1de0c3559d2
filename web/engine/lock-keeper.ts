/**
 * The lock of an account in use: what the page sees of it and changes, when the account locks itself, and the renewal
 * of records under the data key that came with it. Loaded apart from the rest, where a lock is set or is to be.
 */
import type { LockChange, LockOutcome, LockView, Unwatch } from "./api.ts";
import { type Clock, LockedError, type StoreLock } from "./ports.ts";

/** The shortest passphrase, in characters: anything less is guessed from a copy of the storage within hours. */
export const MIN_PASSPHRASE_CHARACTERS = 8;

/** How long no tab may be on the screen before the account locks itself, in milliseconds: one tab gives way to another. */
const HIDDEN_FOR_MS = 3_000;
const MINUTE_MS = 60_000;
/** How often it is looked whether the time without use is over. */
const LOOK_AGAIN_MS = 30_000;

/** What ends with a keeper: what was begun with it. */
interface KeeperOptions {
  readonly lock: StoreLock;
  readonly clock: Clock;
  /** It is time to lock. */
  readonly onDue: () => void;
  /** What the page sees has changed. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

export class LockKeeper {
  readonly #options: KeeperOptions;
  /** How many tabs are on the screen. */
  #attending = 0;
  #isStopped = false;
  #isRenewing = false;
  /** When somebody used the account last, in Unix milliseconds. */
  #usedAt = 0;
  #cancelIdle: () => void = () => undefined;
  #cancelHidden: () => void = () => undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#renew();
    this.#beginIdle();
  }

  /** null when no lock is set. */
  get view(): LockView | null {
    const { times, passkey } = this.#options.lock;
    return times === null ? null : { ...times, passkey, retryAt: 0 };
  }

  async change(change: LockChange): Promise<LockOutcome> {
    const { lock, onChange } = this.#options;
    if (change.kind === "set" && [...change.passphrase].length < MIN_PASSPHRASE_CHARACTERS)
      return { kind: "too-short" };
    try {
      await apply(lock, change);
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      return { kind: error.refusal ?? "wrong-secret", retryAt: error.retryAt };
    }
    this.#renew();
    this.#beginIdle();
    onChange();
    return { kind: "done" };
  }

  /** Somebody uses the account: the time without use begins anew. */
  noteUse(): void {
    if (!this.#isOverdue()) this.#beginIdle();
  }

  /** A tab is on the screen until that ends. */
  attend(): Unwatch {
    let attends = true;
    this.#attending += 1;
    this.#cancelHidden();
    this.#isOverdue();
    return () => {
      if (!attends) return;
      attends = false;
      this.#attending -= 1;
      this.#cancelHidden();
      if (this.#attending > 0 || this.#isStopped) return;
      this.#cancelHidden = this.#options.clock.after(HIDDEN_FOR_MS, () => {
        if (this.#options.lock.times?.onHiding === true) this.#options.onDue();
      });
    };
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelIdle();
    this.#cancelHidden();
  }

  #beginIdle(): void {
    this.#usedAt = this.#options.clock.now();
    this.#watchIdle();
  }

  /** In short steps: a timer stands still while the device sleeps. */
  #watchIdle(): void {
    this.#cancelIdle();
    if (this.#isStopped || this.#isOverdue()) return;
    const left = this.#idleMs - (this.#options.clock.now() - this.#usedAt);
    if (left === Number.POSITIVE_INFINITY) return;
    this.#cancelIdle = this.#options.clock.after(Math.min(left, LOOK_AGAIN_MS), () => this.#watchIdle());
  }

  /** Whether it is past the time without use; then it locks. */
  #isOverdue(): boolean {
    const now = this.#options.clock.now();
    // The clock was set back: the time begins anew, or it might not end for years.
    this.#usedAt = Math.min(this.#usedAt, now);
    const isOverdue = !this.#isStopped && now - this.#usedAt >= this.#idleMs;
    if (isOverdue) this.#options.onDue();
    return isOverdue;
  }

  get #idleMs(): number {
    return (this.#options.lock.times?.idleMinutes ?? Number.POSITIVE_INFINITY) * MINUTE_MS;
  }

  #renew(): void {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    const { lock, onError } = this.#options;
    renewUntil(lock, () => this.#isStopped)
      .catch(onError)
      .finally(() => {
        this.#isRenewing = false;
      });
  }
}

/** One batch after the other, so that what a person does comes between. */
async function renewUntil(lock: StoreLock, isStopped: () => boolean): Promise<void> {
  while (!isStopped() && (await lock.renewSome()));
}

async function apply(lock: StoreLock, change: LockChange): Promise<void> {
  switch (change.kind) {
    case "set":
      return await lock.set(change.passphrase, change.earlier);
    case "remove":
      return await lock.remove(change.passphrase);
    case "set-times":
      return await lock.setTimes(change.times);
    case "add-passkey":
      return await lock.addPasskey(change.passphrase, change.passkey);
    case "remove-passkey":
      return await lock.set(change.passphrase, change.passphrase);
  }
}
