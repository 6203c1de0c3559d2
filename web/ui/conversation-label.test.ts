import { describe, expect, it } from "vitest";
import { PLAIN_CONVERSATION } from "../state/testing/fake-engine.ts";
import type { ConversationSummary } from "../state/views.ts";
import { conversationLabel, previewText } from "./conversation-label.ts";
import { formatBrief } from "./times.ts";

const now = new Date(2026, 10, 24, 12).getTime();
const bob: ConversationSummary = {
  peer: "bob",
  lastText: "hello",
  lastKind: "text",
  ...PLAIN_CONVERSATION,
  lastAt: now,
  lastDirection: "incoming",
  unread: 0,
  identity: "unverified",
};
const time = formatBrief(now, now);

describe("conversationLabel", () => {
  it("is the other's username, a space, then the rest", () => {
    expect(conversationLabel(bob, now)).toBe(`bob hello, ${time}`);
    expect(conversationLabel({ ...bob, unread: 2 }, now)).toBe(`bob 2 unread, hello, ${time}`);
    expect(conversationLabel({ ...bob, lastText: "", lastDirection: null }, now)).toBe(`bob ${time}`);
  });

  it("says after the username that they are verified, or that their key has changed, and nothing else", () => {
    expect(conversationLabel({ ...bob, identity: "verified" }, now)).toBe(`bob verified, hello, ${time}`);
    expect(conversationLabel({ ...bob, identity: "changed", unread: 1 }, now)).toBe(
      `bob key changed, 1 unread, hello, ${time}`,
    );
    expect(conversationLabel({ ...bob, identity: "unknown" }, now)).toBe(`bob hello, ${time}`);
  });
});

describe("previewText", () => {
  it("marks our own message and keeps to one line", () => {
    expect(previewText({ ...bob, lastDirection: "outgoing", lastText: "one\n\n two" })).toBe("You: one two");
    expect(previewText({ ...bob, lastText: "one" })).toBe("one");
  });

  it("cuts what is long", () => {
    expect(previewText({ ...bob, lastText: "x".repeat(81) })).toHaveLength(80);
    expect(previewText({ ...bob, lastText: "x".repeat(79) })).toHaveLength(79);
  });
});
