/**
 * Whether a clock may be believed before what it says is over is deleted. A host whose clock is ahead (a dead battery, a
 * restored machine) would delete all mail at once, and for every relay that shares its database.
 *
 * The time is believed when the store was last swept at most a day before it, or when this process has seen the clock
 * go on for long enough since, at the pace of the monotonic clock, while nobody else has swept.
 */

const MINUTE = 60 * 1000;
/** A store that was last swept longer ago was not in use, or the clock has jumped. */
export const MAX_SWEEP_GAP = 24 * 60 * MINUTE;
/** How long a clock that may have jumped must hold. */
export const CLOCK_TRIAL = 60 * MINUTE;
/** How far the two clocks may come apart meanwhile: a clock that is set right is one that is not believed yet. */
const TOLERANCE = 5 * MINUTE;

export interface ClockReading {
  /** Unix milliseconds. */
  readonly now: number;
  /** Milliseconds of this process that no setting of a clock changes. */
  readonly uptime: number;
  /** When the store was last swept, by whoever did; null when that is not known. */
  readonly swept: number | null;
}

export class SweepClock {
  /** Where the clock was first seen going on as it does now. */
  #anchor: ClockReading | null = null;

  /** Whether what is over by this reading may be deleted. */
  mayBelieve(reading: ClockReading): boolean {
    const { now, uptime, swept } = reading;
    if (swept !== null && now - swept <= MAX_SWEEP_GAP) return true;
    const anchor = this.#anchor;
    if (anchor === null || !goesOn(anchor, reading)) {
      this.#anchor = reading;
      return false;
    }
    return uptime - anchor.uptime >= CLOCK_TRIAL;
  }
}

function goesOn(anchor: ClockReading, { now, uptime, swept }: ClockReading): boolean {
  return anchor.swept === swept && Math.abs(now - anchor.now - (uptime - anchor.uptime)) <= TOLERANCE;
}
