/** Changes that no honest app sends: nobody's words become others', nothing breaks, and nothing grows without end. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { toBase64url } from "../../relay/wire/bytes.ts";
import { utf8 } from "../protocol/bytes.ts";
import { pad } from "../protocol/padding.ts";
import type { ConversationView, MessageView } from "./api.ts";
import { conversationId } from "./content.ts";
import { DAY_MS } from "./days.ts";
import { PeerClient, type Said } from "./testing/peer-client.ts";
import { randomBytes, texts } from "./testing/person.ts";
import { joinWatched, missingCards } from "./testing/watched-person.ts";

const id = () => toBase64url(randomBytes(16));

async function bobAndMallory() {
  const relay = await startTestRelay();
  const bob = await joinWatched(relay, "bob");
  const mallory = await PeerClient.join({ origin: relay.origin, username: "mallory", clock: relay.now });
  /** Says a change with these fields. */
  const say = (kind: "reaction" | "edit" | "delete" | "timer", fields: Record<string, string | number>) =>
    mallory.say("bob", { kind, fallback: "instead", fields } satisfies Said);
  /** What Bob sees once all before it has come. */
  const seenAfterAll = async (): Promise<ConversationView> => {
    const last = `last ${id()}`;
    await mallory.write("bob", last);
    return await bob.untilConversation("mallory", (seen) => texts(seen).includes(last));
  };
  /** Says a text that answers something, whatever it says of it. */
  const answer = async (reply: unknown) => {
    const conversation = await conversationId("bob", "mallory");
    const content = { v: 1, conversation, id: id(), kind: "text", text: "an answer", reply };
    await mallory.sayBytes("bob", pad(utf8(JSON.stringify(content))));
    return await bob.untilConversation("mallory", (seen) => texts(seen).includes("an answer"));
  };
  return { relay, bob, mallory, say, answer, seenAfterAll };
}

function message({ messages }: ConversationView, text: string) {
  const isIt = (shown: MessageView) => shown.kind === "text" && shown.text === text;
  return messages.find(isIt);
}

