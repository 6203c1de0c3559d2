/** A clock that stands still until it is told to go on. */
import type { Clock } from "../../engine/ports.ts";

interface Alarm {
  readonly at: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  #now = 1_000_000;
  #alarms: readonly Alarm[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const alarm = { at: this.#now + milliseconds, callback };
    this.#alarms = [...this.#alarms, alarm];
    return () => this.#remove(alarm);
  }

  /** How many callbacks are outstanding. */
  get waiting(): number {
    return this.#alarms.length;
  }

  /** Lets time pass, and calls back what falls due on the way, in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = this.#alarms.filter(({ at }) => at <= end).toSorted((left, right) => left.at - right.at);
      if (next === undefined) break;
      this.#remove(next);
      this.#now = next.at;
      next.callback();
    }
    this.#now = end;
  }

  #remove(alarm: Alarm): void {
    this.#alarms = this.#alarms.filter((other) => other !== alarm);
  }
}
