/**
 * What a relay counts as it happens: numbers only, never about whom. The log and `/metrics` both read them here.
 */
import type { ErrorCode } from "../wire/error-codes.ts";

export class RelayCounts {
  published = 0;
  accepted = 0;
  acknowledged = 0;
  failed = 0;
  readonly #refusals = new Map<ErrorCode, number>();

  /** Counts a refusal, of a request or of a live socket. */
  refuse(code: ErrorCode): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
  }

  /** How often each code was the answer. */
  get refusals(): ReadonlyMap<ErrorCode, number> {
    return this.#refusals;
  }

  /** The counts so far, as plain fields for a log line. */
  snapshot() {
    const { published, accepted, acknowledged, failed } = this;
    const refused = [...this.#refusals.values()].reduce((sum, count) => sum + count, 0);
    return { published, accepted, acknowledged, refused, failed };
  }
}
