import { describe, expect, it } from "vitest";
import { missingSentence, NOTICES } from "./wording-identity.ts";

describe("NOTICES", () => {
  it("have a sentence each", () => {
    const sentences = Object.values(NOTICES);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it("say of a signed change what the signature shows and what it does not", () => {
    expect(NOTICES["identity-changed-signed"]).toMatch(/earlier key confirms the new one, as could somebody/);
    expect(NOTICES["identity-changed"]).not.toMatch(/confirms/);
  });

  it("do not put the end of a verification down to the person: a renewal ends it too", () => {
    expect(NOTICES["verification-removed"]).toMatch(/^This conversation is no longer verified\..* again/);
  });
});

describe("missingSentence", () => {
  const missing = { kind: "missing", sequence: 1, at: 0, count: 1, state: "asked", cause: "keys-gone" } as const;

  it("says that their device is asked, and whom to turn to if nothing comes", () => {
    expect(missingSentence("bob", missing)).toBe(
      "1 message from bob could not be opened: the keys for that are no longer on this device. " +
        "Their device is being asked to send it again. If nothing comes, ask bob.",
    );
  });

  it("says what to do once they are lost", () => {
    const sentence = missingSentence("bob", { ...missing, count: 2, state: "lost", cause: "altered" });
    expect(sentence).toMatch(/^2 messages from bob could not be opened: .* Ask bob to send them again\.$/);
    expect(missingSentence("bob", { ...missing, state: "lost", cause: "newer-version" })).toMatch(/Reload this page/);
  });
});
