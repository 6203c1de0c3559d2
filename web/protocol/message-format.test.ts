import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bytes, concat, uint64 } from "./bytes.ts";
import {
  decodeInitialHeader,
  decodeMessage,
  encodeInitialHeader,
  encodeMessage,
  encodeMessagePrefix,
  type InitialHeader,
} from "./message-format.ts";
import { ProtocolError } from "./protocol-error.ts";
import { hex } from "./testing/hex.ts";
import { alice } from "./testing/people.ts";
import { expectThrown } from "./testing/refusal.ts";

const withOneTimePrekey: InitialHeader = {
  identityKey: alice.identity.publicKey,
  ephemeralKey: alice.oneTimePrekey.publicKey,
  signedPrekeyId: new Uint8Array(16).fill(0x11),
  oneTimePrekeyId: new Uint8Array(16).fill(0x22),
  generation: 1_700_000_000,
};
const withoutOneTimePrekey: InitialHeader = { ...withOneTimePrekey, oneTimePrekeyId: null };

/** Bytes 80 and on of an initial header: the flag, the one-time prekey's id if there is one, and the generation. */
function withTail(...tail: readonly Uint8Array[]): Bytes {
  return concat(encodeInitialHeader(withOneTimePrekey).subarray(0, 80), ...tail);
}

describe("an initial header", () => {
  it("is 105 bytes with a one-time prekey and 89 without, laid out as documented", () => {
    expect(hex(encodeInitialHeader(withOneTimePrekey))).toBe(
      hex(alice.identity.publicKey) +
        hex(alice.oneTimePrekey.publicKey) +
        `${"11".repeat(16)}01${"22".repeat(16)}000000006553f100`,
    );
    expect(encodeInitialHeader(withoutOneTimePrekey)).toHaveLength(89);
  });

  it("comes back from its bytes, also from a view into longer ones", () => {
    for (const header of [withOneTimePrekey, withoutOneTimePrekey]) {
      const bytes = encodeInitialHeader(header);
      expect(decodeInitialHeader(bytes)).toEqual(header);
      expect(decodeInitialHeader(concat(Uint8Array.of(9), bytes).subarray(1))).toEqual(header);
    }
  });

  it("is refused at every other length", () => {
    for (const header of [withOneTimePrekey, withoutOneTimePrekey]) {
      const bytes = encodeInitialHeader(header);
      for (let length = 0; length < bytes.length; length++) {
        expectThrown(() => decodeInitialHeader(bytes.slice(0, length)), "message-malformed");
      }
      expectThrown(() => decodeInitialHeader(concat(bytes, Uint8Array.of(0))), "message-malformed");
    }
  });

  it("is refused with a flag other than 0 and 1, and with a flag that does not fit its length", () => {
    const id = new Uint8Array(16);
    for (let flag = 2; flag < 256; flag++) {
      expectThrown(() => decodeInitialHeader(withTail(Uint8Array.of(flag), id, uint64(1))), "message-malformed");
      expectThrown(() => decodeInitialHeader(withTail(Uint8Array.of(flag), uint64(1))), "message-malformed");
    }
    expectThrown(() => decodeInitialHeader(withTail(Uint8Array.of(0), id, uint64(1))), "message-malformed");
    expectThrown(() => decodeInitialHeader(withTail(Uint8Array.of(1), uint64(1))), "message-malformed");
  });

  it("takes generations up to 2^53 - 1 and refuses 2^53 and more", () => {
    for (const generation of [0, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]) {
      expect(decodeInitialHeader(withTail(Uint8Array.of(0), uint64(generation))).generation).toBe(generation);
    }
    for (const tooLarge of [
      Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 1),
      new Uint8Array(8).fill(0xff),
    ]) {
      expectThrown(() => decodeInitialHeader(withTail(Uint8Array.of(0), tooLarge)), "message-malformed");
    }
  });

  it("is refused with an identity or ephemeral key that no honest device can have made", () => {
    const bytes = encodeInitialHeader(withOneTimePrekey);
    const badIdentityKey = concat(new Uint8Array(32), bytes.subarray(32));
    const badEphemeralKey = concat(bytes.subarray(0, 32), new Uint8Array(32).fill(0xff), bytes.subarray(64));
    expectThrown(() => decodeInitialHeader(badIdentityKey), "key-invalid");
    expectThrown(() => decodeInitialHeader(badEphemeralKey), "key-invalid");
  });
});

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
