import { beforeAll, describe, expect, it } from "vitest";
import type { Ratchet } from "./double-ratchet.ts";
import { MAX_SKIPPED_MESSAGE_KEYS, SKIPPED_MESSAGE_KEY_LIFETIME_MS } from "./skipped-message-keys.ts";
import { NOW } from "./testing/people.ts";
import { afterSending, messageAt, pairWithHello, receive, send, sendAll } from "./testing/ratchet-pair.ts";
import { expectRejected } from "./testing/refusal.ts";

let alice: Ratchet;
let bob: Ratchet;

beforeAll(async () => {
  ({ alice, bob } = await pairWithHello("limits"));
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
