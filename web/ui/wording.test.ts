import { describe, expect, it } from "vitest";
import { registrationSentence, startSentence } from "./wording.ts";

describe("registrationSentence", () => {
  it("explains a taken name and names the way out", () => {
    expect(registrationSentence("alice", { kind: "name-taken" })).toContain("perhaps yours, in another browser");
  });

  it("states the rule for an ill-formed name", () => {
    expect(registrationSentence("-", { kind: "username-invalid" })).toMatch(/3 to 32 characters/);
  });

  it("gives the code of a refusal it has no better word for", () => {
    expect(registrationSentence("alice", { kind: "refused", code: "forbidden" })).toContain("(forbidden)");
  });
});

describe("startSentence", () => {
  it("has a sentence of its own for every refusal", () => {
    const outcomes = [
      { kind: "username-invalid" },
      { kind: "oneself" },
      { kind: "unknown-user" },
      { kind: "offline" },
      { kind: "bundle-refused", code: "signature-invalid" },
      { kind: "refused", code: "unavailable" },
      { kind: "engine-gone" },
    ] as const;
    const sentences = outcomes.map((outcome) => startSentence({ peer: "bob", outcome }));
    expect(new Set(sentences).size).toBe(outcomes.length);
  });
});
