import { describe, expect, it } from "vitest";
import { type Bytes, utf8 } from "./bytes.ts";
import { sha256 } from "./kdf.ts";
import { decodeMessage } from "./message-format.ts";
import { verifyPrekeyBundle } from "./prekey-bundle.ts";
import { prekeyId } from "./prekeys.ts";
import { beginSession, decryptMessage, encryptMessage, readInitialHeader, type Session } from "./session.ts";
import { suiteV1 } from "./suite.ts";
import { hex } from "./testing/hex.ts";
import {
  acceptFirstMessage,
  alice,
  bob,
  bundleOf,
  NOW,
  openSession,
  sendFirstMessage,
  TODAY,
  verifiedBundleOf,
} from "./testing/people.ts";
import { repeatableRandomBytes, scriptRandomBytes } from "./testing/random.ts";

const randomBytes = repeatableRandomBytes("session tests");

async function encrypt(session: Session, text: string) {
  return await encryptMessage({ suite: suiteV1, session, plaintext: utf8(text), randomBytes });
}

async function decrypt(session: Session, message: Bytes) {
  const opened = await decryptMessage({
    suite: suiteV1,
    session,
    message: decodeMessage(message, 1),
    randomBytes,
    now: NOW,
  });
  return { session: opened.session, text: new TextDecoder().decode(opened.plaintext) };
}

describe("a session", () => {
  it.each([true, false])("begins with one message and is answered; one-time prekey: %s", async (withOneTimePrekey) => {
    const sent = await sendFirstMessage(alice, bob, { text: "hello Bob", withOneTimePrekey });
    const message = decodeMessage(sent.message, 1);
    const accepted = await acceptFirstMessage(bob, alice, { message, withOneTimePrekey });
    expect(new TextDecoder().decode(accepted.plaintext)).toBe("hello Bob");
    expect(accepted.handshake).toEqual(sent.handshake);
    expect(accepted.session.transcriptHash).toEqual(sent.session.transcriptHash);
    expect(accepted.session.generation).toBe(NOW / 1000);
    const weaknesses = withOneTimePrekey ? [] : ["no-one-time-prekey"];
    expect(sent.session.weaknesses).toEqual(weaknesses);
    expect(accepted.session.weaknesses).toEqual(weaknesses);
    const reply = await encrypt(accepted.session, "hello Alice");
    expect((await decrypt(sent.session, reply.message)).text).toBe("hello Alice");
  });

  it("draws an ephemeral key and a ratchet key to begin, and a nonce per message, in that order", async () => {
    const script = scriptRandomBytes(repeatableRandomBytes("script")(32 + 32 + 12));
    const begun = await beginSession({
      suite: suiteV1,
      us: alice,
      bundle: verifiedBundleOf(bob, alice),
      generation: 1,
      randomBytes: script.randomBytes,
    });
    await encryptMessage({
      suite: suiteV1,
      session: begun.session,
      plaintext: utf8("text"),
      randomBytes: script.randomBytes,
    });
    script.requireSpent();
  });

  it("carries the initial header on every message until the first reply, and then no more", async () => {
    const sent = await sendFirstMessage(alice, bob);
    const second = await encrypt(sent.session, "second");
    const [first, next] = [decodeMessage(sent.message, 1), decodeMessage(second.message, 1)];
    expect(first.initialHeader).not.toBeNull();
    expect(next.initialHeader).toEqual(first.initialHeader);
    const accepted = await acceptFirstMessage(bob, alice, { message: first });
    expect((await decrypt(accepted.session, second.message)).text).toBe("second");
    const reply = await encrypt(accepted.session, "reply");
    expect(decodeMessage(reply.message, 1).initialHeader).toBeNull();
    const read = await decrypt(second.session, reply.message);
    expect(read.session.phase).toBe("established");
    expect(read.session).not.toHaveProperty("initialHeader");
    expect(decodeMessage((await encrypt(read.session, "third")).message, 1).initialHeader).toBeNull();
  });

  it("can begin from any of its first messages, whichever arrives first", async () => {
    const sent = await sendFirstMessage(alice, bob, { text: "first" });
    const second = await encrypt(sent.session, "second");
    const accepted = await acceptFirstMessage(bob, alice, { message: decodeMessage(second.message, 1) });
    expect(new TextDecoder().decode(accepted.plaintext)).toBe("second");
    expect((await decrypt(accepted.session, sent.message)).text).toBe("first");
  });

  it("does not change the session it was given, neither sending nor receiving", async () => {
    const { ours, theirs } = await openSession(alice, bob);
    const before = structuredClone({ ours, theirs });
    const { message } = await encrypt(ours, "text");
    await decrypt(theirs, message);
    expect({ ours, theirs }).toEqual(before);
  });

  it("survives structured cloning, as storage does to it", async () => {
    const { ours, theirs } = await openSession(alice, bob);
    const { message } = await encrypt(structuredClone(ours), "stored");
    expect((await decrypt(structuredClone(theirs), message)).text).toBe("stored");
  });

  it("never gives the same bytes when the same state encrypts the same text twice", async () => {
    const { ours } = await openSession(alice, bob);
    const seen = new Set<string>();
    for (let count = 0; count < 20; count++) {
      const { ciphertext } = decodeMessage((await encrypt(ours, "again")).message, 1);
      seen.add(hex(ciphertext.subarray(0, 12)));
    }
    expect(seen.size).toBe(20);
  });

  it("is marked as weak when the signed prekey was over 30 days old", async () => {
    const stale = bundleOf(bob);
    const bundle = verifyPrekeyBundle({
      bundle: { ...stale, manifest: { ...stale.manifest, signedPrekeyDay: TODAY - 31 } },
      username: "bob",
      device: 1,
      version: 1,
      ourIdentityKey: alice.identity.publicKey,
      today: TODAY,
    });
    const { session } = await beginSession({ suite: suiteV1, us: alice, bundle, generation: 1, randomBytes });
    expect(session.weaknesses).toEqual(["stale-signed-prekey"]);
  });
});

describe("the initial header of a message", () => {
  it("names the keys of the handshake, and its hash names the handshake", async () => {
    const sent = await sendFirstMessage(alice, bob);
    const message = decodeMessage(sent.message, 1);
    const read = await readInitialHeader(message);
    expect(read?.initialHeader).toEqual({
      identityKey: alice.identity.publicKey,
      ephemeralKey: sent.handshake.context.ephemeralKey,
      signedPrekeyId: await prekeyId("signed", bob.signedPrekey.publicKey),
      oneTimePrekeyId: await prekeyId("one-time", bob.oneTimePrekey.publicKey),
      generation: NOW / 1000,
    });
    expect(read?.transcriptHash).toEqual(await sha256(message.initialHeader ?? new Uint8Array()));
    expect(read?.transcriptHash).toEqual(sent.session.transcriptHash);
  });

  it("is null on a message without one", async () => {
    const { theirs } = await openSession(alice, bob);
    const reply = await encrypt(theirs, "reply");
    expect(await readInitialHeader(decodeMessage(reply.message, 1))).toBeNull();
  });
});
