import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDeleteAccountRequest, parseDeleteAccountRequest } from "./account.ts";

describe("a request to delete an account", () => {
  it("names the account", () => {
    const request = { username: "alice" };
    expect(parseDeleteAccountRequest(formatDeleteAccountRequest(request))).toEqual(request);
  });

  it.each([
    ["without a name", {}],
    ["with a name that nobody can have", { username: "Alice" }],
    ["with a name that is no text", { username: 7 }],
    ["with more than the name", { username: "alice", device: 1 }],
    ["that is a name alone", "alice"],
    ["that is nothing", undefined],
  ])("is refused %s", (_what, json) => {
    expect(parseDeleteAccountRequest(json)).toBeNull();
  });

  it("never makes the parser throw", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        parseDeleteAccountRequest(json);
        parseDeleteAccountRequest({ username: json });
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});
