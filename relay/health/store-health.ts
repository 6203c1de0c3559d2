/**
 * Whether the store does its work. When it fails, mail and keys are refused at once instead of failing one by one, and a
 * probe finds out when the store works again:
 *
 *   works ── a StoreFailure, or a check that fails ──> fails ── a probe that succeeds ──> works
 *
 * A corrupt database is not probed: what is damaged stays damaged, and only a person can mend it.
 */
import type { Logger } from "pino";
import { describeError } from "../middleware/errors.ts";
import { Refusal } from "../refusal.ts";
import { type Store, StoreFailure, type StoreFailureReason } from "../store/store.ts";
import { MAX_ENVELOPE_BYTES } from "../wire/limits.ts";

const PROBE_MILLISECONDS = 1000;
/** One check answers everybody who asks within this time. */
const SHARED_MILLISECONDS = 1000;
/** A store that has not answered a check by then counts as unreachable. */
const PATIENCE_MILLISECONDS = 5000;

const ADVICE: Readonly<Record<StoreFailureReason, string>> = {
  full: "the disk or the database is full: free space; the relay goes on by itself",
  "read-only": "the database cannot be written: make it writable; the relay goes on by itself",
  corrupt: "the database is damaged: stop the relay, restore a backup, and start it again",
  unreachable: "the database does not answer: look after it; the relay goes on by itself",
  busy: "another process holds the database: the relay goes on when that one is done",
};

export interface StoreHealthParts {
  readonly store: Pick<Store, "check">;
  readonly logger: Logger;
  /** Called when the store works again. */
  readonly onRecovered: () => void;
}

export class StoreHealth {
  readonly #parts: StoreHealthParts;
  #failing: StoreFailureReason | null = null;
  #probe: NodeJS.Timeout | null = null;
  /** The latest check while it is under way or fresh. */
  #check: Promise<StoreFailureReason | null> | null = null;
  #writing: Promise<StoreFailure | null> | null = null;
  #closed = false;

  constructor(parts: StoreHealthParts) {
    this.#parts = parts;
  }

  /** Why the store fails; null while it works, as far as anybody has noticed. */
  get failing(): StoreFailureReason | null {
    return this.#failing;
  }

  /** Throws `unavailable` while the store fails. */
  refuseWhileFailing(): void {
    if (this.#failing !== null) throw new Refusal("unavailable");
  }

  /**
   * To be told of every failure of the store; logs it unless this one is known. That the store was busy says something
   * of one request only: whether it is too busy for all, a check finds out.
   */
  report(failure: StoreFailure): void {
    if (failure.reason === "busy" && !this.#closed) void this.check();
    else this.#fail(failure);
  }

  #fail({ reason, cause }: StoreFailure): void {
    if (this.#closed || this.#failing === reason || this.#isDamaged) return;
    this.#failing = reason;
    this.#parts.logger.error({ reason, ...describeError(cause) }, `store fails: ${ADVICE[reason]}`);
    this.#probeLater();
  }

  /**
   * Why the store cannot take mail; null when it can, which a write that is on disk has shown within the last second.
   */
  async check(): Promise<StoreFailureReason | null> {
    // While it fails the probe asks already.
    if (this.#failing !== null) return this.#failing;
    this.#check ??= this.#startCheck();
    return this.#check;
  }

  /** Ends the probing. */
  close(): void {
    this.#closed = true;
    if (this.#probe !== null) clearTimeout(this.#probe);
    this.#probe = null;
  }

  async #startCheck(): Promise<StoreFailureReason | null> {
    const failure = await this.#write(undefined);
    if (failure) this.#fail(failure);
    const forget = setTimeout(() => {
      this.#check = null;
    }, SHARED_MILLISECONDS);
    forget.unref();
    return failure?.reason ?? null;
  }

  /** Not undone by what still works: a person has to look after it. */
  get #isDamaged(): boolean {
    return this.#failing === "corrupt";
  }

  #probeLater(): void {
    if (this.#probe !== null || this.#isDamaged) return;
    this.#probe = setTimeout(() => void this.#probeNow(), PROBE_MILLISECONDS);
    this.#probe.unref();
  }

  async #probeNow(): Promise<void> {
    // As much as the largest envelope takes, lest a nearly full disk seem to have room.
    const failure = await this.#write(MAX_ENVELOPE_BYTES);
    this.#probe = null;
    if (this.#closed || this.#isDamaged) return;
    if (failure) {
      this.#fail(failure);
      this.#probeLater();
      return;
    }
    this.#failing = null;
    this.#check = null;
    this.#parts.logger.info("store works again");
    this.#parts.onRecovered();
  }

  /** Writes durably; what went wrong, or null. One write at a time: a store that hangs is not asked again. */
  async #write(bytes: number | undefined): Promise<StoreFailure | null> {
    this.#writing ??= this.#parts.store
      .check(bytes)
      .then(
        () => null,
        (error: unknown) => (error instanceof StoreFailure ? error : new StoreFailure("unreachable", { cause: error })),
      )
      .finally(() => {
        this.#writing = null;
      });
    let patience: NodeJS.Timeout | undefined;
    const tooLate = new Promise<StoreFailure>((resolve) => {
      patience = setTimeout(() => resolve(new StoreFailure("unreachable")), PATIENCE_MILLISECONDS);
      patience.unref();
    });
    try {
      return await Promise.race([this.#writing, tooLate]);
    } finally {
      clearTimeout(patience);
    }
  }
}
