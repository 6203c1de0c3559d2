import { describe, expect, it } from "vitest";
import { NOON } from "../testing/test-relay.ts";
import { CLOCK_TRIAL, MAX_SWEEP_GAP, SweepClock } from "./sweep-clock.ts";

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;

describe("a clock", () => {
  it("is believed up to a day after the last sweep, and before it", () => {
    const clock = new SweepClock();
    for (const now of [NOON - YEAR, NOON, NOON + MAX_SWEEP_GAP]) {
      expect(clock.mayBelieve({ now, uptime: 0, swept: NOON })).toBe(true);
    }
    expect(clock.mayBelieve({ now: NOON + MAX_SWEEP_GAP + 1, uptime: 0, swept: NOON })).toBe(false);
  });

  it.each([
    ["the store was not in use for long", NOON - YEAR],
    ["nobody knows when the store was swept", null],
  ])("is believed once it has held for an hour, when %s", (_, swept) => {
    const clock = new SweepClock();
    expect(clock.mayBelieve({ now: NOON, uptime: 0, swept })).toBe(false);
    const short = CLOCK_TRIAL - 1;
    expect(clock.mayBelieve({ now: NOON + short, uptime: short, swept })).toBe(false);
    expect(clock.mayBelieve({ now: NOON + CLOCK_TRIAL, uptime: CLOCK_TRIAL, swept })).toBe(true);
  });

  it("is tried anew when it jumps meanwhile", () => {
    const clock = new SweepClock();
    const swept = NOON - YEAR;
    clock.mayBelieve({ now: NOON, uptime: 0, swept });
    expect(clock.mayBelieve({ now: NOON + YEAR, uptime: CLOCK_TRIAL, swept })).toBe(false);
    const later = CLOCK_TRIAL * 2;
    expect(clock.mayBelieve({ now: NOON + YEAR + CLOCK_TRIAL, uptime: later, swept })).toBe(true);
  });

  it("that jumps while the relay runs is not believed for an hour", () => {
    const clock = new SweepClock();
    expect(clock.mayBelieve({ now: NOON, uptime: 0, swept: NOON })).toBe(true);
    expect(clock.mayBelieve({ now: NOON + YEAR, uptime: 10 * MINUTE, swept: NOON })).toBe(false);
  });

  it("is never believed while another relay, whose clock is right, sweeps", () => {
    const clock = new SweepClock();
    for (let uptime = 0; uptime < 5 * CLOCK_TRIAL; uptime += 10 * MINUTE) {
      expect(clock.mayBelieve({ now: NOON + YEAR + uptime, uptime, swept: NOON + uptime })).toBe(false);
    }
  });
});
