import { describe, expect, it } from "vitest";
import { drawQrPath } from "./qr-path.ts";

describe("drawQrPath", () => {
  it("draws each stretch of dark modules as one rectangle", () => {
    expect(drawQrPath([[true, true, false, true]])).toBe("M0 0h2v1h-2zM3 0h1v1h-1z");
    expect(
      drawQrPath([
        [false, true],
        [true, false],
      ]),
    ).toBe("M1 0h1v1h-1zM0 1h1v1h-1z");
  });

  it("draws nothing where nothing is dark", () => {
    expect(drawQrPath([[false, false]])).toBe("");
    expect(drawQrPath([])).toBe("");
  });
});
