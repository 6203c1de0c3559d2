import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ByteReader,
  ByteReaderError,
  concat,
  fromBase64url,
  lengthPrefixed,
  sameBytes,
  toBase64url,
  uint32,
  uint64,
  utf8,
} from "./bytes.ts";

const bytes = fc.uint8Array({ maxLength: 100 }).map((drawn) => Uint8Array.from(drawn));

describe("base64url", () => {
  // RFC 4648 §10, unpadded; and §5's two letters that differ from base64.
  it.each([
    ["", ""],
    ["f", "Zg"],
    ["fo", "Zm8"],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg"],
    ["fooba", "Zm9vYmE"],
    ["foobar", "Zm9vYmFy"],
  ])("spells %j as %j and reads it back", (text, encoded) => {
    expect(toBase64url(utf8(text))).toBe(encoded);
    expect(fromBase64url(encoded)).toEqual(utf8(text));
  });

  it("uses - and _ and not + and /", () => {
    expect(toBase64url(Uint8Array.of(0xfb, 0xff))).toBe("-_8");
    expect(fromBase64url("-_8")).toEqual(Uint8Array.of(0xfb, 0xff));
    expect(fromBase64url("+/8")).toBeNull();
  });

  it.each([
    ["padding", "Zg=="],
    ["padding alone", "="],
    ["trailing bits", "Zh"],
    ["more trailing bits", "Zm9"],
    ["a length no bytes have", "Z"],
    ["five characters", "Zm9vY"],
    ["a space", " Zg"],
    ["a line end", "Zg\n"],
    ["a full-width letter", "\uff3ag"],
    ["a NUL", "Zg\0"],
  ])("refuses %s", (_name, text) => {
    expect(fromBase64url(text)).toBeNull();
  });

  it("has one spelling per value: what decodes encodes to the same text", () => {
    const letter = fc.constantFrom(..."ABCDYZabcdyz0189-_=+/ ");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(letter, { maxLength: 12 }).map((letters) => letters.join("")),
          fc.string(),
        ),
        (text) => {
          const decoded = fromBase64url(text);
          if (decoded !== null) expect(toBase64url(decoded)).toBe(text);
        },
      ),
      { numRuns: 500, seed: 2 },
    );
    fc.assert(
      fc.property(bytes, (value) => {
        expect(fromBase64url(toBase64url(value))).toEqual(value);
      }),
      { numRuns: 200, seed: 2 },
    );
  });
});

describe("fields", () => {
  it("carry up to 65,535 bytes and not 65,536", () => {
    expect(lengthPrefixed(new Uint8Array(65_534))).toHaveLength(65_536);
    expect(lengthPrefixed(new Uint8Array(65_535))).toHaveLength(65_537);
    expect(() => lengthPrefixed(new Uint8Array(65_536))).toThrow(RangeError);
  });

  it("are the same bytes only when length and all bytes agree", () => {
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(sameBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
    expect(sameBytes(Uint8Array.of(1, 0), Uint8Array.of(1))).toBe(false);
  });

  it("are read back in order, to the last byte", () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.maxSafeNat(), (field, small, large) => {
        const reader = new ByteReader(
          concat(lengthPrefixed(field), uint32(small), Uint8Array.of(7), uint64(large), field),
        );
        expect(reader.lengthPrefixed()).toEqual(field);
        expect(reader.uint32()).toBe(small);
        expect(reader.uint8()).toBe(7);
        expect(reader.uint64()).toBe(large);
        expect(reader.take(field.length)).toEqual(field);
        reader.end();
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  it("are refused when they end early or leave bytes over", () => {
    expect(() => new ByteReader(new Uint8Array(3)).uint32()).toThrow(ByteReaderError);
    expect(() => new ByteReader(Uint8Array.of(0, 2, 1)).lengthPrefixed()).toThrow(ByteReaderError);
    expect(() => new ByteReader(Uint8Array.of(0)).lengthPrefixed()).toThrow(ByteReaderError);
    expect(() => new ByteReader(new Uint8Array()).uint8()).toThrow(ByteReaderError);
    expect(() => new ByteReader(new Uint8Array(1)).end()).toThrow(ByteReaderError);
    new ByteReader(new Uint8Array()).end();
  });

  it("hold 64-bit numbers up to 2^53 - 1 and refuse 2^53", () => {
    for (const value of [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]) {
      expect(new ByteReader(uint64(value)).uint64()).toBe(value);
    }
    expect(() => new ByteReader(uint64(2 ** 53)).uint64()).toThrow(ByteReaderError);
    expect(() => new ByteReader(new Uint8Array(8).fill(0xff)).uint64()).toThrow(ByteReaderError);
  });

  it("are copies: changing the source afterwards changes nothing", () => {
    const source = Uint8Array.of(1, 2);
    const taken = new ByteReader(source).take(2);
    source.fill(0);
    expect(taken).toEqual(Uint8Array.of(1, 2));
  });
});
