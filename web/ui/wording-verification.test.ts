import { describe, expect, it } from "vitest";
import { missingSentence, resultSentence } from "./wording-verification.ts";

const RESULTS = [
  "match",
  "marked",
  "mismatch",
  "other-people",
  "own-code",
  "newer-version",
  "not-a-code",
  "no-code",
  "not-a-picture",
  "camera-refused",
  "camera-missing",
  "reader-missing",
  "outdated",
  "engine-gone",
] as const;

describe("resultSentence", () => {
  it("has a sentence of its own for everything an attempt can come to", () => {
    expect(new Set(RESULTS.map((result) => resultSentence("bob", result))).size).toBe(RESULTS.length);
  });

  it("warns against confidential words where somebody may stand in between, and only there", () => {
    const warnings = RESULTS.filter((result) => resultSentence("bob", result).includes("nothing confidential"));
    expect(warnings).toEqual(["mismatch", "other-people"]);
  });

  it("speaks of being verified only where it is so", () => {
    const verified = RESULTS.filter((result) => resultSentence("bob", result).startsWith("Verified"));
    expect(verified).toEqual(["match", "marked"]);
  });
});

describe("missingSentence", () => {
  const missing = { kind: "missing", sequence: 1, at: 0, count: 1, state: "asked", cause: "keys-gone" } as const;

  it("says that nothing needs to be done while their device is asked", () => {
    expect(missingSentence("bob", missing)).toBe(
      "1 message from bob could not be opened: the keys for that are no longer on this device. " +
        "Their device is being asked to send it again; nothing needs to be done.",
    );
  });

  it("says what to do once they are lost", () => {
    const sentence = missingSentence("bob", { ...missing, count: 2, state: "lost", cause: "altered" });
    expect(sentence).toMatch(/^2 messages from bob could not be opened: .* Ask bob to send them again\.$/);
    expect(missingSentence("bob", { ...missing, state: "lost", cause: "newer-version" })).toMatch(/Reload this page/);
  });
});
