import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { beforeAll, describe, expect, it } from "vitest";
import { MAX_SKIP, MAX_SKIPPED_MESSAGE_KEYS, type Ratchet, SKIPPED_MESSAGE_KEY_LIFETIME_MS } from "./double-ratchet.ts";
import { toChainKey } from "./keys.ts";
import { suiteV1 } from "./suite.ts";
import { NOW } from "./testing/people.ts";
import { messageAt, ratchetPair, receive, type SentMessage, send, sendAll } from "./testing/ratchet-pair.ts";
import { expectRejected } from "./testing/refusal.ts";

/** The ratchet as if it had sent `count` messages more; noble's synchronous HMAC makes long chains quick. */
function afterSending(ratchet: Ratchet, count: number): Ratchet {
  if (ratchet.sendingChain === null) throw new RangeError("there is no sending chain");
  let chainKey: Uint8Array = ratchet.sendingChain.chainKey;
  for (let sent = 0; sent < count; sent++) chainKey = hmac(sha256, chainKey, Uint8Array.of(2));
  const nextMessageNumber = ratchet.sendingChain.nextMessageNumber + count;
  return { ...ratchet, sendingChain: { chainKey: toChainKey(chainKey), nextMessageNumber } };
}

/** A message with counters of our choice under the right ratchet key. */
function withCounters(message: SentMessage, counters: { readonly previous?: number; readonly number?: number }) {
  const header = suiteV1.decodeHeader(message.header);
  return {
    ...message,
    header: suiteV1.encodeHeader({
      ratchetKey: header.ratchetKey,
      previousChainLength: counters.previous ?? header.previousChainLength,
      messageNumber: counters.number ?? header.messageNumber,
    }),
  };
}

let alice: Ratchet;
let bob: Ratchet;

// Bob has Alice's message 0 and answered it; Alice has not read the answer, so both chains are at 1.
beforeAll(async () => {
  const start = await ratchetPair("limits");
  const hello = await send(start.alice, "hello");
  const heard = await receive(start.bob, hello.message);
  alice = hello.ratchet;
  bob = heard.ratchet;
});

describe("a gap within a chain", () => {
  it(`of ${MAX_SKIP} messages is jumped over, of ${MAX_SKIP + 1} refused`, async () => {
    expect(MAX_SKIP).toBe(25_000);
    const at = afterSending(alice, MAX_SKIP);
    const { message } = await send(at, "far ahead");
    const opened = await receive(bob, message);
    expect(opened.text).toBe("far ahead");
    expect(opened.ratchet.skippedMessageKeys).toHaveLength(MAX_SKIPPED_MESSAGE_KEYS);
    expect(opened.ratchet.receivingChain?.nextMessageNumber).toBe(MAX_SKIP + 2);
    const above = afterSending(at, 1);
    await expectRejected(receive(bob, (await send(above, "too far")).message), "too-many-skipped");
  }, 120_000);

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])("to counter %i is refused at once", async (number) => {
    const { message } = await send(alice, "forged counter");
    const before = structuredClone(bob);
    await expectRejected(receive(bob, withCounters(message, { number })), "too-many-skipped");
    expect(bob).toEqual(before);
  });

  it("is refused in a first message too, in a chain that the message itself opens", async () => {
    const start = await ratchetPair("first");
    const { message } = await send(start.alice, "first");
    await expectRejected(receive(start.bob, withCounters(message, { number: MAX_SKIP + 1 })), "too-many-skipped");
    expect((await receive(start.bob, message)).text).toBe("first");
  });
});

describe("a gap at the end of the previous chain", () => {
  it(`of more than ${MAX_SKIP} messages is refused`, async () => {
    const reply = await send(bob, "reply");
    const read = await receive(alice, reply.message);
    const { message } = await send(read.ratchet, "new chain");
    for (const previous of [1 + MAX_SKIP + 1, 2 ** 31, 2 ** 32 - 1]) {
      await expectRejected(receive(reply.ratchet, withCounters(message, { previous })), "too-many-skipped");
    }
    expect((await receive(reply.ratchet, message)).text).toBe("new chain");
  });

  it("is told by the sender after sending many, and a message from it still opens", async () => {
    const burst = await sendAll(alice, ["lost", "late", "lost too"]);
    const reply = await send(bob, "reply");
    const read = await receive(burst.ratchet, reply.message);
    const { message } = await send(read.ratchet, "new chain");
    const jumped = await receive(reply.ratchet, message);
    expect(jumped.ratchet.skippedMessageKeys.map(({ messageNumber }) => messageNumber)).toEqual([1, 2, 3]);
    expect((await receive(jumped.ratchet, messageAt(burst.messages, 1))).text).toBe("late");
  });

  it("may be claimed shorter than what was received, and then adds nothing", async () => {
    const reply = await send(bob, "reply");
    const read = await receive(alice, reply.message);
    const { message } = await send(read.ratchet, "new chain");
    await expectRejected(receive(reply.ratchet, withCounters(message, { previous: 0 })), "decryption-failed");
    expect((await receive(reply.ratchet, message)).ratchet.skippedMessageKeys).toEqual([]);
  });
});

