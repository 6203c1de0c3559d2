import { describe, expect, it } from "vitest";
import { parseRelayDescription } from "./relay-description.ts";

describe("what a relay says about itself", () => {
  it("is how long it keeps mail and whom it registers", () => {
    for (const registration of ["open", "invite", "closed"] as const) {
      expect(parseRelayDescription({ mailDays: 30, registration })).toEqual({ mailDays: 30, registration });
    }
  });

  it("may say more than this version knows", () => {
    const answer = { mailDays: 1, registration: "open", motto: "under the breath" };
    expect(parseRelayDescription(answer)).toEqual({ mailDays: 1, registration: "open" });
  });

  it.each([
    ["nothing", undefined],
    ["no days", { registration: "open" }],
    ["half a day", { mailDays: 0.5, registration: "open" }],
    ["a negative number of days", { mailDays: -1, registration: "open" }],
    ["days as text", { mailDays: "30", registration: "open" }],
    ["another kind of registration", { mailDays: 30, registration: "friends" }],
  ])("is not known with %s", (_name, json) => {
    expect(parseRelayDescription(json)).toBeNull();
  });
});
