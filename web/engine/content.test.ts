/** What content may be: each shape at its limits and beyond, and what becomes of what is none. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { type Bytes, utf8 } from "../protocol/bytes.ts";
import { pad } from "../protocol/padding.ts";
import { conversationId, decodeContent, encodeContent, MAX_RECEIPT_IDS, MAX_RESENDS_PER_REQUEST } from "./content.ts";
import { sendText, startConversation } from "./conversations.ts";
import { PeerClient } from "./testing/peer-client.ts";
import { statuses, texts } from "./testing/person.ts";
import { SteppedPerson, testTime } from "./testing/stepped-person.ts";
import { missingCards } from "./testing/watched-person.ts";

const conversation = await conversationId("alice", "bob");
const id = "A".repeat(22);
const head = { v: 1, conversation, id, fallback: "instead" };
const digests = (count: number) => Array.from({ length: count }, () => "D".repeat(43));
const ids = (count: number) => Array.from({ length: count }, () => id);

const encode = (json: unknown): Bytes => pad(utf8(JSON.stringify(json)));
const decode = (json: unknown) => decodeContent(encode(json), conversation);

describe("content of a known kind", () => {
  it.each([
    ["a text", { kind: "text", text: "" }],
    ["a receipt of nothing", { kind: "receipt", delivered: [], read: [] }],
    ["the largest receipt", { kind: "receipt", delivered: ids(MAX_RECEIPT_IDS), read: ids(MAX_RECEIPT_IDS) }],
    ["a request for one envelope", { kind: "resend-request", envelopes: digests(1) }],
    ["the largest request", { kind: "resend-request", envelopes: digests(MAX_RESENDS_PER_REQUEST) }],
    [
      "a request with ids",
      {
        kind: "resend-request",
        envelopes: digests(MAX_RESENDS_PER_REQUEST),
        ids: ids(MAX_RESENDS_PER_REQUEST),
      },
    ],
    ["an answer with nothing in it", { kind: "resend-answer", resent: [], refused: [] }],
    [
      "the largest answer",
      {
        kind: "resend-answer",
        resent: digests(MAX_RESENDS_PER_REQUEST),
        refused: digests(MAX_RESENDS_PER_REQUEST),
      },
    ],
  ])("is read: %s", (_what, body) => {
    expect(decode({ ...head, ...body })).toMatchObject(body);
  });

  it.each([
    ["a text without its text", { kind: "text" }],
    ["a text that is a number", { kind: "text", text: 1 }],
    ["a receipt without its lists", { kind: "receipt" }],
    ["a receipt with one id too many", { kind: "receipt", delivered: ids(MAX_RECEIPT_IDS + 1), read: [] }],
    ["a receipt with a short id", { kind: "receipt", delivered: [id.slice(1)], read: [] }],
    ["a request for nothing", { kind: "resend-request", envelopes: [] }],
    ["a request for one too many", { kind: "resend-request", envelopes: digests(MAX_RESENDS_PER_REQUEST + 1) }],
    ["a request with a short digest", { kind: "resend-request", envelopes: ["D".repeat(42)] }],
    ["a request with a long digest", { kind: "resend-request", envelopes: ["D".repeat(44)] }],
    ["a request with a digest that is no base64url", { kind: "resend-request", envelopes: ["+".repeat(43)] }],
    ["a request with one id too many", { kind: "resend-request", envelopes: digests(1), ids: ids(101) }],
    ["a request with a short id", { kind: "resend-request", envelopes: digests(1), ids: [id.slice(1)] }],
    ["a request that is no list", { kind: "resend-request", envelopes: "D".repeat(43) }],
    ["an answer without one of its lists", { kind: "resend-answer", resent: [] }],
    ["an answer that resent one too many", { kind: "resend-answer", resent: digests(101), refused: [] }],
    ["an answer that refused one too many", { kind: "resend-answer", resent: [], refused: digests(101) }],
  ])("is refused: %s", (_what, body) => {
    expect(() => decode({ ...head, ...body })).toThrow("content lacks the fields of its kind");
  });

  it("comes back as it was encoded", () => {
    for (const body of [
      { kind: "resend-request", envelopes: digests(100), ids: ids(100) },
      { kind: "resend-answer", resent: digests(100), refused: digests(100) },
    ] as const) {
      expect(decodeContent(encodeContent({ ...body, conversation, id }), conversation)).toEqual(body);
    }
  });
});

describe("content this version does not know", () => {
  it.each([
    ["an unknown kind", { ...head, kind: "poll", options: ["yes", "no"] }],
    ["the longest name of a kind", { ...head, kind: "k".repeat(64) }],
    ["a later version of the format", { ...head, v: 2, kind: "text", text: "new" }],
    ["another conversation", { ...head, conversation: "B".repeat(22), kind: "text", text: "elsewhere" }],
    [
      "a request in another conversation",
      { ...head, conversation: "B".repeat(22), kind: "resend-request", envelopes: digests(1) },
    ],
  ])("is shown by its fallback and kept whole: %s", (_what, json) => {
    expect(decode(json)).toEqual({ kind: "unsupported", id, fallback: "instead", source: JSON.stringify(json) });
  });

  it.each([
    ["the name of its kind is too long", { ...head, kind: "k".repeat(65) }],
    ["it has no kind", head],
    ["it has no id", { ...head, id: undefined, kind: "text", text: "" }],
    ["its version is 0", { ...head, v: 0, kind: "text", text: "" }],
    ["its fallback is no text", { ...head, fallback: 1, kind: "text", text: "" }],
    ["it is no object", "text"],
    ["it is nothing", null],
  ])("is no content when %s", (_what, json) => {
    expect(() => decode(json)).toThrow("content is not an object with the fields it must have");
  });
});

/** Bob, who says what he likes, has written to Alice. */
async function aliceAndPeer() {
  const relay = await startTestRelay();
  const alice = await SteppedPerson.join(relay, testTime(relay), "alice");
  const join = (username: string) => PeerClient.join({ origin: relay.origin, username, clock: relay.now });
  const bob = await join("bob");
  await bob.write("alice", "hello");
  await alice.turn();
  await bob.hearKind("receipt");
  return { alice, bob, join };
}

