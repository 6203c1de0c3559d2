import { describe, expect, it } from "vitest";
import { utf8 } from "./bytes.ts";
import { sha256 } from "./kdf.ts";
import { decodeMessage } from "./message-format.ts";
import { prekeyId } from "./prekeys.ts";
import { beginSession, encryptMessage, readInitialHeader } from "./session.ts";
import { suiteV1, suiteV2 } from "./suite.ts";
import { hex } from "./testing/hex.ts";
import { messagesOf } from "./testing/messages.ts";
import {
  acceptFirstMessage,
  alice,
  bob,
  NOW,
  openSession,
  sendFirstMessage,
  verifiedBundleOf,
} from "./testing/people.ts";
import { repeatableRandomBytes, scriptRandomBytes } from "./testing/random.ts";

describe.each([
  { name: "version 1", suite: suiteV1, drawnToBegin: 32 + 32, initialHeaderBytes: 105 },
  { name: "version 2", suite: suiteV2, drawnToBegin: 32 + 32 + 32, initialHeaderBytes: 1209 },
])("in $name", ({ suite, drawnToBegin, initialHeaderBytes }) => {
  const { version } = suite;
  const { decrypt, encrypt } = messagesOf(suite, "session tests");

  describe("a session", () => {
    it.each([true, false])(
      "begins with one message and is answered; one-time prekey: %s",
      async (withOneTimePrekey) => {
        const sent = await sendFirstMessage(alice, bob, { suite, text: "hello Bob", withOneTimePrekey });
        const message = decodeMessage(sent.message, version);
        const accepted = await acceptFirstMessage(bob, alice, { suite, message, withOneTimePrekey });
        expect(new TextDecoder().decode(accepted.plaintext)).toBe("hello Bob");
        expect(accepted.handshake).toEqual(sent.handshake);
        expect(accepted.session.transcriptHash).toEqual(sent.session.transcriptHash);
        expect(accepted.session.generation).toBe(NOW / 1000);
        expect([sent.session.version, accepted.session.version]).toEqual([version, version]);
        const weaknesses = withOneTimePrekey ? [] : ["no-one-time-prekey"];
        expect(sent.session.weaknesses).toEqual(weaknesses);
        expect(accepted.session.weaknesses).toEqual(weaknesses);
        const reply = await encrypt(accepted.session, "hello Alice");
        expect((await decrypt(sent.session, reply.message)).text).toBe("hello Alice");
      },
    );

    it("draws what the keys of its handshake need to begin, and a nonce per message", async () => {
      const script = scriptRandomBytes(repeatableRandomBytes("script")(drawnToBegin + 12));
      const begun = await beginSession({
        suite,
        us: alice,
        bundle: verifiedBundleOf(bob, alice, { suite }),
        generation: 1,
        randomBytes: script.randomBytes,
      });
      await encryptMessage({
        suite,
        session: begun.session,
        plaintext: utf8("text"),
        randomBytes: script.randomBytes,
      });
      script.requireSpent();
    });

    it("carries the initial header on every message until the first reply, and then no more", async () => {
      const sent = await sendFirstMessage(alice, bob, { suite });
      const second = await encrypt(sent.session, "second");
      const [first, next] = [decodeMessage(sent.message, version), decodeMessage(second.message, version)];
      expect(first.initialHeader).toHaveLength(initialHeaderBytes);
      expect(next.initialHeader).toEqual(first.initialHeader);
      const accepted = await acceptFirstMessage(bob, alice, { suite, message: first });
      expect(accepted.session.phase).toBe("established");
      expect((await decrypt(accepted.session, second.message)).text).toBe("second");
      const reply = await encrypt(accepted.session, "reply");
      expect(decodeMessage(reply.message, version).initialHeader).toBeNull();
      const read = await decrypt(second.session, reply.message);
      expect(read.session.phase).toBe("established");
      expect(read.session).not.toHaveProperty("initialHeader");
      expect(decodeMessage((await encrypt(read.session, "third")).message, version).initialHeader).toBeNull();
    });

    it("can begin from any of its first messages, whichever arrives first", async () => {
      const sent = await sendFirstMessage(alice, bob, { suite, text: "first" });
      const second = await encrypt(sent.session, "second");
      const accepted = await acceptFirstMessage(bob, alice, { suite, message: decodeMessage(second.message, version) });
      expect(new TextDecoder().decode(accepted.plaintext)).toBe("second");
      expect((await decrypt(accepted.session, sent.message)).text).toBe("first");
    });

    it("does not change the session it was given, neither sending nor receiving", async () => {
      const { ours, theirs } = await openSession(alice, bob, { suite });
      const before = structuredClone({ ours, theirs });
      const { message } = await encrypt(ours, "text");
      await decrypt(theirs, message);
      expect({ ours, theirs }).toEqual(before);
    });

    it("survives structured cloning, as storage does to it", async () => {
      const { ours, theirs } = await openSession(alice, bob, { suite });
      const { message } = await encrypt(structuredClone(ours), "stored");
      expect((await decrypt(structuredClone(theirs), message)).text).toBe("stored");
    });

    it("never gives the same bytes when the same state encrypts the same text twice", async () => {
      const { ours } = await openSession(alice, bob, { suite });
      const seen = new Set<string>();
      for (let count = 0; count < 20; count++) {
        const { ciphertext } = decodeMessage((await encrypt(ours, "again")).message, version);
        seen.add(hex(ciphertext.subarray(0, 12)));
      }
      expect(seen.size).toBe(20);
    });
  });

  describe("the initial header of a message", () => {
    it("names the keys of the handshake, and its hash names the handshake", async () => {
      const sent = await sendFirstMessage(alice, bob, { suite });
      const message = decodeMessage(sent.message, version);
      const read = await readInitialHeader(suite, message);
      const { kem } = sent.handshake.context;
      expect(kem === null).toBe(suite.kem === null);
      expect(read?.initialHeader).toEqual({
        identityKey: alice.identity.publicKey,
        ephemeralKey: sent.handshake.context.ephemeralKey,
        signedPrekeyId: await prekeyId("signed", bob.signedPrekey.publicKey),
        oneTimePrekeyId: await prekeyId("one-time", bob.oneTimePrekey.publicKey),
        kem: kem && { prekeyId: await prekeyId(kem.type, kem.publicKey), ciphertext: kem.ciphertext },
        generation: NOW / 1000,
      });
      expect(read?.transcriptHash).toEqual(await sha256(message.initialHeader ?? new Uint8Array()));
      expect(read?.transcriptHash).toEqual(sent.session.transcriptHash);
    });

    it("is null on a message without one", async () => {
      const { theirs } = await openSession(alice, bob, { suite });
      const reply = await encrypt(theirs, "reply");
      expect(await readInitialHeader(suite, decodeMessage(reply.message, version))).toBeNull();
    });
  });
});
