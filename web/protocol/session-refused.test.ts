import { describe, expect, it } from "vitest";
import { MAX_SKIP } from "./double-ratchet.ts";
import { decodeMessage, encodeMessage } from "./message-format.ts";
import { decryptMessage } from "./session.ts";
import { suiteV1, suiteV2 } from "./suite.ts";
import { messagesOf, refusalOf } from "./testing/messages.ts";
import { alice, bob, makePerson, NOW, openSession, sendFirstMessage } from "./testing/people.ts";
import { repeatableRandomBytes } from "./testing/random.ts";
import { expectRejected, flipBit } from "./testing/refusal.ts";

describe.each([
  { name: "version 1", suite: suiteV1 },
  { name: "version 2", suite: suiteV2 },
])("a message of an established session of $name", ({ suite }) => {
  const { version } = suite;
  const { accept, decrypt, encrypt } = messagesOf(suite, "refused messages");

  it("is refused when any byte of it is altered; the session stays equal and the honest one opens", async () => {
    const { ours, theirs } = await openSession(alice, bob, { suite });
    const reply = await encrypt(theirs, "y");
    const before = structuredClone(ours);
    for (let index = 0; index < reply.message.length; index++) {
      const altered = flipBit(reply.message, index, 0);
      await refusalOf((async () => await decrypt(ours, altered))());
      expect(ours).toEqual(before);
    }
    const opened = await decrypt(ours, reply.message);
    expect(opened.text).toBe("y");
    await expectRejected(decrypt(opened.session, reply.message), "message-key-gone");
  });

  it("is refused in another session of the same two people", async () => {
    const first = await openSession(alice, bob, { suite });
    const other = await sendFirstMessage(alice, bob, { suite, draw: "another handshake" });
    const accepted = await accept(other.message);
    const stray = await encrypt(first.theirs, "for the first session");
    await expectRejected(decrypt(other.session, stray.message), "decryption-failed");
    const back = await encrypt(accepted.session, "for the other session");
    await expectRejected(decrypt(first.ours, back.message), "decryption-failed");
    expect((await decrypt(other.session, back.message)).text).toBe("for the other session");
  });

  it("is refused when it is sent back to its sender", async () => {
    const { ours, theirs } = await openSession(alice, bob, { suite });
    const reply = await encrypt(theirs, "reply");
    await expectRejected(decrypt(reply.session, reply.message), "decryption-failed");
    const { message } = await encrypt(ours, "again");
    await expectRejected(decrypt(ours, message), "decryption-failed");
  });

  it("is refused when the initial header of another handshake is put before it", async () => {
    const { ours, theirs } = await openSession(alice, bob, { suite });
    const other = await sendFirstMessage(makePerson("dora"), bob, { suite });
    const { message } = await encrypt(ours, "still first");
    const { initialHeader } = decodeMessage(other.message, version);
    const swapped = encodeMessage({ ...decodeMessage(message, version), initialHeader });
    await expectRejected(decrypt(theirs, swapped), "decryption-failed");
    const stripped = encodeMessage({ ...decodeMessage(message, version), initialHeader: null });
    await expectRejected(decrypt(theirs, stripped), "decryption-failed");
    expect((await decrypt(theirs, message)).text).toBe("still first");
  });

  it("is refused when the session's associated data is of other people", async () => {
    const { ours, theirs } = await openSession(alice, bob, { suite });
    const { message } = await encrypt(ours, "bound");
    const associatedData = suite.associatedData({
      initiator: { username: "carol", device: 1, identityKey: alice.identity.publicKey },
      responder: { username: "bob", device: 1, identityKey: bob.identity.publicKey },
      signedPrekey: bob.signedPrekey.publicKey,
      oneTimePrekey: null,
      ephemeralKey: bob.signedPrekey.publicKey,
      kem: null,
    });
    await expectRejected(decrypt({ ...theirs, associatedData }, message), "decryption-failed");
  });
});

describe("a message of one version", () => {
  it.each([
    ["1", suiteV1, suiteV2],
    ["2", suiteV2, suiteV1],
  ] as const)(
    "is refused in a session of the other, under either version byte; made in %s",
    async (_name, made, read) => {
      const { theirs } = await openSession(alice, bob, { suite: made });
      const reply = await messagesOf(made, "made").encrypt(theirs, "reply");
      const { ours } = await openSession(alice, bob, { suite: read });
      const reader = messagesOf(read, "read");
      await expectRejected(reader.decrypt(ours, reply.message), "version-unsupported");
      const relabelled = encodeMessage({ ...decodeMessage(reply.message, made.version), version: read.version });
      await expectRejected(reader.decrypt(ours, relabelled), "decryption-failed");
    },
  );

  it("is refused in its own session when only its version byte was lowered, under either suite", async () => {
    const { ours, theirs } = await openSession(alice, bob);
    const reply = await messagesOf(suiteV2, "to be lowered").encrypt(theirs, "reply");
    const message = { ...decodeMessage(reply.message, 2), version: 1 };
    const before = structuredClone(ours);
    for (const suite of [suiteV1, suiteV2]) {
      const randomBytes = repeatableRandomBytes("lowered");
      const attempt = decryptMessage({ suite, session: ours, message, maxSkip: MAX_SKIP, randomBytes, now: NOW });
      await expectRejected(attempt, "decryption-failed");
    }
    expect(ours).toEqual(before);
    expect((await messagesOf(suiteV2, "as it was").decrypt(ours, reply.message)).text).toBe("reply");
  });
});
