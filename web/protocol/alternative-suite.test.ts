import { describe, expect, it } from "vitest";
import { concat } from "./bytes.ts";
import { decodeMessage, encodeMessage } from "./message-format.ts";
import { type Suite, suiteV1, suiteV2 } from "./suite.ts";
import { aes256CbcHmac, alternativeSuite, alternativeSuiteWithKem } from "./testing/alternative-suite.ts";
import { messagesOf, refusalOf } from "./testing/messages.ts";
import { acceptFirstMessage, alice, bob, mallory, openSession, sendFirstMessage } from "./testing/people.ts";
import { noRandomBytes } from "./testing/random.ts";
import { expectRejected, flipBit } from "./testing/refusal.ts";

describe.each([
  { name: "X3DH", suite: alternativeSuite, initialHeaderBytes: 33 + 33 + 16 + 1 + 16 + 8 },
  { name: "PQXDH", suite: alternativeSuiteWithKem, initialHeaderBytes: 33 + 33 + 16 + 1 + 16 + 16 + 1088 + 8 },
])("another suite, with $name,", ({ suite, initialHeaderBytes }) => {
  const { version } = suite;
  const { accept, decrypt, encrypt } = messagesOf(suite, "alternative");

  /** The PN that a message's header carries, as it travels. */
  function pnOf(message: Parameters<typeof decodeMessage>[0]): number {
    const { header } = decodeMessage(message, version);
    return new DataView(header.buffer, header.byteOffset + 33, 4).getUint32(0);
  }

  it.each([
    { withOneTimePrekey: true, withOneTimeKemPrekey: true },
    { withOneTimePrekey: false, withOneTimeKemPrekey: false },
  ])("opens a session from bundle to reply; one-time prekeys: $withOneTimePrekey", async (left) => {
    const options = { suite, ...left };
    const sent = await sendFirstMessage(alice, bob, { ...options, text: "hello Bob" });
    const message = decodeMessage(sent.message, version);
    const accepted = await acceptFirstMessage(bob, alice, { ...options, message });
    expect(new TextDecoder().decode(accepted.plaintext)).toBe("hello Bob");
    expect(accepted.handshake).toEqual(sent.handshake);
    expect(accepted.handshake.kemSharedSecret === null).toBe(suite.kem === null);
    const reply = await encrypt(accepted.session, "hello Alice");
    expect((await decrypt(sent.session, reply.message)).text).toBe("hello Alice");
  });

  it("has its own encodings in header and initial header", async () => {
    const { firstMessage, ours } = await openSession(alice, bob, { suite });
    const { initialHeader, header } = decodeMessage(firstMessage, version);
    expect(initialHeader).toHaveLength(initialHeaderBytes);
    expect(initialHeader?.subarray(0, 33)).toEqual(concat(Uint8Array.of(5), alice.identity.publicKey));
    expect(initialHeader?.[33]).toBe(5);
    expect(header).toHaveLength(41);
    expect(header.subarray(0, 33)).toEqual(concat(Uint8Array.of(5), ours.ratchet.ourRatchetKeyPair.publicKey));
    expect(ours.associatedData.subarray(0, 66)).toEqual(
      concat(Uint8Array.of(5), alice.identity.publicKey, Uint8Array.of(5), bob.identity.publicKey),
    );
  });

  it("carries a conversation of many turns", async () => {
    let { ours, theirs } = await openSession(alice, bob, { suite });
    for (let turn = 0; turn < 3; turn++) {
      const answered = await encrypt(theirs, `answer ${turn}`);
      const read = await decrypt(ours, answered.message);
      expect(read.text).toBe(`answer ${turn}`);
      const asked = await encrypt(read.session, `question ${turn}`);
      const heard = await decrypt(answered.session, asked.message);
      expect(heard.text).toBe(`question ${turn}`);
      [ours, theirs] = [asked.session, heard.session];
    }
    expect([ours, theirs].flatMap(({ ratchet }) => ratchet.skippedMessageKeys)).toEqual([]);
  });

  it("opens messages out of order, within a chain and over a change of chain, each once", async () => {
    const { ours, theirs } = await openSession(alice, bob, { suite });
    const late = await encrypt(ours, "late");
    const later = await encrypt(late.session, "later");
    const reply = await encrypt(theirs, "reply");
    const read = await decrypt(later.session, reply.message);
    const unseen = await encrypt(read.session, "unseen");
    const next = await encrypt(unseen.session, "next");
    expect([late, next].map(({ message }) => pnOf(message))).toEqual([0, 2]);

    let { session, text } = await decrypt(reply.session, next.message);
    expect(text).toBe("next");
    expect(session.ratchet.skippedMessageKeys.map(({ messageNumber }) => messageNumber)).toEqual([1, 2, 0]);
    for (const [expected, { message }] of [
      ["later", later],
      ["unseen", unseen],
      ["late", late],
    ] as const) {
      ({ session, text } = await decrypt(session, message));
      expect(text).toBe(expected);
      await refusalOf(decrypt(session, message));
    }
    expect(session.ratchet.skippedMessageKeys).toEqual([]);
  });

  it("says 0 for a previous chain of one message as for none, and no key is skipped for it", async () => {
    const { ours, theirs, firstMessage } = await openSession(alice, bob, { suite });
    const reply = await encrypt(theirs, "reply");
    const read = await decrypt(ours, reply.message);
    const next = await encrypt(read.session, "next");
    expect([firstMessage, reply.message, next.message].map(pnOf)).toEqual([0, 0, 0]);
    expect((await decrypt(reply.session, next.message)).session.ratchet.skippedMessageKeys).toEqual([]);
  });

  it("refuses a reply with any byte altered, and the session stays as it was", async () => {
    const { ours, theirs } = await openSession(alice, bob, { suite });
    const { message } = await encrypt(theirs, "a text of more than one block");
    const before = structuredClone(ours);
    for (let index = 0; index < message.length; index++) {
      await refusalOf((async () => await decrypt(ours, flipBit(message, index, 0)))());
    }
    expect(ours).toEqual(before);
    expect((await decrypt(ours, message)).text).toBe("a text of more than one block");
  });

  it("refuses a first message with an altered byte, from another sender, or cut short", async () => {
    const { message } = await sendFirstMessage(alice, bob, { suite });
    for (let index = 0; index < message.length; index += 7) {
      await refusalOf((async () => await accept(flipBit(message, index, 0)))());
      await refusalOf((async () => await accept(message.slice(0, index)))());
    }
    await expectRejected(accept(message, { sender: { username: "carol", device: 1 } }), "decryption-failed");
    await expectRejected(accept(message, { us: { ...bob, identity: mallory.identity } }), "decryption-failed");
    expect((await accept(message)).text).toBe("first");
  });

  it("refuses keys of another type", async () => {
    const { message } = await sendFirstMessage(alice, bob, { suite });
    const parts = decodeMessage(message, version);
    const header = flipBit(parts.header, 0, 1);
    await expectRejected(accept(encodeMessage({ ...parts, header })), "key-invalid");
    for (const at of [0, 33]) {
      const initialHeader = flipBit(parts.initialHeader ?? new Uint8Array(), at, 1);
      await expectRejected(accept(encodeMessage({ ...parts, initialHeader })), "key-invalid");
    }
  });

  it.each<readonly [number, Suite]>([
    [suiteV1.version, suiteV1],
    [suiteV2.version, suiteV2],
  ])("and version %i refuse each other's messages, under either version byte", async (_version, other) => {
    for (const [made, read] of [
      [suite, other],
      [other, suite],
    ] as const) {
      const reader = messagesOf(read, "mixed");
      const { theirs } = await openSession(alice, bob, { suite: made });
      const reply = (await messagesOf(made, "mixed").encrypt(theirs, "reply")).message;
      const first = (await sendFirstMessage(alice, bob, { suite: made })).message;
      const { ours } = await openSession(alice, bob, { suite: read });
      await expectRejected(reader.decrypt(ours, reply), "version-unsupported");
      await expectRejected(reader.accept(first), "version-unsupported");
      const relabel = (bytes: typeof reply) => concat(Uint8Array.of(read.version), bytes.subarray(1));
      await expectRejected(reader.decrypt(ours, relabel(reply)), "message-malformed");
      await expectRejected(reader.accept(relabel(first)), "message-malformed");
    }
  });
});

