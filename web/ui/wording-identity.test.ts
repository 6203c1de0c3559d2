import { describe, expect, it } from "vitest";
import { missingSentence } from "./wording-identity.ts";

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
