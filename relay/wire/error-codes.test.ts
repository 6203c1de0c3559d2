import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ERROR_STATUS, parseErrorBody } from "./error-codes.ts";

describe("a refusal's body", () => {
  it.each(Object.keys(ERROR_STATUS))("says %s", (error) => {
    expect(parseErrorBody({ error })).toEqual({ error });
  });

  it("carries the relay's time where it has one", () => {
    expect(parseErrorBody({ error: "request-expired", time: 1_700_000_000 })).toEqual({
      error: "request-expired",
      time: 1_700_000_000,
    });
  });

  it.each([
    ["an unknown code", { error: "teapot" }],
    ["an inherited name as code", { error: "toString" }],
    ["a code that is no text", { error: 404 }],
    ["no code", {}],
    ["a fractional time", { error: "request-expired", time: 0.5 }],
    ["a time as text", { error: "request-expired", time: "1" }],
    ["text", "not-found"],
    ["nothing", undefined],
  ])("is not known with %s", (_name, json) => {
    expect(parseErrorBody(json)).toBeNull();
  });

  it("never makes the parser throw", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        parseErrorBody(json);
        parseErrorBody({ error: json, time: json });
      }),
      { numRuns: 200, seed: 2 },
    );
  });
});

describe("the codes", () => {
  it("are kebab-case, each with a status of 400 or more", () => {
    for (const [code, status] of Object.entries(ERROR_STATUS)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
    }
  });
});
