import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { concat } from "./bytes.ts";
import { prekeyId } from "./prekeys.ts";
import { hex } from "./testing/hex.ts";
import { alice, bob } from "./testing/people.ts";

describe("a prekey's id", () => {
  const { publicKey } = bob.signedPrekey;
  const { publicKey: kemPublicKey } = bob.oneTimeKemPrekey;

  it.each([
    ["signed", 1, publicKey, () => prekeyId("signed", publicKey)],
    ["one-time", 2, publicKey, () => prekeyId("one-time", publicKey)],
    ["one-time KEM", 3, kemPublicKey, () => prekeyId("one-time-kem", kemPublicKey)],
    ["last-resort KEM", 4, kemPublicKey, () => prekeyId("last-resort-kem", kemPublicKey)],
  ] as const)("is the first 16 bytes of SHA-256(type || public key); %s: type %i", async (_name, type, key, idOf) => {
    expect(await idOf()).toEqual(Uint8Array.from(sha256(concat(Uint8Array.of(type), key)).subarray(0, 16)));
  });

  it("differs between the types of one key, so that no key can stand in another's slot", async () => {
    expect(await prekeyId("signed", publicKey)).not.toEqual(await prekeyId("one-time", publicKey));
    expect(await prekeyId("one-time-kem", kemPublicKey)).not.toEqual(await prekeyId("last-resort-kem", kemPublicKey));
  });

  it("differs between keys of one type", async () => {
    expect(await prekeyId("signed", publicKey)).not.toEqual(await prekeyId("signed", alice.signedPrekey.publicKey));
    const ids = [bob.oneTimeKemPrekey, bob.lastResortKemPrekey, alice.oneTimeKemPrekey].map((pair) =>
      prekeyId("one-time-kem", pair.publicKey),
    );
    expect(new Set((await Promise.all(ids)).map(hex)).size).toBe(3);
  });
});
