import { describe, expect, it } from "vitest";
import { startSentence } from "./wording-refusals.ts";
import { registrationSentence } from "./wording-registration.ts";

describe("registrationSentence", () => {
  it("explains a taken name and names the way out", () => {
    expect(registrationSentence("alice", { kind: "name-taken" })).toContain("perhaps yours, in another browser");
  });

  it("states the rule for an ill-formed name", () => {
    expect(registrationSentence("-", { kind: "username-invalid" })).toMatch(/3 to 32 characters/);
  });

  it("says whom to ask where the relay does not let everybody register", () => {
    const kinds = ["invite-required", "invite-refused", "registration-closed"] as const;
    const sentences = kinds.map((kind) => registrationSentence("alice", { kind }));
    expect(new Set(sentences).size).toBe(kinds.length);
    for (const sentence of sentences) expect(sentence).toMatch(/Ask whoever runs/);
  });

  it("gives the code of a refusal it has no better word for", () => {
    expect(registrationSentence("alice", { kind: "refused", code: "forbidden" })).toContain("(forbidden)");
  });
});

describe("what is said where the relay was asked for too much", () => {
  it("is to try again in a moment, and no code", () => {
    const refused = { kind: "refused", code: "rate-limited" } as const;
    const sentences = [registrationSentence("alice", refused), startSentence({ peer: "bob", outcome: refused })];
    for (const sentence of sentences) {
      expect(sentence).toContain("Wait a moment and try again");
      expect(sentence).not.toContain("rate-limited");
    }
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
      { kind: "bundle-refused", code: "identity-mismatch" },
      { kind: "bundle-refused", code: "manifest-outdated" },
      { kind: "bundle-refused", code: "signed-prekey-expired" },
      { kind: "refused", code: "unavailable" },
      { kind: "refused", code: "rate-limited" },
      { kind: "not-ready" },
      { kind: "engine-gone" },
    ] as const;
    const sentences = outcomes.map((outcome) => startSentence({ peer: "bob", outcome }));
    expect(new Set(sentences).size).toBe(outcomes.length);
  });

  it("warns against the relay for keys that do not verify, and not for those that are only not wanted", () => {
    const sentenceOf = (code: string) => startSentence({ peer: "bob", outcome: { kind: "bundle-refused", code } });
    expect(sentenceOf("signature-invalid")).toContain("(signature-invalid). Nothing was sent; do not trust this relay");
    for (const code of ["identity-mismatch", "manifest-outdated", "signed-prekey-expired"]) {
      expect(sentenceOf(code)).not.toContain("do not trust");
      expect(sentenceOf(code)).toMatch(/ask bob/i);
    }
  });
});
