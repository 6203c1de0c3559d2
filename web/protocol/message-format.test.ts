import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "./bytes.ts";
import { decodeMessage, encodeMessage, encodeMessagePrefix } from "./message-format.ts";
import { ProtocolError } from "./protocol-error.ts";
import { hex } from "./testing/hex.ts";
import { expectThrown } from "./testing/refusal.ts";

const header = new Uint8Array(40).fill(0x33);
const ciphertext = new Uint8Array(30).fill(0x44);

describe("a message", () => {
  it("of type 1 carries the initial header, of type 2 none", () => {
    const initialHeader = Uint8Array.of(1, 2, 3);
    const first = encodeMessage({ version: 1, initialHeader, header, ciphertext });
    expect(hex(first)).toBe(`01010003010203${"0028"}${"33".repeat(40)}${"44".repeat(30)}`);
    expect(decodeMessage(first, 1)).toEqual({ version: 1, initialHeader, header, ciphertext });
    const later = encodeMessage({ version: 1, initialHeader: null, header, ciphertext });
    expect(hex(later)).toBe(`0102${"0028"}${"33".repeat(40)}${"44".repeat(30)}`);
    expect(decodeMessage(later, 1)).toEqual({ version: 1, initialHeader: null, header, ciphertext });
  });

  it("has as prefix everything before its ciphertext", () => {
    for (const initialHeader of [null, new Uint8Array(89)]) {
      const prefix = encodeMessagePrefix({ version: 1, initialHeader, header });
      expect(concat(prefix, ciphertext)).toEqual(encodeMessage({ version: 1, initialHeader, header, ciphertext }));
    }
  });

  it("is refused in any other version", () => {
    const bytes = encodeMessage({ version: 1, initialHeader: null, header, ciphertext });
    for (let version = 0; version < 256; version++) {
      if (version === 1) continue;
      const other = concat(Uint8Array.of(version), bytes.subarray(1));
      expectThrown(() => decodeMessage(other, 1), "version-unsupported");
    }
    expectThrown(() => decodeMessage(bytes, 2), "version-unsupported");
  });

  it("is read in each of several versions, says which one it is in, and is refused in all others", () => {
    for (let version = 0; version < 256; version++) {
      const message = { version, initialHeader: null, header, ciphertext };
      const bytes = encodeMessage(message);
      if (version === 1 || version === 2) expect(decodeMessage(bytes, 1, 2)).toEqual(message);
      else expectThrown(() => decodeMessage(bytes, 1, 2), "version-unsupported");
      expectThrown(() => decodeMessage(bytes), "version-unsupported");
    }
  });

  it("is malformed when it is too short to say which version and type it is of, whatever it says", () => {
    for (const bytes of [[], [1], [9]])
      expectThrown(() => decodeMessage(Uint8Array.from(bytes), 1), "message-malformed");
  });

  it("is refused with any other type", () => {
    const bytes = encodeMessage({ version: 1, initialHeader: null, header, ciphertext });
    for (let type = 0; type < 256; type++) {
      if (type === 1 || type === 2) continue;
      const other = concat(Uint8Array.of(1, type), bytes.subarray(2));
      expectThrown(() => decodeMessage(other, 1), "message-malformed");
    }
  });

  it("is refused when it ends inside a field, and not when only its ciphertext is short", () => {
    const initialHeader = new Uint8Array(89);
    for (const message of [
      { version: 1, initialHeader, header, ciphertext },
      { version: 1, initialHeader: null, header, ciphertext },
    ]) {
      const bytes = encodeMessage(message);
      const prefixLength = bytes.length - ciphertext.length;
      for (let length = 0; length < prefixLength; length++) {
        expectThrown(() => decodeMessage(bytes.slice(0, length), 1), "message-malformed");
      }
      for (let length = prefixLength; length <= bytes.length; length++) {
        expect(decodeMessage(bytes.slice(0, length), 1).ciphertext).toHaveLength(length - prefixLength);
      }
    }
  });

  it("is refused when a field claims more than there is", () => {
    expectThrown(() => decodeMessage(Uint8Array.of(1, 2, 0xff, 0xff, 0), 1), "message-malformed");
    expectThrown(() => decodeMessage(Uint8Array.of(1, 1, 0, 1, 0, 0, 1), 1), "message-malformed");
  });

  it("comes back from its bytes, whatever its fields hold", () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((drawn) => Uint8Array.from(drawn));
    fc.assert(
      fc.property(fc.option(bytes), bytes, bytes, (initialHeader, someHeader, someCiphertext) => {
        const message = { version: 1, initialHeader, header: someHeader, ciphertext: someCiphertext };
        expect(decodeMessage(encodeMessage(message), 1)).toEqual(message);
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it("of arbitrary bytes is refused or has exactly one spelling", () => {
    const start = fc.constantFrom<readonly number[]>([], [1], [1, 1], [1, 2], [1, 2, 0], [1, 1, 0, 3]);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), (first, rest) => {
        const bytes = concat(Uint8Array.from(first), rest);
        try {
          expect(encodeMessage(decodeMessage(bytes, 1))).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 500, seed: 2 },
    );
  });
});
