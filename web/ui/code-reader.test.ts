import { encodeQR } from "qr";
import { describe, expect, it } from "vitest";
import { loadReader, type Pixels, sizesToTry } from "./code-reader.ts";

const CODE = `SOTTO:1:${"0123456789ABCDEF".repeat(4)}:${"FEDCBA9876543210".repeat(4)}:0011223344556677`;

/** A code of square modules, dark on light. */
function draw(text: string, moduleSide: number): Pixels {
  const modules = encodeQR(text, "raw", { border: 4 });
  const side = modules.length * moduleSide;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let at = 0; at < side * side; at++) {
    const row = modules[Math.floor(at / side / moduleSide)];
    if (row?.[Math.floor((at % side) / moduleSide)] === true) data.fill(0, at * 4, at * 4 + 3);
  }
  return { width: side, height: side, data };
}

describe("a reader", () => {
  it.each(["picture", "frame"] as const)("reads a safety number's code: %s", async (effort) => {
    const reader = await loadReader(effort);
    expect(reader(draw(CODE, 6))).toBe(CODE);
  });

  it.each(["picture", "frame"] as const)("finds nothing where there is no code: %s", async (effort) => {
    const reader = await loadReader(effort);
    const blank = new Uint8ClampedArray(200 * 200 * 4).fill(255);
    expect(reader({ width: 200, height: 200, data: blank })).toBeNull();
    const code = draw(CODE, 6);
    code.data.fill(255, 0, (code.data.length * 2) / 3);
    expect(reader(code)).toBeNull();
  });
});

describe("sizesToTry", () => {
  it("leaves what is small as it is, and tries half of it too", () => {
    expect(sizesToTry({ width: 1600, height: 400 })).toEqual([
      { width: 1600, height: 400 },
      { width: 800, height: 200 },
    ]);
  });

  it("makes what is large smaller, along its longer side", () => {
    expect(sizesToTry({ width: 3000, height: 4000 })[0]).toEqual({ width: 1200, height: 1600 });
    expect(sizesToTry({ width: 1601, height: 1 })).toEqual([
      { width: 1600, height: 1 },
      { width: 800, height: 1 },
    ]);
  });
});
