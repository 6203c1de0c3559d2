import { describe, expect, it } from "vitest";
import { spanInWords, timerWording } from "./wording-timer.ts";

describe("a span in words", () => {
  it.each([
    [1, "1 second"],
    [30, "30 seconds"],
    [60, "1 minute"],
    [90, "90 seconds"],
    [300, "5 minutes"],
    [28_800, "8 hours"],
    [86_400, "1 day"],
    [604_800, "1 week"],
    [2_419_200, "4 weeks"],
  ])("of %i seconds is %s", (seconds, words) => {
    expect(spanInWords(seconds)).toBe(words);
  });
});

it("says who set what", () => {
  expect(timerWording.set("bob", null)).toBe("bob set messages to stay.");
  expect(timerWording.set("You", 60)).toBe("You set messages to disappear 1 minute after they were read.");
});
