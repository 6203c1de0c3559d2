import { describe, expect, it } from "vitest";
import type { Renewal } from "../state/account.ts";
import type { VerificationResult } from "../state/verification.ts";
import { renewalSentence, resultSentence } from "./wording-dialogs.ts";

/** Held to the type: a result that is added must be added here. */
const RESULTS_BY_NAME: Readonly<Record<VerificationResult, true>> = {
  match: true,
  marked: true,
  mismatch: true,
  "other-people": true,
  "own-code": true,
  "newer-version": true,
  "not-a-code": true,
  "no-key": true,
  "not-ready": true,
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

describe("renewalSentence", () => {
  const renewals: Readonly<Record<Renewal["kind"], Renewal>> = {
    renewed: { kind: "renewed" },
    offline: { kind: "offline" },
    refused: { kind: "refused", code: "name-taken" },
    "not-ready": { kind: "not-ready" },
    "engine-gone": { kind: "engine-gone" },
  };

  it("has a sentence of its own for everything a renewal can come to", () => {
    const sentences = Object.values(renewals).map(renewalSentence);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it("says that the keys are new wherever they are, and only there", () => {
    const renewed = Object.values(renewals).filter((renewal) =>
      renewalSentence(renewal).startsWith("Your keys are new"),
    );
    expect(renewed.map(({ kind }) => kind)).toEqual(["renewed", "offline", "refused"]);
  });

  it("does not trouble anyone with a relay that takes them a moment later", () => {
    const sentence = renewalSentence({ kind: "refused", code: "rate-limited" });
    expect(sentence).toMatch(/^Your keys are new here\. The relay gets them in a moment/);
  });

  it("says what a refusal means and gives its code", () => {
    expect(renewalSentence(renewals.refused)).toMatch(/\(name-taken\)\. Nobody can write to you until/);
  });
});
