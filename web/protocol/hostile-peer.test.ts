/**
 * A peer who is authenticated and hostile: counters as high as they go, and gaps as long as they may be over many
 * chains. Work is counted in calls of KDF_CK's HMAC, of which one derives a message key or the next chain key.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Bytes, utf8 } from "./bytes.ts";
import { MAX_SKIP } from "./double-ratchet.ts";
import { toChainKey } from "./keys.ts";
import { decodeMessage } from "./message-format.ts";
import { decryptMessage, encryptMessage, MAX_SKIP_FIRST_MESSAGE, type Session } from "./session.ts";
import { MAX_SKIPPED_MESSAGE_KEYS } from "./skipped-message-keys.ts";
import { currentSuite as suite } from "./suite.ts";
import { acceptFirstMessage, bob, mallory, NOW, openSession, sendFirstMessage } from "./testing/people.ts";
import { repeatableRandomBytes } from "./testing/random.ts";
import { expectRejected } from "./testing/refusal.ts";

const PATIENCE_MS = 300_000;
const randomBytes = repeatableRandomBytes("a hostile peer");
const hmacCalls = vi.spyOn(crypto.subtle, "sign");

/** Calls since the last `mockClear` whose input is the one byte of KDF_CK. */
function derivations(): number {
  return hmacCalls.mock.calls.filter(([, , input]) => input.byteLength === 1).length;
}

/** A message of these sessions, as it arrives. */
function decode(body: Bytes) {
  return decodeMessage(body, suite.version);
}

function write(session: Session, text = "hostile") {
  return encryptMessage({ suite, session, plaintext: utf8(text), randomBytes });
}

function read(session: Session, body: Bytes) {
  return decryptMessage({ suite, session, message: decode(body), maxSkip: MAX_SKIP, randomBytes, now: NOW });
}

/** The session with counters of the peer's choice; what it writes verifies only if its chain key is theirs. */
function claiming(session: Session, counters: { readonly number?: number; readonly previous?: number }): Session {
  const { ratchet } = session;
  if (ratchet.sendingChain === null) throw new RangeError("there is no sending chain");
  const { nextMessageNumber } = ratchet.sendingChain;
  const sendingChain = { ...ratchet.sendingChain, nextMessageNumber: counters.number ?? nextMessageNumber };
  const previousChainLength = counters.previous ?? ratchet.previousChainLength;
  return { ...session, ratchet: { ...ratchet, sendingChain, previousChainLength } };
}

/** The session as if it had sent `count` messages more. */
function afterSending(session: Session, count: number): Session {
  const { sendingChain } = session.ratchet;
  if (sendingChain === null) throw new RangeError("there is no sending chain");
  let chainKey: Uint8Array = sendingChain.chainKey;
  for (let sent = 0; sent < count; sent++) chainKey = hmac(sha256, chainKey, Uint8Array.of(2));
  const advanced = { chainKey: toChainKey(chainKey), nextMessageNumber: sendingChain.nextMessageNumber + count };
  return { ...session, ratchet: { ...session.ratchet, sendingChain: advanced } };
}

/** Mallory's and Bob's ends, after Bob's answer was read: Mallory's next message is of a new chain. */
async function sessionWithMallory(): Promise<{ readonly theirs: Session; readonly ours: Session }> {
  const { ours: theirs, theirs: ours } = await openSession(mallory, bob);
  const answer = await write(ours, "an answer");
  return { theirs: (await read(theirs, answer.message)).session, ours: answer.session };
}

beforeEach(() => {
  hmacCalls.mockClear();
});

