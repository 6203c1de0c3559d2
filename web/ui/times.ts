/** Times in words: the hours as this device writes them, days in the language of the page. */

import { wording } from "./wording.ts";

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "long" });
const dayAndMonth = new Intl.DateTimeFormat("en", { day: "numeric", month: "long" });
const fullDay = new Intl.DateTimeFormat("en", { day: "numeric", month: "long", year: "numeric" });
const shortDay = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });

/** The time of day of `at`, in Unix milliseconds. */
export function formatTime(at: number): string {
  return timeOfDay.format(at);
}

/** The day of `at` as a heading: "Today", "Yesterday", "Monday" within a week, else the date. */
export function formatDay(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0) return wording.conversation.today;
  if (days === 1) return wording.conversation.yesterday;
  if (days > 1 && days < 7) return weekday.format(at);
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? dayAndMonth.format(at) : fullDay.format(at);
}

/** The shortest that still tells when: the time today, "Yesterday", else the date. */
export function formatBrief(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0) return formatTime(at);
  return days === 1 ? wording.conversation.yesterday : shortDay.format(at);
}

/** A number that is equal for moments of the same local day and grows by one from day to day. */
export function localDay(at: number): number {
  const date = new Date(at);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}

function daysBetween(at: number, now: number): number {
  return localDay(now) - localDay(at);
}
