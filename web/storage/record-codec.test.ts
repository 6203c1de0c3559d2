import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRecord, encodeRecord, MAX_RECORD_DEPTH } from "./record-codec.ts";

const text = (json: string) => new TextEncoder().encode(json);

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

describe("record codec", () => {
  it("gives back any value made of plain parts, bytes and tag-like names included", () => {
    const name = fc.oneof(fc.string(), fc.constantFrom("$bytes", "$", "$$bytes", "__proto__", "constructor"));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constant(null),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
        fc.string({ unit: "binary" }),
        fc.uint8Array(),
        fc.array(tie("value")),
        fc.array(fc.tuple(name, tie("value"))).map(Object.fromEntries),
      ),
    }));
    fc.assert(
      fc.property(value, (original) => {
        expect(decodeRecord(encodeRecord(original))).toEqual(original);
      }),
    );
  });

  it("encodes bytes under a tag, and escapes a name that looks like it", () => {
    expect(new TextDecoder().decode(encodeRecord({ key: Uint8Array.of(255), $bytes: "_w" }))).toBe(
      '{"key":{"$bytes":"_w"},"$$bytes":"_w"}',
    );
  });

  it("writes no byte string's view beyond its own bytes", () => {
    const view = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(decodeRecord(encodeRecord(view))).toEqual(Uint8Array.of(2, 3));
  });

  it.each([
    ["undefined", undefined],
    ["an undefined property", { a: undefined }],
    ["a hole in an array", new Array(1)],
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["a bigint", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("a")],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["other typed arrays", new Uint16Array(1)],
    ["an array buffer", new ArrayBuffer(1)],
  ])("refuses to encode %s", (_what, value) => {
    expect(() => encodeRecord(value)).toThrow(TypeError);
    expect(() => encodeRecord([{ inner: value }])).toThrow(TypeError);
  });

  it("refuses a cycle", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => encodeRecord(cycle)).toThrow(TypeError);
  });

  it.each([MAX_RECORD_DEPTH - 1, MAX_RECORD_DEPTH])("takes a value %i levels deep", (levels) => {
    expect(decodeRecord(encodeRecord(nested(levels)))).toEqual(nested(levels));
  });

  it("refuses a value one level too deep, in both directions", () => {
    const tooDeep = nested(MAX_RECORD_DEPTH + 1);
    expect(() => encodeRecord(tooDeep)).toThrow(TypeError);
    expect(() => decodeRecord(text(JSON.stringify(tooDeep)))).toThrow("nested too deeply");
  });

  it.each([
    ["no JSON", text("{")],
    ["nothing", text("")],
    ["a byte order mark", text("\ufeff1")],
    ["bytes that are not UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
    ["an infinite number", text("1e999")],
    ["an unknown tag", text('{"$date":1}')],
    ["a tag with company", text('{"$bytes":"","a":1}')],
    ["a tag of no text", text('{"$bytes":1}')],
    ["padded base64url", text('{"$bytes":"_w=="}')],
    ["base64url with stray bits", text('{"$bytes":"_x"}')],
  ])("refuses to decode %s", (_what, encoded) => {
    expect(() => decodeRecord(encoded)).toThrow(expect.objectContaining({ name: "StorageError", code: "damaged" }));
  });
});