describe("a counter of an authenticated peer", () => {
  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])("of %i is refused without deriving a key", async (counter) => {
    const { theirs, ours } = await sessionWithMallory();
    const before = structuredClone(ours);
    for (const counters of [{ number: counter }, { previous: counter }, { number: counter, previous: counter }]) {
      const { message } = await write(claiming(theirs, counters));
      hmacCalls.mockClear();
      await expectRejected(read(ours, message), "too-many-skipped");
      expect(derivations()).toBe(0);
    }
    expect(ours).toEqual(before);
    expect(new TextDecoder().decode((await read(ours, (await write(theirs)).message)).plaintext)).toBe("hostile");
  });

  it.each([2 ** 31, 2 ** 32 - 1])("of %i in a first message is refused without deriving a key", async (number) => {
    const { session, message: honest } = await sendFirstMessage(mallory, bob);
    const { message } = await write(claiming(session, { number }));
    hmacCalls.mockClear();
    await expectRejected(acceptFirstMessage(bob, mallory, { message: decode(message) }), "too-many-skipped");
    expect(derivations()).toBe(0);
    expect((await acceptFirstMessage(bob, mallory, { message: decode(honest) })).plaintext).toEqual(utf8("first"));
  });
});

describe("a gap in a first message", () => {
  it(`of ${MAX_SKIP_FIRST_MESSAGE} is jumped over, one of ${MAX_SKIP_FIRST_MESSAGE + 1} refused`, async () => {
    const { session } = await sendFirstMessage(mallory, bob);
    const at = afterSending(session, MAX_SKIP_FIRST_MESSAGE - 1);
    const { message } = await write(at);
    const accepted = await acceptFirstMessage(bob, mallory, { message: decode(message) });
    expect(accepted.session.ratchet.skippedMessageKeys).toHaveLength(MAX_SKIP_FIRST_MESSAGE);
    const beyond = await write(afterSending(at, 1));
    const attempt = acceptFirstMessage(bob, mallory, { message: decode(beyond.message) });
    await expectRejected(attempt, "too-many-skipped");
  });
});

describe("the longest gaps", () => {
  it(
    "over many chains leave no more keys than are kept, and cost no more than their length and the keys kept",
    async () => {
      let { theirs, ours } = await sessionWithMallory();
      const gap = MAX_SKIPPED_MESSAGE_KEYS - 1;
      for (let chain = 0; chain < 6; chain++) {
        const sent = await write(afterSending(theirs, gap));
        hmacCalls.mockClear();
        const opened = await read(ours, sent.message);
        expect(derivations()).toBe(2 * gap + 2);
        expect(opened.session.ratchet.skippedMessageKeys).toHaveLength(chain === 0 ? gap : MAX_SKIPPED_MESSAGE_KEYS);
        const answer = await write(opened.session, "an answer");
        theirs = (await read(sent.session, answer.message)).session;
        ours = answer.session;
      }
    },
    PATIENCE_MS,
  );

  it(
    `across two chains are at most ${MAX_SKIP} together`,
    async () => {
      const { theirs, ours } = await sessionWithMallory();
      const half = MAX_SKIP / 2;
      const opened = await read(ours, (await write(theirs)).message);
      const answer = await write(opened.session, "an answer");
      const left = afterSending((await write(theirs)).session, half);
      const newChain = (await read(left, answer.message)).session;
      const tooFar = await write(afterSending(newChain, half + 1));
      hmacCalls.mockClear();
      await expectRejected(read(answer.session, tooFar.message), "too-many-skipped");
      expect(derivations()).toBe(0);
      const jumped = await read(answer.session, (await write(afterSending(newChain, half))).message);
      expect(jumped.session.ratchet.skippedMessageKeys).toHaveLength(MAX_SKIPPED_MESSAGE_KEYS);
    },
    PATIENCE_MS,
  );

  it(
    "that do not verify cost the same and leave nothing",
    async () => {
      const { theirs, ours } = await sessionWithMallory();
      const before = structuredClone(ours);
      const { message } = await write(claiming(theirs, { number: MAX_SKIP }));
      hmacCalls.mockClear();
      await expectRejected(read(ours, message), "decryption-failed");
      expect(derivations()).toBe(MAX_SKIP + MAX_SKIPPED_MESSAGE_KEYS + 2);
      expect(ours).toEqual(before);
    },
    PATIENCE_MS,
  );
});
