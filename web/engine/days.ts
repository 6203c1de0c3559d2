/** Days: as a length of time, and as the unit in which manifests tell the age of a signed prekey. */

export const DAY_MS = 24 * 60 * 60 * 1000;

/** The day a time (Unix milliseconds) lies in, counted from 1970-01-01, UTC. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}
