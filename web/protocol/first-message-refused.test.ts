import { describe, expect, it } from "vitest";
import { concat } from "./bytes.ts";
import { decodeInitialHeader, encodeInitialHeader } from "./initial-header.ts";
import { mlKem768 } from "./kem.ts";
import { generateX25519KeyPair } from "./keys.ts";
import { decodeMessage, encodeMessage } from "./message-format.ts";
import { suiteV1, suiteV2 } from "./suite.ts";
import { type Acceptance, messagesOf, refusalOf } from "./testing/messages.ts";
import {
  acceptFirstMessage,
  alice,
  bob,
  carol,
  mallory,
  openSession,
  type Person,
  sendFirstMessage,
} from "./testing/people.ts";
import { repeatableRandomBytes } from "./testing/random.ts";
import { expectRejected, flipBit } from "./testing/refusal.ts";

/**
 * Where the KEM's ciphertext lies in a first message of version 2 with a one-time prekey: version, type, lp, header.
 */
const KEM_CIPHERTEXT_AT = 1 + 1 + 2 + (32 + 32 + 16 + 1 + 16 + 16);
const KEM_CIPHERTEXT_END = KEM_CIPHERTEXT_AT + 1088;

describe.each([
  { name: "version 1", suite: suiteV1 },
  { name: "version 2", suite: suiteV2 },
])("a first message of $name", ({ suite }) => {
  const { version } = suite;
  const { accept, decrypt } = messagesOf(suite, "refused first messages");

  /** Whether byte `index` is altered in turn: all of them, but of the KEM's ciphertext only one in 31. */
  function isSampled(index: number): boolean {
    if (suite.kem === null || index < KEM_CIPHERTEXT_AT || index >= KEM_CIPHERTEXT_END) return true;
    return (index - KEM_CIPHERTEXT_AT) % 31 === 0 || index === KEM_CIPHERTEXT_END - 1;
  }

  it("is refused when any byte of it is altered, and the honest one still opens", async () => {
    const { message } = await sendFirstMessage(alice, bob, { suite, text: "x" });
    const refusals = new Set<string>();
    for (let index = 0; index < message.length; index++) {
      if (!isSampled(index)) continue;
      const altered = flipBit(message, index, 0);
      refusals.add(await refusalOf((async () => await accept(altered))()));
    }
    expect([...refusals].sort()).toEqual([
      "decryption-failed",
      "key-invalid",
      "message-malformed",
      "too-many-skipped",
      "version-unsupported",
    ]);
    expect((await accept(message)).text).toBe("x");
  });

  it("is refused when it is cut short anywhere", async () => {
    const { message } = await sendFirstMessage(alice, bob, { suite, text: "x" });
    for (let length = 0; length < message.length; length += 3) {
      await refusalOf((async () => await accept(message.slice(0, length)))());
    }
    await expectRejected(accept(concat(message, Uint8Array.of(0))), "decryption-failed");
  });

  it.each<readonly [string, Partial<Acceptance>]>([
    ["with another one-time prekey", { oneTimePrekey: carol.oneTimePrekey }],
    ["without the one-time prekey it names", { oneTimePrekey: null }],
    ["with another signed prekey", { signedPrekey: carol.signedPrekey }],
    ["as if another name had sent it", { sender: { username: "carol", device: 1 } }],
    ["as if another device had sent it", { sender: { username: "alice", device: 2 } }],
    ["by someone else with the same prekeys", { us: { ...bob, identity: carol.identity } }],
    ["under another name of the responder", { us: { ...bob, username: "carol" } }],
    ["on another device of the responder", { us: { ...bob, device: 2 } }],
  ])("is refused %s", async (_name, change) => {
    const { message } = await sendFirstMessage(alice, bob, { suite });
    await expectRejected(accept(message, change), "decryption-failed");
  });

  it("is refused by whom it was not sent to", async () => {
    const { message } = await sendFirstMessage(alice, bob, { suite });
    const attempt = acceptFirstMessage(carol, alice, { suite, message: decodeMessage(message, version) });
    await expectRejected(attempt, "decryption-failed");
  });

  it("is refused when it is sent back to the initiator", async () => {
    const { message } = await sendFirstMessage(alice, bob, { suite });
    await expectRejected(accept(message, { us: alice, sender: { username: "bob", device: 1 } }), "own-identity");
  });

  it("is refused without an initial header", async () => {
    const { message } = await sendFirstMessage(alice, bob, { suite });
    const bare = encodeMessage({ ...decodeMessage(message, version), initialHeader: null });
    await expectRejected(accept(bare), "message-malformed");
  });

  it("is refused when Mallory puts other values in its initial header", async () => {
    const { message } = await sendFirstMessage(alice, bob, { suite });
    const parts = decodeMessage(message, version);
    const header = decodeInitialHeader(suite, parts.initialHeader ?? new Uint8Array());
    for (const replaced of [
      { ...header, identityKey: mallory.identity.publicKey },
      { ...header, ephemeralKey: mallory.signedPrekey.publicKey },
      { ...header, generation: header.generation + 1 },
      { ...header, oneTimePrekeyId: null },
      { ...header, signedPrekeyId: new Uint8Array(16) },
    ]) {
      const forged = encodeMessage({ ...parts, initialHeader: encodeInitialHeader(suite, replaced) });
      await expectRejected(accept(forged), "decryption-failed");
    }
  });

  it("by Mallory under her own identity does not pass as one of Alice", async () => {
    const asAlice: Person = { ...mallory, username: "alice" };
    const { message } = await sendFirstMessage(asAlice, bob, { suite });
    const accepted = await accept(message);
    expect(accepted.handshake.context.initiator.identityKey).toEqual(mallory.identity.publicKey);
    expect(accepted.handshake.context.initiator.identityKey).not.toEqual(alice.identity.publicKey);
  });

  it("repeated meets a used one-time prekey: with another key in its place it does not open", async () => {
    const { message } = await sendFirstMessage(alice, bob, { suite });
    await accept(message);
    const fresh = generateX25519KeyPair(repeatableRandomBytes("fresh prekey"));
    await expectRejected(accept(message, { oneTimePrekey: fresh }), "decryption-failed");
    await expectRejected(accept(message, { oneTimePrekey: null }), "decryption-failed");
  });

  it("repeated within its session is refused", async () => {
    const { theirs, firstMessage } = await openSession(alice, bob, { suite });
    await expectRejected(decrypt(theirs, firstMessage), "message-key-gone");
  });
});

