/** What is said about messages that disappear. */

import type { Direction } from "../state/views.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What can be chosen, in seconds; null for never. */
export const TIMER_CHOICES = [null, 30, 5 * MINUTE, HOUR, 8 * HOUR, DAY, 7 * DAY, 28 * DAY] as const;

const UNITS = [
  [7 * DAY, "week"],
  [DAY, "day"],
  [HOUR, "hour"],
  [MINUTE, "minute"],
  [1, "second"],
] as const;

/** A time in the largest unit that it is a whole number of: "8 hours". */
export function spanInWords(seconds: number): string {
  const [size, unit] = UNITS.find(([length]) => seconds % length === 0) ?? UNITS[4];
  return new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}

export const timerWording = {
  title: "Disappearing messages",
  hint: (peer: string) =>
    `What you and ${peer} write from now on disappears on both devices so long after it was read. It is no protection from somebody who copies it before.`,
  choice: (seconds: number | null) => (seconds === null ? "Off" : spanInWords(seconds)),
  button: (seconds: number | null) =>
    seconds === null ? "Disappearing messages: off" : `Disappearing messages: ${spanInWords(seconds)}`,
  set: (name: string, seconds: number | null) =>
    seconds === null
      ? `${name} set messages to stay.`
      : `${name} set messages to disappear ${spanInWords(seconds)} after they were read.`,
  mark: (seconds: number) => `Disappears ${spanInWords(seconds)} after it was read`,
  who: (direction: Direction, peer: string) => (direction === "outgoing" ? "You" : peer),
} as const;
