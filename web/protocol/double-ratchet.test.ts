import { describe, expect, it } from "vitest";
import type { Ratchet } from "./double-ratchet.ts";
import { currentSuite } from "./suite.ts";
import { hex } from "./testing/hex.ts";
import { noRandomBytes, scriptRandomBytes } from "./testing/random.ts";
import { messageAt, ratchetPair, receive, type SentMessage, send, sendAll } from "./testing/ratchet-pair.ts";
import { expectRejected, flipBit } from "./testing/refusal.ts";

/** Both ratchets after one message each way. */
async function acquainted(name: string) {
  const start = await ratchetPair(name);
  const hello = await send(start.alice, "hello");
  const heard = await receive(start.bob, hello.message);
  const reply = await send(heard.ratchet, "hello yourself");
  const answered = await receive(hello.ratchet, reply.message);
  return { alice: answered.ratchet, bob: reply.ratchet, messages: [hello.message, reply.message] };
}

function headerOf(message: SentMessage) {
  return currentSuite.decodeHeader(message.header);
}

describe("the ratchet", () => {
  it("carries a conversation of many turns", async () => {
    let { alice, bob } = await ratchetPair("turns");
    for (let turn = 0; turn < 4; turn++) {
      const asked = await send(alice, `question ${turn}`);
      const heard = await receive(bob, asked.message);
      expect(heard.text).toBe(`question ${turn}`);
      const answered = await send(heard.ratchet, `answer ${turn}`);
      const read = await receive(asked.ratchet, answered.message);
      expect(read.text).toBe(`answer ${turn}`);
      alice = read.ratchet;
      bob = answered.ratchet;
    }
    expect(alice.skippedMessageKeys).toEqual([]);
    expect(bob.skippedMessageKeys).toEqual([]);
  });

  it("makes a new key pair when the other's ratchet key changes, and only then", async () => {
    const { alice, bob } = await acquainted("steps");
    const { messages } = await sendAll(alice, ["one", "two"]);
    const script = scriptRandomBytes(new Uint8Array(32).fill(7));
    const first = await receive(bob, messageAt(messages, 0), { randomBytes: script.randomBytes });
    script.requireSpent();
    expect(first.ratchet.ourRatchetKeyPair).not.toEqual(bob.ourRatchetKeyPair);
    expect(first.ratchet.rootKey).not.toEqual(bob.rootKey);
    const second = await receive(first.ratchet, messageAt(messages, 1), { randomBytes: noRandomBytes });
    expect(second.ratchet.ourRatchetKeyPair).toEqual(first.ratchet.ourRatchetKeyPair);
    expect(second.ratchet.rootKey).toEqual(first.ratchet.rootKey);
  });

  it("numbers the messages of a chain and names the length of the one before", async () => {
    const { alice, bob } = await acquainted("numbers");
    const burst = await sendAll(alice, ["a", "b", "c"]);
    expect(burst.messages.map((message) => headerOf(message).messageNumber)).toEqual([0, 1, 2]);
    expect(burst.messages.map((message) => headerOf(message).previousChainLength)).toEqual([1, 1, 1]);
    const heard = await receive(bob, messageAt(burst.messages, 0));
    const reply = await send(heard.ratchet, "d");
    const read = await receive(burst.ratchet, reply.message);
    expect(headerOf((await send(read.ratchet, "e")).message)).toMatchObject({
      previousChainLength: 3,
      messageNumber: 0,
    });
  });

  it("does not change the ratchet it was given", async () => {
    const { alice, bob } = await acquainted("purity");
    const before = structuredClone({ alice, bob });
    const { message } = await send(alice, "text");
    await receive(bob, message);
    expect({ alice, bob }).toEqual(before);
  });

  it("cannot send as responder before it has heard from the initiator", async () => {
    const { bob } = await ratchetPair("silent");
    await expectRejected(send(bob, "too early"), "no-sending-chain");
  });

  it("uses a fresh nonce when the same state encrypts twice, so no (key, nonce) pair repeats", async () => {
    const { alice, bob } = await acquainted("rolled back");
    const nonces = new Set<string>();
    for (let count = 0; count < 50; count++) {
      const { message } = await send(alice, `take ${count}`);
      nonces.add(hex(message.ciphertext.subarray(0, 12)));
      expect((await receive(bob, message)).text).toBe(`take ${count}`);
    }
    expect(nonces.size).toBe(50);
  });
});