describe("skipped message keys", () => {
  it(`are kept up to ${MAX_SKIPPED_MESSAGE_KEYS}, and the oldest give way`, async () => {
    expect(MAX_SKIPPED_MESSAGE_KEYS).toBe(2_000);
    for (const skipped of [MAX_SKIPPED_MESSAGE_KEYS - 1, MAX_SKIPPED_MESSAGE_KEYS, MAX_SKIPPED_MESSAGE_KEYS + 1]) {
      const oldest = await send(alice, "oldest");
      const second = await send(oldest.ratchet, "second");
      const { message } = await send(afterSending(second.ratchet, skipped - 2), "ahead");
      const { ratchet } = await receive(bob, message);
      expect(ratchet.skippedMessageKeys).toHaveLength(Math.min(skipped, MAX_SKIPPED_MESSAGE_KEYS));
      expect((await receive(ratchet, second.message)).text).toBe("second");
      if (skipped > MAX_SKIPPED_MESSAGE_KEYS) {
        await expectRejected(receive(ratchet, oldest.message), "message-key-gone");
      } else {
        expect((await receive(ratchet, oldest.message)).text).toBe("oldest");
      }
    }
  });

  it("are bounded over several gaps, the newest staying", async () => {
    const first = await send(alice, "first gap");
    const ahead = await send(afterSending(first.ratchet, 999), "ahead");
    const jumped = await receive(bob, ahead.message);
    expect(jumped.ratchet.skippedMessageKeys).toHaveLength(1000);
    const further = await send(afterSending(ahead.ratchet, 1001), "further");
    const jumpedAgain = await receive(jumped.ratchet, further.message);
    expect(jumpedAgain.ratchet.skippedMessageKeys).toHaveLength(MAX_SKIPPED_MESSAGE_KEYS);
    expect(jumpedAgain.ratchet.skippedMessageKeys[0]?.messageNumber).toBe(2);
    await expectRejected(receive(jumpedAgain.ratchet, first.message), "message-key-gone");
  });

  it("open their message up to 30 days later and not after", async () => {
    expect(SKIPPED_MESSAGE_KEY_LIFETIME_MS).toBe(30 * 24 * 60 * 60 * 1000);
    const { messages } = await sendAll(alice, ["late", "early"]);
    const { ratchet } = await receive(bob, messageAt(messages, 1));
    for (const after of [0, SKIPPED_MESSAGE_KEY_LIFETIME_MS - 1, SKIPPED_MESSAGE_KEY_LIFETIME_MS]) {
      expect((await receive(ratchet, messageAt(messages, 0), { now: NOW + after })).text).toBe("late");
    }
    const tooLate = receive(ratchet, messageAt(messages, 0), { now: NOW + SKIPPED_MESSAGE_KEY_LIFETIME_MS + 1 });
    await expectRejected(tooLate, "message-key-gone");
  });

  it("are dropped by the next message after their 30 days, and not before", async () => {
    const { messages } = await sendAll(alice, ["late", "early", "much later"]);
    const { ratchet } = await receive(bob, messageAt(messages, 1));
    for (const [after, kept] of [
      [SKIPPED_MESSAGE_KEY_LIFETIME_MS - 1, 1],
      [SKIPPED_MESSAGE_KEY_LIFETIME_MS, 1],
      [SKIPPED_MESSAGE_KEY_LIFETIME_MS + 1, 0],
    ] as const) {
      const opened = await receive(ratchet, messageAt(messages, 2), { now: NOW + after });
      expect(opened.ratchet.skippedMessageKeys).toHaveLength(kept);
    }
  });
});
