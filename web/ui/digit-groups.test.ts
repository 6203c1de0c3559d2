import { describe, expect, it } from "vitest";
import { groupDigits } from "./digit-groups.ts";

describe("groupDigits", () => {
  it("makes twelve groups of five of a safety number, losing none", () => {
    const digits = Array.from({ length: 60 }, (_, index) => index % 10).join("");
    const groups = groupDigits(digits);
    expect(groups.map(({ group }) => group.length)).toEqual(Array.from({ length: 12 }, () => 5));
    expect(groups.map(({ group }) => group).join("")).toBe(digits);
    expect(new Set(groups.map(({ place }) => place)).size).toBe(12);
  });

  it("hides nothing of digits that do not come out even", () => {
    expect(groupDigits("1234567")).toEqual([
      { place: 0, group: "12345" },
      { place: 1, group: "67" },
    ]);
    expect(groupDigits("")).toEqual([]);
  });
});
