import { describe, expect, it } from "vitest";
import type { VerificationResult } from "../state/verification.ts";
import { resultSentence } from "./wording-dialogs.ts";

/** Held to the type: a result that is added must be added here. */
const RESULTS_BY_NAME: Readonly<Record<VerificationResult, true>> = {
  match: true,
  marked: true,
  mismatch: true,
  "other-people": true,
  "own-code": true,
  "newer-version": true,
  "not-a-code": true,
  "no-code": true,
  "not-a-picture": true,
  "camera-refused": true,
  "camera-missing": true,
  "reader-missing": true,
  outdated: true,
  "engine-gone": true,
};
const RESULTS = Object.keys(RESULTS_BY_NAME) as VerificationResult[];

describe("resultSentence", () => {
  it("has a sentence of its own for everything an attempt can come to", () => {
    expect(new Set(RESULTS.map((result) => resultSentence("bob", result))).size).toBe(RESULTS.length);
  });

  it("warns against confidential words where somebody may stand in between, and only there", () => {
    const warnings = RESULTS.filter((result) => resultSentence("bob", result).includes("nothing confidential"));
    expect(warnings).toEqual(["mismatch"]);
  });

  it("speaks of being verified only where it is so", () => {
    const verified = RESULTS.filter((result) => resultSentence("bob", result).startsWith("Verified"));
    expect(verified).toEqual(["match", "marked"]);
  });
});
