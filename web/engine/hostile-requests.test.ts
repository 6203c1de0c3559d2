/** Receipts and requests to send again, by those whose business it is and by others: nobody gets what was not theirs. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { toBase64url } from "../../relay/wire/bytes.ts";
import { conversationId, encodeContent, MAX_RESENDS_PER_REQUEST } from "./content.ts";
import { PeerClient } from "./testing/peer-client.ts";
import { randomBytes, statuses, texts } from "./testing/person.ts";
import { joinWatched } from "./testing/watched-person.ts";

/** Alice has written to Bob, who has the message and has said nothing; Mallory has written to Alice. */
async function letterToBob() {
  const relay = await startTestRelay();
  const alice = await joinWatched(relay, "alice");
  const common = { origin: relay.origin, clock: relay.now };
  const bob = await PeerClient.join({ ...common, username: "bob" });
  const mallory = await PeerClient.join({ ...common, username: "mallory" });
  await alice.engine.startConversation("bob");
  await alice.engine.send("bob", "For Bob alone.");
  const letter = await bob.hearKind("text");
  await alice.untilConversation("bob", (view) => statuses(view)[0] === "sent");
  await mallory.write("alice", "I am Mallory.");
  await alice.untilConversation("mallory", (view) => texts(view).length === 1);
  return { alice, bob, mallory, letter };
}

function textsHeard({ heard }: PeerClient): readonly string[] {
  return heard.flatMap(({ content }) => (content.kind === "text" ? [content.text] : []));
}

describe("a receipt", () => {
  it("counts from Bob for what was sent to Bob, and not from Mallory, though she knows the message's id", async () => {
    const { alice, bob, mallory, letter } = await letterToBob();
    const ids = [letter.content.id];
    await mallory.say("alice", { kind: "receipt", delivered: ids, read: ids });
    const conversation = await conversationId("alice", "bob");
    const id = toBase64url(randomBytes(16));
    await mallory.sayBytes("alice", encodeContent({ kind: "receipt", conversation, id, delivered: ids, read: ids }));
    await mallory.write("alice", "That is all.");
    const view = await alice.untilConversation("mallory", (seen) => texts(seen).includes("That is all."));
    // A content of another conversation is none that this version knows: its fallback is shown, which is empty.
    expect(texts(view)).toEqual(["I am Mallory.", "", "That is all."]);
    expect(statuses(await alice.untilConversation("bob", () => true))).toEqual(["sent"]);

    await bob.say("alice", { kind: "receipt", delivered: ids, read: [] });
    await alice.untilConversation("bob", (seen) => statuses(seen)[0] === "delivered");
  });
});

describe("a request to send again", () => {
  it("is granted to Bob for what was sent to him", async () => {
    const { bob, letter } = await letterToBob();
    await bob.say("alice", { kind: "resend-request", envelopes: [letter.digest] });
    const again = await bob.hearKind("text");
    expect(again.content).toMatchObject({ id: letter.content.id, text: "For Bob alone." });
    expect(again.digest).not.toBe(letter.digest);
    expect((await bob.hearKind("resend-answer")).content).toMatchObject({ resent: [letter.digest], refused: [] });
  });

  it("is refused to Mallory for what was sent to Bob, though she knows the digest", async () => {
    const { mallory, letter } = await letterToBob();
    const unknown = toBase64url(randomBytes(32));
    await mallory.say("alice", { kind: "resend-request", envelopes: [letter.digest, unknown] });
    const { content } = await mallory.hearKind("resend-answer");
    expect(content).toMatchObject({ resent: [], refused: [letter.digest, unknown] });
    expect(textsHeard(mallory)).toEqual([]);
  });

  it("of a hundred unknown envelopes is refused as a whole, and Alice begins no session over it", async () => {
    const { alice, mallory } = await letterToBob();
    const envelopes = Array.from({ length: MAX_RESENDS_PER_REQUEST }, () => toBase64url(randomBytes(32)));
    const before = alice.network.countFetches("mallory");
    for (let request = 0; request < 8; request++) {
      await mallory.say("alice", { kind: "resend-request", envelopes });
      expect((await mallory.hearKind("resend-answer")).content.refused).toEqual(envelopes);
    }
    expect(alice.network.countFetches("mallory")).toBe(before);
    await mallory.write("alice", "Still here.");
    await alice.untilConversation("mallory", (view) => texts(view).includes("Still here."));
  });
});

describe("an answer to a request that nobody made", () => {
  it("changes nothing", async () => {
    const { alice, mallory, letter } = await letterToBob();
    await mallory.say("alice", { kind: "resend-answer", resent: [letter.digest], refused: [letter.digest] });
    await mallory.write("alice", "That is all.");
    const view = await alice.untilConversation("mallory", (seen) => texts(seen).includes("That is all."));
    expect(view.messages.map(({ kind }) => kind)).toEqual(["text", "text"]);
    expect(statuses(await alice.untilConversation("bob", () => true))).toEqual(["sent"]);
  });
});
