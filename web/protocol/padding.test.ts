import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_CONTENT_BYTES, pad, unpad } from "./padding.ts";
import { hex } from "./testing/hex.ts";
import { expectThrown } from "./testing/refusal.ts";

describe("padding", () => {
  it.each([
    [0, 256],
    [1, 256],
    [254, 256],
    [255, 256],
    [256, 512],
    [511, 512],
    [512, 1024],
    [1023, 1024],
    [1024, 2048],
    [32_767, 32_768],
    [32_768, 65_536],
    [65_534, 65_536],
    [65_535, 65_536],
  ])("puts %i bytes in a bucket of %i", (length, bucket) => {
    const content = new Uint8Array(length).fill(0xab);
    const padded = pad(content);
    expect(padded).toHaveLength(bucket);
    expect(unpad(padded)).toEqual(content);
  });

  it("refuses one byte more than the longest content", () => {
    expect(MAX_CONTENT_BYTES).toBe(65_535);
    expectThrown(() => pad(new Uint8Array(65_536)), "content-too-long");
  });

  it("keeps content that ends in zeros or in the mark", () => {
    for (const content of [Uint8Array.of(0), Uint8Array.of(0x80), Uint8Array.of(1, 0x80, 0, 0), new Uint8Array(255)]) {
      expect(unpad(pad(content))).toEqual(content);
    }
  });

  it("refuses what has no mark", () => {
    for (const padded of [
      new Uint8Array(),
      new Uint8Array(256),
      new Uint8Array(256).fill(1),
      Uint8Array.of(0x80, 0x40),
    ]) {
      expectThrown(() => unpad(padded), "message-malformed");
    }
  });

  it("gives back any content, and hides its length but for the bucket", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (drawn) => {
        const content = Uint8Array.from(drawn);
        const padded = pad(content);
        expect(unpad(padded)).toEqual(content);
        expect(Math.log2(padded.length) % 1).toBe(0);
        expect(padded.length).toBeGreaterThan(content.length);
        expect(padded.length === 256 || padded.length <= 2 * content.length).toBe(true);
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it("never throws anything but a refusal on arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (drawn) => {
        const padded = Uint8Array.from(drawn);
        const marked = /80(00)*$/.test(hex(padded));
        if (marked) expect(unpad(padded).length).toBeLessThan(padded.length);
        else expectThrown(() => unpad(padded), "message-malformed");
      }),
      { numRuns: 300, seed: 2 },
    );
  });
});
