/**
 * What a relay counts as it happens: numbers only, never about whom. The log and `/metrics` both read them here.
 */
import type { RefusalCode } from "../refusal.ts";

export class RelayCounts {
  published = 0;
  accepted = 0;
  acknowledged = 0;
  chunksStored = 0;
  chunksRead = 0;
  chunksRefused = 0;
  failed = 0;
  readonly #refusals = new Map<RefusalCode, number>();

  /** Counts a refusal, of a request or of a live socket. */
  refuse(code: RefusalCode): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
  }

  /** How often each code was the answer. */
  get refusals(): ReadonlyMap<RefusalCode, number> {
    return this.#refusals;
  }

  /** The counts so far, as plain fields for a log line. */
  snapshot() {
    const { published, accepted, acknowledged, chunksStored, chunksRead, failed } = this;
    const refused = [...this.#refusals.values()].reduce((sum, count) => sum + count, 0);
    return { published, accepted, acknowledged, chunksStored, chunksRead, refused, failed };
  }
}