describe("messages out of order", () => {
  it("open within a chain in any order, each once", async () => {
    const { alice, bob } = await acquainted("backwards");
    const { messages } = await sendAll(alice, ["0", "1", "2", "3"]);
    let ratchet: Ratchet = bob;
    for (const index of [3, 1, 0, 2]) {
      const opened = await receive(ratchet, messageAt(messages, index));
      expect(opened.text).toBe(String(index));
      ratchet = opened.ratchet;
      await expectRejected(receive(ratchet, messageAt(messages, index)), "message-key-gone");
    }
    expect(ratchet.skippedMessageKeys).toEqual([]);
  });

  it("open across chains: the header's PN says how many of the old chain are missing", async () => {
    const { alice, bob } = await acquainted("across");
    const old = await sendAll(alice, ["old 0", "old 1", "old 2"]);
    const heard = await receive(bob, messageAt(old.messages, 0));
    const reply = await send(heard.ratchet, "reply");
    const read = await receive(old.ratchet, reply.message);
    const { messages } = await sendAll(read.ratchet, ["new 0", "new 1"]);
    const jumped = await receive(reply.ratchet, messageAt(messages, 1));
    expect(jumped.text).toBe("new 1");
    const { ratchetKey: oldKey } = headerOf(messageAt(old.messages, 0));
    const { ratchetKey: newKey } = headerOf(messageAt(messages, 0));
    expect(
      jumped.ratchet.skippedMessageKeys.map(({ messageNumber, ratchetKey }) => [messageNumber, ratchetKey]),
    ).toEqual([
      [1, oldKey],
      [2, oldKey],
      [0, newKey],
    ]);
    const late = await receive(jumped.ratchet, messageAt(old.messages, 2));
    expect(late.text).toBe("old 2");
    const last = await receive(late.ratchet, messageAt(messages, 0));
    expect(last.text).toBe("new 0");
    expect((await receive(last.ratchet, messageAt(old.messages, 1))).text).toBe("old 1");
  });

  it("refuse a repeat of an older chain's message", async () => {
    const { alice, bob, messages } = await acquainted("old repeat");
    const next = await send(alice, "next");
    const { ratchet } = await receive(bob, next.message);
    await expectRejected(receive(ratchet, messageAt(messages, 0)), "decryption-failed");
  });

  it("find their key by chain and number, when the same number is missing in two chains", async () => {
    const { alice, bob } = await acquainted("same number");
    const old = await sendAll(alice, ["old 0", "old 1"]);
    const heard = await receive(bob, messageAt(old.messages, 1));
    const reply = await send(heard.ratchet, "reply");
    const read = await receive(old.ratchet, reply.message);
    const later = await sendAll(read.ratchet, ["new 0", "new 1"]);
    const jumped = await receive(reply.ratchet, messageAt(later.messages, 1));
    expect(jumped.ratchet.skippedMessageKeys.map(({ messageNumber }) => messageNumber)).toEqual([0, 0]);
    const newer = await receive(jumped.ratchet, messageAt(later.messages, 0));
    expect(newer.text).toBe("new 0");
    expect((await receive(newer.ratchet, messageAt(old.messages, 0))).text).toBe("old 0");
  });

  it("do not confuse message 0 of two chains", async () => {
    const { alice, bob } = await acquainted("two zeros");
    const { messages } = await sendAll(alice, ["zero", "one"]);
    const { ratchet } = await receive(bob, messageAt(messages, 1));
    const zero = messageAt(messages, 0);
    const { ratchetKey } = headerOf(zero);
    const forged = currentSuite.encodeHeader({ ratchetKey, previousChainLength: 7, messageNumber: 0 });
    await expectRejected(receive(ratchet, { ...zero, header: forged }), "decryption-failed");
    expect((await receive(ratchet, zero)).text).toBe("zero");
  });
});

describe("a message that does not verify", () => {
  it("changes nothing, whichever byte of it was altered, and the honest one still opens", async () => {
    const { alice, bob } = await acquainted("altered");
    const { messages } = await sendAll(alice, ["skipped", "hello again"]);
    const message = messageAt(messages, 1);
    const before = structuredClone(bob);
    const outcomes = new Set<string>();
    for (let index = 0; index < message.header.length + message.ciphertext.length; index++) {
      const inHeader = index < message.header.length;
      // The lowest bit, since a higher one of a counter makes the receiver derive thousands of keys first.
      const altered = inHeader
        ? { ...message, header: flipBit(message.header, index, 0) }
        : { ...message, ciphertext: flipBit(message.ciphertext, index - message.header.length) };
      const error: unknown = await receive(bob, altered).then(
        () => "opened",
        (reason: { code: string }) => reason.code,
      );
      outcomes.add(String(error));
      expect(error).not.toBe("opened");
      expect(bob).toEqual(before);
    }
    expect([...outcomes].sort()).toEqual(["decryption-failed", "key-invalid", "too-many-skipped"]);
    expect((await receive(bob, message)).text).toBe("hello again");
  });

  it("does not use up a skipped key", async () => {
    const { alice, bob } = await acquainted("skipped kept");
    const { messages } = await sendAll(alice, ["late", "early"]);
    const { ratchet } = await receive(bob, messageAt(messages, 1));
    const late = messageAt(messages, 0);
    const before = structuredClone(ratchet);
    for (let index = 0; index < late.ciphertext.length; index++) {
      const altered = { ...late, ciphertext: flipBit(late.ciphertext, index) };
      await expectRejected(receive(ratchet, altered), "decryption-failed");
    }
    expect(ratchet).toEqual(before);
    expect((await receive(ratchet, late)).text).toBe("late");
  });

  it("of another pair of ratchets is refused", async () => {
    const ours = await acquainted("ours");
    const others = await acquainted("others");
    const { message } = await send(others.alice, "not for you");
    await expectRejected(receive(ours.bob, message), "decryption-failed");
  });

  it("cannot be sent back to its sender", async () => {
    const { alice } = await acquainted("reflected");
    const sent = await send(alice, "mine");
    await expectRejected(receive(sent.ratchet, sent.message), "decryption-failed");
  });
});
