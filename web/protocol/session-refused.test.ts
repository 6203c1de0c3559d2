import { describe, expect, it } from "vitest";
import { type Bytes, concat, utf8 } from "./bytes.ts";
import { generateX25519KeyPair } from "./keys.ts";
import { decodeInitialHeader, decodeMessage, encodeInitialHeader, encodeMessage } from "./message-format.ts";
import { ProtocolError } from "./protocol-error.ts";
import { acceptSession, decryptMessage, encryptMessage, type Session } from "./session.ts";
import { suiteV1 } from "./suite.ts";
import {
  acceptFirstMessage,
  alice,
  bob,
  carol,
  makePerson,
  mallory,
  NOW,
  openSession,
  type Person,
  sendFirstMessage,
} from "./testing/people.ts";
import { repeatableRandomBytes } from "./testing/random.ts";
import { expectRejected, flipBit } from "./testing/refusal.ts";

const randomBytes = repeatableRandomBytes("refused sessions");

async function encrypt(session: Session, text: string) {
  return await encryptMessage({ suite: suiteV1, session, plaintext: utf8(text), randomBytes });
}

async function decrypt(session: Session, message: Bytes) {
  return await decryptMessage({ suite: suiteV1, session, message: decodeMessage(message, 1), randomBytes, now: NOW });
}

type Acceptance = Parameters<typeof acceptSession>[0];

/** Bob's acceptance of Alice's first message, with parts of it replaced. */
async function accept(message: Bytes, change: Partial<Acceptance> = {}) {
  return await acceptSession({
    suite: suiteV1,
    us: bob,
    sender: { username: "alice", device: 1 },
    message: decodeMessage(message, 1),
    signedPrekey: bob.signedPrekey,
    oneTimePrekey: bob.oneTimePrekey,
    randomBytes,
    now: NOW,
    ...change,
  });
}

/** Which refusal an attempt met; fails when it met none. */
async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProtocolError);
  return error instanceof ProtocolError ? error.code : "";
}

describe("a first message", () => {
  it("is refused when any byte of it is altered, and the honest one still opens", async () => {
    const { message } = await sendFirstMessage(alice, bob, { text: "x" });
    const refusals = new Set<string>();
    for (let index = 0; index < message.length; index++) {
      const altered = flipBit(message, index, 0);
      refusals.add(await refusalOf((async () => await accept(altered))()));
    }
    expect([...refusals].sort()).toEqual([
      "decryption-failed",
      "key-invalid",
      "message-malformed",
      "too-many-skipped",
      "version-unsupported",
    ]);
    expect((await accept(message)).plaintext).toEqual(utf8("x"));
  });

  it("is refused when it is cut short anywhere", async () => {
    const { message } = await sendFirstMessage(alice, bob, { text: "x" });
    for (let length = 0; length < message.length; length += 3) {
      await refusalOf((async () => await accept(message.slice(0, length)))());
    }
    await expectRejected(accept(concat(message, Uint8Array.of(0))), "decryption-failed");
  });

  it.each<readonly [string, Partial<Acceptance>]>([
    ["with another one-time prekey", { oneTimePrekey: carol.oneTimePrekey }],
    ["without the one-time prekey it names", { oneTimePrekey: null }],
    ["with another signed prekey", { signedPrekey: carol.signedPrekey }],
    ["as if another name had sent it", { sender: { username: "carol", device: 1 } }],
    ["as if another device had sent it", { sender: { username: "alice", device: 2 } }],
    ["by someone else with the same prekeys", { us: { ...bob, identity: carol.identity } }],
    ["under another name of the responder", { us: { ...bob, username: "carol" } }],
    ["on another device of the responder", { us: { ...bob, device: 2 } }],
  ])("is refused %s", async (_name, change) => {
    const { message } = await sendFirstMessage(alice, bob);
    await expectRejected(accept(message, change), "decryption-failed");
  });

  it("is refused by whom it was not sent to", async () => {
    const { message } = await sendFirstMessage(alice, bob);
    const attempt = acceptFirstMessage(carol, alice, { message: decodeMessage(message, 1) });
    await expectRejected(attempt, "decryption-failed");
  });

  it("is refused when it is sent back to the initiator", async () => {
    const { message } = await sendFirstMessage(alice, bob);
    await expectRejected(accept(message, { us: alice, sender: { username: "bob", device: 1 } }), "own-identity");
  });

  it("is refused without an initial header", async () => {
    const { message } = await sendFirstMessage(alice, bob);
    const bare = encodeMessage({ ...decodeMessage(message, 1), initialHeader: null });
    await expectRejected(accept(bare), "message-malformed");
  });

  it("is refused when Mallory puts another identity in it", async () => {
    const { message } = await sendFirstMessage(alice, bob);
    const parts = decodeMessage(message, 1);
    const header = decodeInitialHeader(parts.initialHeader ?? new Uint8Array());
    for (const replaced of [
      { ...header, identityKey: mallory.identity.publicKey },
      { ...header, ephemeralKey: mallory.signedPrekey.publicKey },
      { ...header, generation: header.generation + 1 },
      { ...header, oneTimePrekeyId: null },
      { ...header, signedPrekeyId: new Uint8Array(16) },
    ]) {
      const forged = encodeMessage({ ...parts, initialHeader: encodeInitialHeader(replaced) });
      await expectRejected(accept(forged), "decryption-failed");
    }
  });

  it("by Mallory under her own identity does not pass as one of Alice", async () => {
    const asAlice: Person = { ...mallory, username: "alice" };
    const { message } = await sendFirstMessage(asAlice, bob);
    const accepted = await accept(message);
    expect(accepted.handshake.context.initiator.identityKey).toEqual(mallory.identity.publicKey);
    expect(accepted.handshake.context.initiator.identityKey).not.toEqual(alice.identity.publicKey);
  });

  it("repeated meets a used one-time prekey: with another key in its place it does not open", async () => {
    const { message } = await sendFirstMessage(alice, bob);
    await accept(message);
    const fresh = generateX25519KeyPair(randomBytes);
    await expectRejected(accept(message, { oneTimePrekey: fresh }), "decryption-failed");
    await expectRejected(accept(message, { oneTimePrekey: null }), "decryption-failed");
  });

  it("repeated within its session is refused", async () => {
    const { theirs, firstMessage } = await openSession(alice, bob);
    await expectRejected(decrypt(theirs, firstMessage), "message-key-gone");
  });
});

