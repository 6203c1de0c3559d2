/** Divides a safety number as people read it out. */

const GROUP_DIGITS = 5;

export interface DigitGroup {
  /** Which group it is, from 0. */
  readonly place: number;
  readonly group: string;
}

/** Groups of five, in order; the last one is shorter when the digits do not come out even. */
export function groupDigits(digits: string): readonly DigitGroup[] {
  return Array.from({ length: Math.ceil(digits.length / GROUP_DIGITS) }, (_, place) => ({
    place,
    group: digits.slice(place * GROUP_DIGITS, (place + 1) * GROUP_DIGITS),
  }));
}
