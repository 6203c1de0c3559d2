/**
 * Forward secrecy: what a device's state still opens of what was recorded (Double Ratchet §8, X3DH §4.3 and §4.4). The
 * thief of testing/thief.ts tries every way there is, and the siblings show that each of them opens something.
 */
import { describe, expect, it, vi } from "vitest";
import { suiteV1, suiteV2 } from "./suite.ts";
import { nativeCrypto } from "./testing/native-crypto.ts";
import { TappedConversation } from "./testing/tapped-conversation.ts";
import { openWithLoot, textsOpenedWith } from "./testing/thief.ts";

vi.mock("@noble/curves/ed25519.js", async (importOriginal) => {
  const { withNativeX25519 } = await import("./testing/native-crypto.ts");
  return withNativeX25519(await importOriginal());
});
vi.stubGlobal("crypto", nativeCrypto);

const PATIENCE_MS = 300_000;

describe.each([
  ["version 1", suiteV1],
  ["version 2", suiteV2],
] as const)("in %s", (_name, suite) => {
  it(
    "nothing that was read opens again with all that either device holds, nor what it sent itself",
    async () => {
      const conversation = await TappedConversation.begin(suite);
      for (const [by, text] of [
        ["alice", "a1"],
        ["alice", "a2"],
        ["bob", "b1"],
        ["bob", "b2"],
        ["alice", "a3"],
        ["bob", "b3"],
        ["alice", "a4"],
        ["alice", "a5"],
      ] as const) {
        await conversation.tell(by, text);
      }
      expect(conversation.recorded).toHaveLength(8);
      expect(await textsOpenedWith(conversation.lootOf("bob"), conversation.recorded)).toEqual([]);
      expect(await textsOpenedWith(conversation.lootOf("alice"), conversation.recorded)).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    "what was not read opens: by handshake before the first message, by session and by its bare keys later",
    async () => {
      const conversation = await TappedConversation.begin(suite);
      const first = await conversation.write("alice", "a1");
      expect((await openWithLoot(conversation.lootOf("bob"), first)).ways).toEqual(["handshake"]);
      await conversation.read("bob", first);
      const sameChain = await conversation.write("alice", "a2");
      expect((await openWithLoot(conversation.lootOf("bob"), sameChain)).ways).toEqual(["session", "brute force"]);
      await conversation.read("bob", sameChain);
      await conversation.tell("bob", "b1");
      const newChain = await conversation.write("alice", "a3");
      expect((await openWithLoot(conversation.lootOf("bob"), newChain)).ways).toEqual(["session", "brute force"]);
      await conversation.read("bob", newChain);
      expect(await textsOpenedWith(conversation.lootOf("bob"), conversation.recorded)).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    "of a message that is still awaited the key is kept, and of its neighbours not",
    async () => {
      const conversation = await TappedConversation.begin(suite);
      await conversation.tell("alice", "a1");
      const late = await conversation.write("alice", "a2");
      await conversation.tell("alice", "a3");
      await conversation.tell("bob", "b1");
      await conversation.tell("alice", "a4");
      expect(await textsOpenedWith(conversation.lootOf("bob"), conversation.recorded)).toEqual(["a2"]);
      expect(await conversation.read("bob", late)).toBe("a2");
      expect(await textsOpenedWith(conversation.lootOf("bob"), conversation.recorded)).toEqual([]);
    },
    PATIENCE_MS,
  );
});

/** Two messages before the first reply and two after it, all read at once. */
async function readConversation(...[suite, options]: Parameters<typeof TappedConversation.begin>) {
  const conversation = await TappedConversation.begin(suite, options);
  await conversation.tell("alice", "a1");
  await conversation.tell("alice", "a2");
  await conversation.tell("bob", "b1");
  await conversation.tell("alice", "a3");
  return conversation;
}

describe("of a session begun with lasting prekeys alone", () => {
  const options = { withOneTimePrekey: false, withOneTimeKemPrekey: false };

  it.each([
    ["version 1: the signed prekey", suiteV1],
    ["version 2: the signed prekey and the last-resort kem prekey", suiteV2],
  ] as const)(
    "%s opens again what was written before the first reply, until its secret is deleted",
    async (_name, suite) => {
      const conversation = await readConversation(suite, options);
      expect(await textsOpenedWith(conversation.lootOf("bob"), conversation.recorded)).toEqual(["a1", "a2"]);
      conversation.deleteLastingPrekeys("bob");
      expect(await textsOpenedWith(conversation.lootOf("bob"), conversation.recorded)).toEqual([]);
    },
    PATIENCE_MS,
  );
});

describe("of a session begun with a one-time prekey, nothing that was read opens again", () => {
  it.each([
    ["in version 1", suiteV1, true, false],
    ["in version 2, of both kinds", suiteV2, true, true],
    ["in version 2, the x25519 one alone", suiteV2, true, false],
    ["in version 2, the kem one alone", suiteV2, false, true],
  ] as const)(
    "%s",
    async (_name, suite, withOneTimePrekey, withOneTimeKemPrekey) => {
      const conversation = await readConversation(suite, { withOneTimePrekey, withOneTimeKemPrekey });
      expect(await textsOpenedWith(conversation.lootOf("bob"), conversation.recorded)).toEqual([]);
    },
    PATIENCE_MS,
  );
});
