import { describe, expect, it } from "vitest";
import { DECISION_PROBLEMS } from "./wording-key-change.ts";

describe("DECISION_PROBLEMS", () => {
  it("say what to do, each something of its own", () => {
    expect(DECISION_PROBLEMS.outdated).toContain("Look again");
    expect(DECISION_PROBLEMS["not-ready"]).toContain("not in use here");
    expect(DECISION_PROBLEMS["engine-gone"]).toContain("did not answer");
  });
});
