/**
 * Healing (Double Ratchet §8, "break-in recovery"): a passive thief has a copy of all that Bob's device holds, follows
 * everything that travels, and keeps every session he can derive. The session is closed to him with the first message
 * under a ratchet key that Bob made after the copy, and the other direction with Alice's first answer to that key.
 */
import { describe, expect, it, vi } from "vitest";
import { suiteV1, suiteV2 } from "./suite.ts";
import { nativeCrypto } from "./testing/native-crypto.ts";
import { TappedConversation } from "./testing/tapped-conversation.ts";
import { type Loot, openWithLoot, type Recorded } from "./testing/thief.ts";

vi.mock("@noble/curves/ed25519.js", async (importOriginal) => {
  const { withNativeX25519 } = await import("./testing/native-crypto.ts");
  return withNativeX25519(await importOriginal());
});
vi.stubGlobal("crypto", nativeCrypto);

const PATIENCE_MS = 300_000;

/** Whether a thief who starts with this loot opens the message. He keeps it, and all sessions that come of it. */
function followWith(copied: Loot): (recorded: Recorded) => Promise<boolean> {
  let loot = copied;
  return async (recorded) => {
    const { ways, sessions } = await openWithLoot(loot, recorded);
    loot = { ...loot, sessions: [...loot.sessions, ...sessions] };
    return ways.length > 0;
  };
}

/** A session in which both have written, so that every key of the handshake is behind it. */
async function establishedConversation(...[suite]: Parameters<typeof TappedConversation.begin>) {
  const conversation = await TappedConversation.begin(suite);
  await conversation.tell("alice", "a1");
  await conversation.tell("bob", "b1");
  await conversation.tell("alice", "a2");
  return conversation;
}

describe.each([
  ["version 1", suiteV1],
  ["version 2", suiteV2],
] as const)("a passive thief of Bob's whole state, in %s", (_name, suite) => {
  it(
    "opens what follows in both directions while Bob's ratchet key is one that he copied, answers to it included",
    async () => {
      const conversation = await establishedConversation(suite);
      const opens = followWith(conversation.lootOf("bob"));
      const sameChain = await conversation.write("alice", "a3");
      expect(await opens(sameChain)).toBe(true);
      await conversation.read("bob", sameChain);
      const reply = await conversation.write("bob", "b2");
      expect(await opens(reply)).toBe(true);
      await conversation.read("alice", reply);
      const answer = await conversation.write("alice", "a4");
      expect(await opens(answer)).toBe(true);
    },
    PATIENCE_MS,
  );

  it(
    "opens nothing once Bob has made a ratchet key after the copy and Alice has answered it",
    async () => {
      const conversation = await establishedConversation(suite);
      const opens = followWith(conversation.lootOf("bob"));
      const reply = await conversation.write("bob", "b2");
      expect(await opens(reply)).toBe(true);
      await conversation.read("alice", reply);
      const answer = await conversation.write("alice", "a3");
      expect(await opens(answer)).toBe(true);
      await conversation.read("bob", answer);
      const underBobsNewKey = await conversation.write("bob", "b3");
      expect(await opens(underBobsNewKey)).toBe(false);
      const notYetAnswering = await conversation.write("alice", "a4");
      expect(await opens(notYetAnswering)).toBe(true);
      await conversation.read("alice", underBobsNewKey);
      for (const [by, reader] of [
        ["alice", "bob"],
        ["alice", "bob"],
        ["bob", "alice"],
        ["alice", "bob"],
        ["bob", "alice"],
      ] as const) {
        const closed = await conversation.write(by, `closed, by ${by}`);
        expect(await opens(closed)).toBe(false);
        await conversation.read(reader, closed);
      }
    },
    PATIENCE_MS,
  );

  it(
    "opens a session begun later with prekeys that he copied, and none begun with prekeys made after the copy",
    async () => {
      const copied = (await TappedConversation.begin(suite)).lootOf("bob");
      const before = await TappedConversation.begin(suite);
      expect(await followWith(copied)(await before.write("alice", "with old prekeys"))).toBe(true);
      const after = await TappedConversation.begin(suite, { freshPrekeys: true });
      const message = await after.write("alice", "with new prekeys");
      expect(await followWith(copied)(message)).toBe(false);
      expect(await after.read("bob", message)).toBe("with new prekeys");
    },
    PATIENCE_MS,
  );
});