describe("an authentic message", () => {
  it.each([
    ["that is not padded", utf8("not padded")],
    ["of nothing", new Uint8Array()],
    ["that is not UTF-8", pad(new Uint8Array([0xff, 0xfe]))],
    ["that is not JSON", pad(utf8("{"))],
    ["that lacks the fields of its kind", encode({ ...head, kind: "resend-request", envelopes: [] })],
    ["that is not an object", encode(7)],
  ])("%s is shown as lost, is not asked for, and the next one opens", async (_what, plaintext) => {
    const { alice, bob } = await aliceAndPeer();
    await bob.sayBytes("alice", plaintext);
    await alice.turn();
    const lost = { count: 1, state: "lost", cause: "unreadable" };
    expect(missingCards(await alice.view("bob"))).toEqual([lost]);
    expect(await alice.state.store.list("recoveries")).toEqual([]);
    await bob.sayBytes("alice", plaintext);
    await bob.write("alice", "next");
    await alice.turn();
    expect(missingCards(await alice.view("bob"))).toEqual([{ ...lost, count: 2 }]);
    expect(texts(await alice.view("bob"))).toEqual(["hello", "next"]);
    expect((await bob.hearKind("receipt")).content.delivered.length).toBe(1);
  });

  it("of an unknown kind is shown by its fallback, marked, once, and delivered", async () => {
    const { alice, bob } = await aliceAndPeer();
    const poll = { ...head, kind: "poll", options: [1] };
    for (let time = 0; time < 2; time++) await bob.sayBytes("alice", encode(poll));
    await alice.turn();
    const { messages } = await alice.view("bob");
    expect(messages.slice(1)).toMatchObject([{ kind: "text", text: "instead", unsupported: true }]);
    expect((await bob.hearKind("receipt")).content.delivered).toEqual([id]);
  });

  it("that says it delivered what went to someone else changes nothing; that person's does", async () => {
    const { alice, bob, join } = await aliceAndPeer();
    const carol = await join("carol");
    await startConversation(alice.state, "carol");
    await sendText(alice.state, "carol", "for Carol");
    await alice.post();
    const { content } = await carol.hearKind("text");
    const receipt = { kind: "receipt", delivered: [], read: [content.id] } as const;
    const statusAfter = async (peer: PeerClient) => {
      await peer.say("alice", receipt);
      await alice.turn();
      return statuses(await alice.view("carol"));
    };
    expect(await statusAfter(bob)).toEqual(["sent"]);
    expect(await statusAfter(carol)).toEqual(["read"]);
  });
});
