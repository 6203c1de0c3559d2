import { describe, expect, it } from "vitest";
import { concat, lengthPrefixed, sameBytes, uint32, uint64, utf8 } from "./bytes.ts";
import { hex } from "./testing/hex.ts";

describe("byte strings", () => {
  it("are joined in order into fresh memory", () => {
    const first = Uint8Array.of(1, 2);
    const joined = concat(first, new Uint8Array(), Uint8Array.of(3));
    expect(joined).toEqual(Uint8Array.of(1, 2, 3));
    first.fill(9);
    expect(joined).toEqual(Uint8Array.of(1, 2, 3));
    expect(concat()).toEqual(new Uint8Array());
  });

  it("are made of text as UTF-8", () => {
    expect(hex(utf8("sotto voce, però"))).toBe("736f74746f20766f63652c20706572c3b2");
  });

  it("carry their length as 16 bits, up to 65,535 bytes and not 65,536", () => {
    expect(hex(lengthPrefixed(new Uint8Array()))).toBe("0000");
    expect(hex(lengthPrefixed(Uint8Array.of(7)))).toBe("000107");
    expect(hex(lengthPrefixed(new Uint8Array(65_534)).subarray(0, 2))).toBe("fffe");
    expect(hex(lengthPrefixed(new Uint8Array(65_535)).subarray(0, 2))).toBe("ffff");
    expect(() => lengthPrefixed(new Uint8Array(65_536))).toThrow(RangeError);
  });

  it("spell numbers big-endian", () => {
    expect(hex(uint32(0x01020304))).toBe("01020304");
    expect(hex(uint32(0xffff_ffff))).toBe("ffffffff");
    expect(hex(uint64(1))).toBe("0000000000000001");
    expect(hex(uint64(Number.MAX_SAFE_INTEGER))).toBe("001fffffffffffff");
  });

  it("are the same only when every byte and the length is", () => {
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(sameBytes(new Uint8Array(), new Uint8Array())).toBe(true);
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(0, 2))).toBe(false);
    expect(sameBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
    expect(sameBytes(Uint8Array.of(1, 0), Uint8Array.of(1))).toBe(false);
  });
});
