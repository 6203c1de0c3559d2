import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { concat } from "./bytes.ts";
import { prekeyId } from "./prekeys.ts";
import { alice, bob } from "./testing/people.ts";

describe("a prekey's id", () => {
  const { publicKey } = bob.signedPrekey;

  it("is the first 16 bytes of SHA-256(type || public key)", async () => {
    expect(await prekeyId("signed", publicKey)).toEqual(
      Uint8Array.from(sha256(concat(Uint8Array.of(1), publicKey)).subarray(0, 16)),
    );
    expect(await prekeyId("one-time", publicKey)).toEqual(
      Uint8Array.from(sha256(concat(Uint8Array.of(2), publicKey)).subarray(0, 16)),
    );
  });

  it("differs between the types and between keys, so that no key can stand in another's slot", async () => {
    expect(await prekeyId("signed", publicKey)).not.toEqual(await prekeyId("one-time", publicKey));
    expect(await prekeyId("signed", publicKey)).not.toEqual(await prekeyId("signed", alice.signedPrekey.publicKey));
  });
});
