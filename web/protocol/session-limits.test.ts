import { describe, expect, it } from "vitest";
import { MAX_SKIP } from "./double-ratchet.ts";
import { decodeMessage, encodeMessage } from "./message-format.ts";
import { MAX_SKIP_FIRST_MESSAGE, type Session } from "./session.ts";
import { MAX_SKIPPED_MESSAGE_KEYS } from "./skipped-message-keys.ts";
import { type Suite, suiteV1, suiteV2 } from "./suite.ts";
import { messagesOf } from "./testing/messages.ts";
import { acceptFirstMessage, alice, bob, openSession, sendFirstMessage } from "./testing/people.ts";
import { afterSending } from "./testing/ratchet-pair.ts";
import { expectRejected } from "./testing/refusal.ts";

/** The session as if it had sent `count` messages more. */
function later(session: Session, count: number): Session {
  return { ...session, ratchet: afterSending(session.ratchet, count) };
}

describe.each([suiteV1, suiteV2])("the gap before the first message that opens, in version $version", (suite) => {
  const { accept, decrypt, encrypt } = messagesOf(suite, "first gaps");

  it.each([MAX_SKIP_FIRST_MESSAGE - 1, MAX_SKIP_FIRST_MESSAGE])(
    "may be of %i messages, whose keys are kept",
    async (gap) => {
      const first = await sendFirstMessage(alice, bob, { suite, text: "lost for a while" });
      const { message } = await encrypt(later(first.session, gap - 1), "far ahead");
      const accepted = await accept(message);
      expect(accepted.text).toBe("far ahead");
      expect(accepted.session.ratchet.skippedMessageKeys).toHaveLength(gap);
      expect((await decrypt(accepted.session, first.message)).text).toBe("lost for a while");
    },
  );

  it(`is refused when it is of ${MAX_SKIP_FIRST_MESSAGE + 1} messages`, async () => {
    expect(MAX_SKIP_FIRST_MESSAGE).toBe(100);
    expect(MAX_SKIP_FIRST_MESSAGE).toBeLessThanOrEqual(MAX_SKIPPED_MESSAGE_KEYS);
    const first = await sendFirstMessage(alice, bob, { suite });
    const { message } = await encrypt(later(first.session, MAX_SKIP_FIRST_MESSAGE), "too far");
    await expectRejected(accept(message), "too-many-skipped");
    expect((await accept(first.message)).text).toBe("first");
  });

  it.each([2 ** 31, 2 ** 32 - 1])("is refused at once when a forged header claims %i", async (messageNumber) => {
    const { message } = await sendFirstMessage(alice, bob, { suite });
    const parts = decodeMessage(message, suite.version);
    const header = suite.encodeHeader({ ...suite.decodeHeader(parts.header), messageNumber });
    await expectRejected(accept(encodeMessage({ ...parts, header })), "too-many-skipped");
  });

  it("is not widened by a previous chain, which a first message cannot have", async () => {
    const boasting: Suite = {
      ...suite,
      encodeHeader: (header) => suite.encodeHeader({ ...header, previousChainLength: 2 ** 32 - 1 }),
    };
    const { message } = await sendFirstMessage(alice, bob, { suite: boasting });
    const accepted = await acceptFirstMessage(bob, alice, { suite, message: decodeMessage(message, suite.version) });
    expect(accepted.session.ratchet.skippedMessageKeys).toEqual([]);
  });

  it("is longer once the session is open, up to what the caller allows", async () => {
    const { ours, theirs } = await openSession(alice, bob, { suite });
    const { message } = await encrypt(later(ours, MAX_SKIP_FIRST_MESSAGE + 1), "ahead");
    const before = structuredClone(theirs);
    await expectRejected(decrypt(theirs, message, MAX_SKIP_FIRST_MESSAGE), "too-many-skipped");
    expect(theirs).toEqual(before);
    expect((await decrypt(theirs, message, MAX_SKIP_FIRST_MESSAGE + 1)).text).toBe("ahead");
    expect((await decrypt(theirs, message, MAX_SKIP)).text).toBe("ahead");
  });
});
