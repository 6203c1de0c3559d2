import { describe, expect, it } from "vitest";
import { type Bytes, concat, uint64 } from "./bytes.ts";
import { decodeInitialHeader, encodeInitialHeader, type InitialHeader } from "./initial-header.ts";
import { mlKem768 } from "./kem.ts";
import { type Suite, suiteV1, suiteV2 } from "./suite.ts";
import { hex } from "./testing/hex.ts";
import { alice } from "./testing/people.ts";
import { expectThrown } from "./testing/refusal.ts";

const GENERATION = 1_700_000_000;

function headerOf(suite: Suite, oneTimePrekeyId: Bytes | null): InitialHeader {
  return {
    identityKey: alice.identity.publicKey,
    ephemeralKey: alice.oneTimePrekey.publicKey,
    signedPrekeyId: new Uint8Array(16).fill(0x11),
    oneTimePrekeyId,
    kem:
      suite.kem === null
        ? null
        : {
            prekeyId: new Uint8Array(16).fill(0x55),
            ciphertext: mlKem768.toCiphertext(new Uint8Array(1088).fill(0x66)),
          },
    generation: GENERATION,
  };
}

describe.each([
  { name: "version 1", suite: suiteV1, kemBytes: new Uint8Array(), lengths: [89, 105] },
  {
    name: "version 2",
    suite: suiteV2,
    kemBytes: concat(new Uint8Array(16).fill(0x55), new Uint8Array(1088).fill(0x66)),
    lengths: [1193, 1209],
  },
] as const)("an initial header of $name", ({ suite, kemBytes, lengths: [shorter, longer] }) => {
  const withOneTimePrekey = headerOf(suite, new Uint8Array(16).fill(0x22));
  const withoutOneTimePrekey = headerOf(suite, null);

  /** Bytes 80 and on replaced: the flag, the one-time prekey's id if there is one, the KEM's part, the generation. */
  function withTail(...tail: readonly Uint8Array[]): Bytes {
    return concat(encodeInitialHeader(suite, withOneTimePrekey).subarray(0, 80), ...tail);
  }

  it(`is ${longer} bytes with a one-time prekey and ${shorter} without, laid out as documented`, () => {
    const keys = `${hex(alice.identity.publicKey)}${hex(alice.oneTimePrekey.publicKey)}${"11".repeat(16)}`;
    const end = `${hex(kemBytes)}000000006553f100`;
    const long = encodeInitialHeader(suite, withOneTimePrekey);
    expect(hex(long)).toBe(`${keys}01${"22".repeat(16)}${end}`);
    expect(long).toHaveLength(longer);
    const short = encodeInitialHeader(suite, withoutOneTimePrekey);
    expect(hex(short)).toBe(`${keys}00${end}`);
    expect(short).toHaveLength(shorter);
  });

  it("comes back from its bytes, also from a view into longer ones", () => {
    for (const header of [withOneTimePrekey, withoutOneTimePrekey]) {
      const bytes = encodeInitialHeader(suite, header);
      expect(decodeInitialHeader(suite, bytes)).toEqual(header);
      expect(decodeInitialHeader(suite, concat(Uint8Array.of(9), bytes).subarray(1))).toEqual(header);
    }
  });

  it("is refused at every other length", () => {
    for (const header of [withOneTimePrekey, withoutOneTimePrekey]) {
      const bytes = encodeInitialHeader(suite, header);
      for (let length = 0; length < bytes.length; length++) {
        expectThrown(() => decodeInitialHeader(suite, bytes.slice(0, length)), "message-malformed");
      }
      expectThrown(() => decodeInitialHeader(suite, concat(bytes, Uint8Array.of(0))), "message-malformed");
    }
  });

  it("is refused with a flag other than 0 and 1, and with a flag that does not fit its length", () => {
    const refuses = (...tail: readonly Uint8Array[]) =>
      expectThrown(() => decodeInitialHeader(suite, withTail(...tail, kemBytes, uint64(1))), "message-malformed");
    const id = new Uint8Array(16);
    for (let flag = 2; flag < 256; flag++) {
      refuses(Uint8Array.of(flag), id);
      refuses(Uint8Array.of(flag));
    }
    refuses(Uint8Array.of(0), id);
    refuses(Uint8Array.of(1));
  });

  it("takes generations up to 2^53 - 1 and refuses 2^53 and more", () => {
    const decode = (generation: Bytes) =>
      decodeInitialHeader(suite, withTail(Uint8Array.of(0), kemBytes, generation)).generation;
    for (const generation of [0, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]) {
      expect(decode(uint64(generation))).toBe(generation);
    }
    for (const tooLarge of [
      Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 1),
      new Uint8Array(8).fill(0xff),
    ]) {
      expectThrown(() => decode(tooLarge), "message-malformed");
    }
  });

  it("is refused with an identity or ephemeral key that no honest device can have made", () => {
    const bytes = encodeInitialHeader(suite, withOneTimePrekey);
    const badIdentityKey = concat(new Uint8Array(32), bytes.subarray(32));
    const badEphemeralKey = concat(bytes.subarray(0, 32), new Uint8Array(32).fill(0xff), bytes.subarray(64));
    expectThrown(() => decodeInitialHeader(suite, badIdentityKey), "key-invalid");
    expectThrown(() => decodeInitialHeader(suite, badEphemeralKey), "key-invalid");
  });
});

describe("an initial header of one version", () => {
  it.each([
    ["1", suiteV1, suiteV2],
    ["2", suiteV2, suiteV1],
  ] as const)("is refused in the other; made in version %s", (_version, made, read) => {
    for (const oneTimePrekeyId of [null, new Uint8Array(16).fill(0x22)]) {
      const bytes = encodeInitialHeader(made, headerOf(made, oneTimePrekeyId));
      expectThrown(() => decodeInitialHeader(read, bytes), "message-malformed");
    }
  });
});
