import { describe, expect, it } from "vitest";
import { formatBrief, formatDay, formatTime, localDay } from "./times.ts";

const now = new Date(2026, 10, 24, 9, 30).getTime();
const at = (year: number, month: number, day: number, hour = 12) => new Date(year, month - 1, day, hour).getTime();

describe("formatDay", () => {
  it("calls the days as people do", () => {
    expect(formatDay(at(2026, 11, 24, 0), now)).toBe("Today");
    expect(formatDay(at(2026, 11, 23, 23), now)).toBe("Yesterday");
    expect(formatDay(at(2026, 11, 22), now)).toBe("Sunday");
    expect(formatDay(at(2026, 11, 18), now)).toBe("Wednesday");
  });

  it("gives the date from a week on, with the year when it is another one", () => {
    expect(formatDay(at(2026, 11, 17), now)).toBe("November 17");
    expect(formatDay(at(2025, 12, 31), now)).toBe("December 31, 2025");
  });

  it("gives the date of a day to come, as a wrong clock may say", () => {
    expect(formatDay(at(2026, 11, 25), now)).toBe("November 25");
  });
});

describe("formatBrief", () => {
  it("gives the time today and the day otherwise", () => {
    expect(formatBrief(at(2026, 11, 24, 8), now)).toBe(formatTime(at(2026, 11, 24, 8)));
    expect(formatBrief(at(2026, 11, 23), now)).toBe("Yesterday");
    expect(formatBrief(at(2026, 11, 20), now)).toBe("Nov 20");
  });
});

describe("localDay", () => {
  it("changes at midnight and at no other hour", () => {
    expect(localDay(at(2026, 11, 24, 0))).toBe(localDay(at(2026, 11, 24, 23)));
    expect(localDay(at(2026, 11, 24, 0)) - localDay(at(2026, 11, 23, 23))).toBe(1);
  });
});