describe("a change of Mallory's", () => {
  it("to what Bob wrote is a reaction or nothing", async () => {
    const { bob, mallory, say, seenAfterAll } = await bobAndMallory();
    await mallory.write("bob", "hello");
    await bob.untilConversation("mallory", (seen) => texts(seen).includes("hello"));
    await bob.engine.send("mallory", "Bob's own words");
    const { content } = await mallory.hearKind("text");
    await say("edit", { target: content.id, text: "words in Bob's mouth", at: Date.now() });
    await say("delete", { target: content.id, at: Date.now() });
    await say("reaction", { target: content.id, emoji: "👎", at: Date.now() });
    const view = await seenAfterAll();
    expect(message(view, "Bob's own words")).toMatchObject({
      isEdited: false,
      isDeleted: false,
      reactions: { ours: null, theirs: "👎" },
    });
  });

  it("to a message of a day before, by the times it claims, changes nothing", async () => {
    const { mallory, say, seenAfterAll } = await bobAndMallory();
    const { id: target } = await mallory.write("bob", "history");
    const at = Date.now() + DAY_MS + 60_000;
    await say("edit", { target, text: "rewritten", at });
    await say("delete", { target, at });
    expect(message(await seenAfterAll(), "history")).toMatchObject({ isEdited: false, isDeleted: false });
  });

  it("that claims an early time changes nothing a month later, by Bob's clock", async () => {
    const { bob, mallory, say, seenAfterAll } = await bobAndMallory();
    const { id: target } = await mallory.write("bob", "history");
    await bob.untilConversation("mallory", (seen) => texts(seen).includes("history"));
    bob.advance(31 * DAY_MS + 60_000);
    await say("edit", { target, text: "rewritten", at: Date.now() });
    await say("reaction", { target, emoji: "👍", at: Date.now() });
    const seen = message(await seenAfterAll(), "history");
    expect(seen).toMatchObject({ isEdited: false, reactions: { theirs: "👍" } });
  });

  it("hides nothing: each text stays to be read, however often it is edited", async () => {
    const { bob, mallory, say, seenAfterAll } = await bobAndMallory();
    const { id: target } = await mallory.write("bob", "version 0");
    const begin = Date.now();
    for (let version = 1; version <= 60; version += 1) {
      await say("edit", { target, text: `version ${version}`, at: begin + version });
    }
    const edited = message(await seenAfterAll(), "version 60");
    expect(edited).toMatchObject({ isEdited: true });
    const details = await bob.engine.messageDetails("mallory", edited?.sequence ?? -1);
    expect(details?.earlierTexts).toHaveLength(50);
    expect(details?.earlierTexts[0]?.text).toBe("version 0");
    expect(details?.earlierTexts.at(-1)?.text).toBe("version 59");
  });

  it("that is malformed is one card, and the session goes on", async () => {
    const { mallory, say, seenAfterAll } = await bobAndMallory();
    const { id: target } = await mallory.write("bob", "hello");
    const at = Date.now();
    const broken: readonly (readonly ["reaction" | "edit" | "delete" | "timer", Record<string, string | number>])[] = [
      ["reaction", { target, at }],
      ["reaction", { target, at, emoji: "<img src=x onerror=alert(1)>" }],
      ["reaction", { target, at, emoji: "👍👍" }],
      ["reaction", { target, at: -1, emoji: "👍" }],
      ["reaction", { target, at: 9e15, emoji: "👍" }],
      ["edit", { target, at, text: "" }],
      ["edit", { target, at, text: 7 }],
      ["edit", { target: "short", at, text: "x" }],
      ["delete", { at }],
      ["timer", { at }],
      ["timer", { at, seconds: 4 }],
      ["timer", { at, seconds: -60 }],
      ["timer", { at, seconds: 2_419_201 }],
      ["timer", { at, seconds: "60" }],
      ["delete", { target, at: "now" }],
    ];
    for (const [kind, fields] of broken) await say(kind, fields);
    const view = await seenAfterAll();
    expect(missingCards(view)).toEqual([{ count: broken.length, state: "lost", cause: "unreadable" }]);
    expect(message(view, "hello")).toMatchObject({ isEdited: false, isDeleted: false, reactions: { theirs: null } });
  });

  it("to messages that are never there is kept within bounds", async () => {
    const { bob, say, seenAfterAll } = await bobAndMallory();
    const target = id();
    for (let count = 0; count < 30; count += 1)
      await say("edit", { target, text: `early ${count}`, at: Date.now() + count });
    await seenAfterAll();
    await bob.engine.stop();
    const store = await bob.openStore();
    const index = await store.read("messageIndex", ["mallory", target]);
    expect(index?.sequence === null && index.early.length).toBe(20);
    await store.close();
  });
});

describe("a quote of Mallory's", () => {
  it("shows what Bob has of the message, not what Mallory says that it said", async () => {
    const { bob, mallory, answer } = await bobAndMallory();
    await mallory.write("bob", "hello");
    await bob.untilConversation("mallory", (seen) => texts(seen).includes("hello"));
    await bob.engine.send("mallory", "I owe you nothing");
    const { content } = await mallory.hearKind("text");
    const view = await answer({ to: content.id, own: true, excerpt: "I owe you a fortune" });
    expect(message(view, "an answer")).toMatchObject({
      quote: { direction: "outgoing", excerpt: "I owe you nothing", sequence: expect.any(Number) },
    });
  });

  it("of what is not there has no place to go to", async () => {
    const { answer } = await bobAndMallory();
    const view = await answer({ to: id(), own: false, excerpt: "made up" });
    expect(message(view, "an answer")).toMatchObject({
      quote: { direction: "outgoing", sequence: null, excerpt: "made up" },
    });
  });

  it.each([
    ["a number", 7],
    ["a name", "hello"],
    ["an excerpt beyond all length", { to: id(), own: true, excerpt: "x".repeat(201) }],
    ["an id that is none", { to: "__proto__", own: true, excerpt: "x" }],
    ["nothing in it", {}],
  ])("that is %s takes nothing from the text", async (_what, reply) => {
    const { answer } = await bobAndMallory();
    const view = await answer(reply);
    expect(message(view, "an answer")).toMatchObject({ quote: null });
  });
});
