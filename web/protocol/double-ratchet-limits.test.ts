import { beforeAll, describe, expect, it, vi } from "vitest";
import { MAX_SKIP, type Ratchet } from "./double-ratchet.ts";
import { MAX_SKIPPED_MESSAGE_KEYS } from "./skipped-message-keys.ts";
import {
  afterSending,
  messageAt,
  pairWithHello,
  ratchetPair,
  receive,
  send,
  sendAll,
  withCounters,
} from "./testing/ratchet-pair.ts";
import { expectRejected } from "./testing/refusal.ts";

let alice: Ratchet;
let bob: Ratchet;

beforeAll(async () => {
  ({ alice, bob } = await pairWithHello("limits"));
});

describe("a fresh ratchet", () => {
  it("keeps no message keys, on either side", async () => {
    const start = await ratchetPair("fresh");
    expect(start.alice.skippedMessageKeys).toEqual([]);
    expect(start.bob.skippedMessageKeys).toEqual([]);
  });
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

  it(`derives a message key for the last ${MAX_SKIPPED_MESSAGE_KEYS} only, as more are not kept`, async () => {
    const gap = MAX_SKIPPED_MESSAGE_KEYS + 10;
    const { message } = await send(afterSending(alice, gap), "ahead");
    const hmacCalls = vi.spyOn(crypto.subtle, "sign");
    const opened = await receive(bob, message);
    const derivations = hmacCalls.mock.calls.filter(([, , input]) => input.byteLength === 1).length;
    hmacCalls.mockRestore();
    expect(opened.text).toBe("ahead");
    // One step of the chain for each message, and a message key for each that is kept, and for this one.
    expect(derivations).toBe(gap + 1 + MAX_SKIPPED_MESSAGE_KEYS + 1);
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

describe("a gap over a change of chain", () => {
  /** Bob has answered; Alice sent `lost` more in her first chain, read the answer, and sent `unseen` in her second. */
  async function acrossChains(lost: number, unseen: number) {
    const reply = await send(bob, "reply");
    const read = await receive(afterSending(alice, lost), reply.message);
    const { message } = await send(afterSending(read.ratchet, unseen), "across");
    return { message, receiver: reply.ratchet };
  }

  it.each([
    [3, 2, 5],
    [0, 5, 5],
    [5, 0, 5],
  ])(
    "of %i and %i messages is jumped over when %i are allowed, and not when one less is",
    async (lost, unseen, allowed) => {
      const { message, receiver } = await acrossChains(lost, unseen);
      const opened = await receive(receiver, message, { maxSkip: allowed });
      expect(opened.text).toBe("across");
      expect(opened.ratchet.skippedMessageKeys).toHaveLength(lost + unseen);
      const before = structuredClone(receiver);
      await expectRejected(receive(receiver, message, { maxSkip: allowed - 1 }), "too-many-skipped");
      expect(receiver).toEqual(before);
      expect((await receive(receiver, message, { maxSkip: allowed + 1 })).text).toBe("across");
    },
  );

  it(`of ${MAX_SKIP} messages in both chains together is jumped over, of ${MAX_SKIP + 1} refused`, async () => {
    const half = MAX_SKIP / 2;
    const at = await acrossChains(half, half);
    expect((await receive(at.receiver, at.message)).text).toBe("across");
    const above = await acrossChains(half, half + 1);
    await expectRejected(receive(above.receiver, above.message), "too-many-skipped");
  }, 120_000);

  it("does not let two large counters each pass by itself", async () => {
    const { message, receiver } = await acrossChains(0, 0);
    for (const counters of [
      { previous: 1 + MAX_SKIP, number: 1 },
      { previous: 2, number: MAX_SKIP },
      { previous: 2 ** 32 - 1, number: 2 ** 32 - 1 },
    ]) {
      await expectRejected(receive(receiver, withCounters(message, counters)), "too-many-skipped");
    }
    for (const counters of [
      { previous: 1 + 1000, number: 0 },
      { previous: 1, number: 1000 },
    ]) {
      await expectRejected(receive(receiver, withCounters(message, counters)), "decryption-failed");
    }
  });

  it("counts nothing for a message whose key was kept", async () => {
    const { messages, ratchet } = await sendAll(alice, ["late", "early"]);
    const { ratchet: jumped } = await receive(bob, messageAt(messages, 1), { maxSkip: 1 });
    expect((await receive(jumped, messageAt(messages, 0), { maxSkip: 0 })).text).toBe("late");
    expect((await receive(jumped, (await send(ratchet, "next")).message, { maxSkip: 0 })).text).toBe("next");
  });
});