describe("the KEM's part of a first message", () => {
  const { accept } = messagesOf(suiteV2, "refused KEM parts");

  it.each<readonly [string, Acceptance["kemPrekey"]]>([
    ["another one-time KEM prekey", { type: "one-time-kem", keyPair: carol.oneTimeKemPrekey }],
    ["the last-resort KEM prekey", { type: "last-resort-kem", keyPair: bob.lastResortKemPrekey }],
    ["the last-resort KEM prekey as a one-time one", { type: "one-time-kem", keyPair: bob.lastResortKemPrekey }],
    ["the right KEM prekey as a last-resort one", { type: "last-resort-kem", keyPair: bob.oneTimeKemPrekey }],
  ])("does not open with %s", async (_name, kemPrekey) => {
    const { message } = await sendFirstMessage(alice, bob);
    await expectRejected(accept(message, { kemPrekey }), "decryption-failed");
  });

  it("is not left out by a responder that has no such prekey", async () => {
    const { message } = await sendFirstMessage(alice, bob);
    await expectRejected(accept(message, { kemPrekey: null }), "message-malformed");
  });

  it("is refused with another ciphertext or prekey id in it, even one that was rightly made", async () => {
    const { message } = await sendFirstMessage(alice, bob);
    const parts = decodeMessage(message, 2);
    const header = decodeInitialHeader(suiteV2, parts.initialHeader ?? new Uint8Array());
    if (header.kem === null) throw new RangeError("there is no KEM part");
    const { publicKey } = bob.oneTimeKemPrekey;
    const { ciphertext } = await mlKem768.encapsulate(publicKey, repeatableRandomBytes("Mallory's"));
    for (const kem of [
      { ...header.kem, ciphertext },
      { ...header.kem, prekeyId: new Uint8Array(16) },
    ]) {
      const forged = encodeMessage({ ...parts, initialHeader: encodeInitialHeader(suiteV2, { ...header, kem }) });
      await expectRejected(accept(forged), "decryption-failed");
    }
    const stripped = encodeInitialHeader(suiteV2, { ...header, kem: null });
    await expectRejected(accept(encodeMessage({ ...parts, initialHeader: stripped })), "message-malformed");
    expect((await accept(message)).text).toBe("first");
  });

  it("is bound to its version: as a message of version 1 it is refused, stripped or not", async () => {
    const { message } = await sendFirstMessage(alice, bob);
    const parts = { ...decodeMessage(message, 2), version: 1 };
    const lowered = messagesOf(suiteV1, "lowered");
    await expectRejected(lowered.accept(encodeMessage(parts)), "message-malformed");
    const header = decodeInitialHeader(suiteV2, parts.initialHeader ?? new Uint8Array());
    const stripped = encodeInitialHeader(suiteV1, { ...header, kem: null });
    await expectRejected(lowered.accept(encodeMessage({ ...parts, initialHeader: stripped })), "decryption-failed");
  });
});
