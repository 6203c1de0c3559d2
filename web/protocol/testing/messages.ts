/** Encrypting, decrypting and accepting messages of one suite, and which refusal an attempt meets, for tests. */
import { expect } from "vitest";
import { type Bytes, utf8 } from "../bytes.ts";
import { MAX_SKIP } from "../double-ratchet.ts";
import { decodeMessage } from "../message-format.ts";
import { ProtocolError } from "../protocol-error.ts";
import { acceptSession, decryptMessage, encryptMessage, type Session } from "../session.ts";
import type { Suite } from "../suite.ts";
import { bob, kemPrekeyOf, NOW } from "./people.ts";
import { repeatableRandomBytes } from "./random.ts";

export type Acceptance = Parameters<typeof acceptSession>[0];

/** The functions of a session under this suite, with randomness that repeats by name. */
export function messagesOf(suite: Suite, name: string) {
  const randomBytes = repeatableRandomBytes(name);
  return {
    async encrypt(session: Session, text: string) {
      return await encryptMessage({ suite, session, plaintext: utf8(text), randomBytes });
    },

    async decrypt(session: Session, bytes: Bytes, maxSkip = MAX_SKIP) {
      const message = decodeMessage(bytes, suite.version);
      const opened = await decryptMessage({ suite, session, message, maxSkip, randomBytes, now: NOW });
      return { session: opened.session, text: new TextDecoder().decode(opened.plaintext) };
    },

    /** Bob's acceptance of Alice's first message, with parts of it replaced. */
    async accept(bytes: Bytes, change: Partial<Acceptance> = {}) {
      const accepted = await acceptSession({
        suite,
        us: bob,
        sender: { username: "alice", device: 1 },
        message: decodeMessage(bytes, suite.version),
        signedPrekey: bob.signedPrekey,
        oneTimePrekey: bob.oneTimePrekey,
        kemPrekey: kemPrekeyOf(bob, { suite }),
        randomBytes,
        now: NOW,
        ...change,
      });
      return { ...accepted, text: new TextDecoder().decode(accepted.plaintext) };
    },
  };
}

/** Which refusal an attempt met; fails when it met none. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProtocolError);
  return error instanceof ProtocolError ? error.code : "";
}
