/** Messages that are truly from the other and hold what no honest app sends: the session goes on, nothing breaks. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { toBase64url } from "../../relay/wire/bytes.ts";
import { type Bytes, concat, utf8 } from "../protocol/bytes.ts";
import { pad } from "../protocol/padding.ts";
import { conversationId, MAX_RECEIPT_IDS, MAX_RESENDS_PER_REQUEST } from "./content.ts";
import { PeerClient } from "./testing/peer-client.ts";
import { randomBytes, texts } from "./testing/person.ts";
import { joinWatched, missingCards } from "./testing/watched-person.ts";

const id = (length = 16) => toBase64url(randomBytes(length));

async function bobAndMallory() {
  const relay = await startTestRelay();
  const bob = await joinWatched(relay, "bob");
  const mallory = await PeerClient.join({ origin: relay.origin, username: "mallory", clock: relay.now });
  const conversation = await conversationId("bob", "mallory");
  const content = (fields: object) => ({ v: 1, conversation, id: id(), ...fields });
  return { bob, mallory, content };
}

type Fields = (content: (fields: object) => object) => unknown;

const many = (count: number, length: number) => Array.from({ length: count }, () => id(length));

const BROKEN_JSON: Readonly<Record<string, Fields>> = {
  "a number": () => 7,
  nothing: () => null,
  "a list": (content) => [content({ kind: "text", text: "in a list" })],
  "no kind": (content) => content({}),
  "a text that is a number": (content) => content({ kind: "text", text: 7 }),
  "an id that is too short": (content) => content({ kind: "text", text: "x", id: id(8) }),
  "an id that is a prototype's name": (content) => content({ kind: "text", text: "x", id: "__proto__" }),
  "a version that is none": (content) => content({ kind: "text", text: "x", v: 0 }),
  "a kind beyond all length": (content) => content({ kind: "k".repeat(65) }),
  "a receipt without lists": (content) => content({ kind: "receipt" }),
  "a receipt of too many": (content) =>
    content({ kind: "receipt", delivered: many(MAX_RECEIPT_IDS + 1, 16), read: [] }),
  "a request for nothing": (content) => content({ kind: "resend-request", envelopes: [] }),
  "a request for too much": (content) =>
    content({ kind: "resend-request", envelopes: many(MAX_RESENDS_PER_REQUEST + 1, 32) }),
  "a request for what is no digest": (content) => content({ kind: "resend-request", envelopes: [id(31)] }),
  "an answer without a list": (content) => content({ kind: "resend-answer", resent: [] }),
};

const BROKEN_BYTES: Readonly<Record<string, Bytes>> = {
  "no byte": new Uint8Array(),
  "padding alone": new Uint8Array(256),
  "no padding": utf8('{"v":1}'),
  "what is not UTF-8": pad(Uint8Array.of(0xff, 0xfe, 0x00)),
  "half a JSON": pad(utf8('{"v":1,')),
  "JSON nested beyond all depth": pad(utf8("[".repeat(60_000))),
  "content that goes on": pad(concat(utf8("{}"), utf8("{}"))),
};

describe("broken content", () => {
  it("of every kind makes one card together; nothing is asked for, and the next message arrives", async () => {
    const { bob, mallory, content } = await bobAndMallory();
    for (const bytes of Object.values(BROKEN_BYTES)) await mallory.sayBytes("bob", bytes);
    for (const fields of Object.values(BROKEN_JSON)) {
      await mallory.sayBytes("bob", pad(utf8(JSON.stringify(fields(content)))));
    }
    await mallory.write("bob", "The next honest one.");
    const view = await bob.untilConversation("mallory", (seen) => texts(seen).length > 0);
    expect(texts(view)).toEqual(["The next honest one."]);
    const count = Object.keys(BROKEN_BYTES).length + Object.keys(BROKEN_JSON).length;
    expect(missingCards(view)).toEqual([{ count, state: "lost", cause: "unreadable" }]);
    expect(bob.network.countFetches("mallory")).toBe(0);
  });
});

describe("content that is odd and allowed", () => {
  it("is shown as the text it is", async () => {
    const { bob, mallory, content } = await bobAndMallory();
    const odd = ["\u0000\u0007\u202e", "<img src=x onerror=alert(1)>", "__proto__", "x".repeat(30_000)];
    for (const text of odd) await mallory.write("bob", text);
    // JSON can spell half a pair, which no UTF-8 can; it becomes the replacement character at the latest on the disk.
    await mallory.sayBytes("bob", pad(utf8(JSON.stringify(content({ kind: "text", text: "half \ud800 pair" })))));
    await mallory.sayBytes("bob", pad(utf8(JSON.stringify(content({ kind: "later", fallback: "Of a later kind." })))));
    await mallory.write("bob", "The end.");
    const view = await bob.untilConversation("mallory", (seen) => texts(seen).includes("The end."));
    expect(texts(view).slice(0, odd.length)).toEqual(odd);
    expect(texts(view)[odd.length]).toMatch(/^half . pair$/su);
    expect(view.messages.slice(-2)).toMatchObject([{ text: "Of a later kind.", unsupported: true }, {}]);
    expect(missingCards(view)).toEqual([]);
  });

  it("under an id that was used before is shown once, as it was the first time", async () => {
    const { bob, mallory } = await bobAndMallory();
    const { id: used } = await mallory.write("bob", "First.");
    await mallory.write("bob", "Something else under the same id.", used);
    await mallory.write("bob", "The end.");
    const view = await bob.untilConversation("mallory", (seen) => texts(seen).includes("The end."));
    expect(texts(view)).toEqual(["First.", "The end."]);
  });
});