describe("a message of an established session", () => {
  it("is refused when any byte of it is altered; the session stays equal and the honest one opens", async () => {
    const { ours, theirs } = await openSession(alice, bob);
    const reply = await encrypt(theirs, "y");
    const before = structuredClone(ours);
    for (let index = 0; index < reply.message.length; index++) {
      const altered = flipBit(reply.message, index, 0);
      await refusalOf((async () => await decrypt(ours, altered))());
      expect(ours).toEqual(before);
    }
    const opened = await decrypt(ours, reply.message);
    expect(opened.plaintext).toEqual(utf8("y"));
    await expectRejected(decrypt(opened.session, reply.message), "message-key-gone");
  });

  it("is refused in another session of the same two people", async () => {
    const first = await openSession(alice, bob);
    const other = await sendFirstMessage(alice, bob, { draw: "another handshake" });
    const accepted = await accept(other.message);
    const stray = await encrypt(first.theirs, "for the first session");
    await expectRejected(decrypt(other.session, stray.message), "decryption-failed");
    const back = await encrypt(accepted.session, "for the other session");
    await expectRejected(decrypt(first.ours, back.message), "decryption-failed");
    expect((await decrypt(other.session, back.message)).plaintext).toEqual(utf8("for the other session"));
  });

  it("is refused when it is sent back to its sender", async () => {
    const { ours, theirs } = await openSession(alice, bob);
    const reply = await encrypt(theirs, "reply");
    await expectRejected(decrypt(reply.session, reply.message), "decryption-failed");
    const { message } = await encrypt(ours, "again");
    await expectRejected(decrypt(ours, message), "decryption-failed");
  });

  it("is refused when the initial header of another handshake is put before it", async () => {
    const { ours, theirs } = await openSession(alice, bob);
    const other = await sendFirstMessage(makePerson("dora"), bob);
    const { message } = await encrypt(ours, "still first");
    const { initialHeader } = decodeMessage(other.message, 1);
    const swapped = encodeMessage({ ...decodeMessage(message, 1), initialHeader });
    await expectRejected(decrypt(theirs, swapped), "decryption-failed");
    const stripped = encodeMessage({ ...decodeMessage(message, 1), initialHeader: null });
    await expectRejected(decrypt(theirs, stripped), "decryption-failed");
    expect((await decrypt(theirs, message)).plaintext).toEqual(utf8("still first"));
  });

  it("is refused when the session's associated data is of other people", async () => {
    const { ours, theirs } = await openSession(alice, bob);
    const { message } = await encrypt(ours, "bound");
    const associatedData = suiteV1.associatedData({
      initiator: { username: "carol", device: 1, identityKey: alice.identity.publicKey },
      responder: { username: "bob", device: 1, identityKey: bob.identity.publicKey },
      signedPrekey: bob.signedPrekey.publicKey,
      oneTimePrekey: null,
      ephemeralKey: bob.signedPrekey.publicKey,
    });
    await expectRejected(decrypt({ ...theirs, associatedData }, message), "decryption-failed");
  });
});