describe("the other AEAD", () => {
  const key = Uint8Array.from({ length: 80 }, (_, index) => index);
  const associatedData = Uint8Array.of(1, 2, 3);
  const seal = (plaintext: Uint8Array<ArrayBuffer>) =>
    aes256CbcHmac.seal({ key, plaintext, associatedData, randomBytes: noRandomBytes });

  it.each([0, 1, 15, 16, 17, 64])(
    "opens what it sealed of %i bytes, in whole blocks and 8 bytes of tag",
    async (length) => {
      const plaintext = new Uint8Array(length).fill(7);
      const ciphertext = await seal(plaintext);
      expect(ciphertext).toHaveLength((Math.floor(length / 16) + 1) * 16 + 8);
      expect(await aes256CbcHmac.open({ key, ciphertext, associatedData })).toEqual(plaintext);
    },
  );

  it("refuses another key, other associated data, and any altered or missing byte", async () => {
    const ciphertext = await seal(new Uint8Array(20));
    const otherMacKey = flipBit(key, 32);
    await expectRejected(aes256CbcHmac.open({ key: otherMacKey, ciphertext, associatedData }), "decryption-failed");
    const other = Uint8Array.of(1, 2, 4);
    await expectRejected(aes256CbcHmac.open({ key, ciphertext, associatedData: other }), "decryption-failed");
    for (let index = 0; index < ciphertext.length; index++) {
      const altered = flipBit(ciphertext, index);
      await expectRejected(aes256CbcHmac.open({ key, ciphertext: altered, associatedData }), "decryption-failed");
      const short = ciphertext.slice(0, index);
      await expectRejected(aes256CbcHmac.open({ key, ciphertext: short, associatedData }), "decryption-failed");
    }
  });
});
