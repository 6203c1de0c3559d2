import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64url } from "./bytes.ts";
import { MAX_ACKNOWLEDGEMENTS, MAX_ENVELOPE_BYTES, MAX_ENVELOPES_PER_PAGE, MAX_ENVELOPES_PER_SEND } from "./limits.ts";
import {
  formatAcknowledgeRequest,
  formatReceivedEnvelope,
  formatSendRequest,
  parseAcknowledgeRequest,
  parseReceiveResponse,
  parseSendRequest,
  parseSendResponse,
} from "./mail.ts";

const base64url = (length: number) => toBase64url(new Uint8Array(length).fill(0xab));
const envelope = { toDevice: 1, id: base64url(16), body: base64url(40) };
const send = { to: "bob", envelopes: [envelope] };

function sendOf(change: Record<string, unknown>): unknown {
  return { to: "bob", envelopes: [{ ...envelope, ...change }] };
}

/** The JSON text of `value` with one more member, spelled as given, so that `__proto__` is a member too. */
function withMember(value: object, name: string): unknown {
  return JSON.parse(`{${JSON.stringify(name)}:{"to":"bob"},${JSON.stringify(value).slice(1)}`);
}

const STRANGE_MEMBERS = ["extra", "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", ""];

describe("a send request", () => {
  it("comes back from its JSON", () => {
    const request = {
      to: "bob",
      envelopes: [{ toDevice: 1, id: new Uint8Array(16).fill(0xab), body: new Uint8Array(40).fill(0xab) }],
    };
    expect(formatSendRequest(request)).toEqual(send);
    expect(parseSendRequest(JSON.parse(JSON.stringify(formatSendRequest(request))))).toEqual(request);
  });

  it.each([
    ["no recipient", { envelopes: [envelope] }],
    ["an ill-formed recipient", { ...send, to: "Bob" }],
    ["a recipient that is no text", { ...send, to: 3 }],
    ["no envelopes", { to: "bob" }],
    ["envelopes that are no list", { ...send, envelopes: { 0: envelope, length: 1 } }],
    ["a hole among the envelopes", { ...send, envelopes: [envelope, null] }],
    ["an id of 15 bytes", sendOf({ id: base64url(15) })],
    ["an id of 17 bytes", sendOf({ id: base64url(17) })],
    ["an id with padding", sendOf({ id: `${base64url(16)}==` })],
    ["an id with trailing bits", sendOf({ id: `${base64url(16).slice(0, -1)}x` })],
    ["an id that is no text", sendOf({ id: 7 })],
    ["an empty body", sendOf({ body: "" })],
    ["device 0", sendOf({ toDevice: 0 })],
    ["device 2^32", sendOf({ toDevice: 2 ** 32 })],
    ["a fractional device", sendOf({ toDevice: 1.5 })],
    ["a device as text", sendOf({ toDevice: "1" })],
    ["null", null],
    ["a list", [send]],
    ["text", JSON.stringify(send)],
    ["a number", 1],
    ["nothing", undefined],
  ])("is refused with %s", (_name, json) => {
    expect(parseSendRequest(send)).not.toBeNull();
    expect(parseSendRequest(json)).toBeNull();
  });

  it.each(STRANGE_MEMBERS)("is refused with the unknown member %j, at either level", (name) => {
    expect(parseSendRequest(withMember(send, name))).toBeNull();
    expect(parseSendRequest({ to: "bob", envelopes: [withMember(envelope, name)] })).toBeNull();
  });

  it("takes no member from a prototype", () => {
    const { to, ...rest } = send;
    expect(
      parseSendRequest(JSON.parse(`{"__proto__":{"to":"${to}"},"envelopes":${JSON.stringify(rest.envelopes)}}`)),
    ).toBeNull();
    expect(Object.getPrototypeOf({})).not.toHaveProperty("to");
  });

  it(`takes 1 to ${MAX_ENVELOPES_PER_SEND} envelopes`, () => {
    for (const count of [1, MAX_ENVELOPES_PER_SEND - 1, MAX_ENVELOPES_PER_SEND]) {
      const json = { to: "bob", envelopes: Array.from({ length: count }, () => envelope) };
      expect(parseSendRequest(json)?.envelopes).toHaveLength(count);
    }
    for (const count of [0, MAX_ENVELOPES_PER_SEND + 1]) {
      expect(parseSendRequest({ to: "bob", envelopes: Array.from({ length: count }, () => envelope) })).toBeNull();
    }
  });

  it(`takes bodies of up to ${MAX_ENVELOPE_BYTES} bytes`, () => {
    for (const length of [1, MAX_ENVELOPE_BYTES - 1, MAX_ENVELOPE_BYTES]) {
      expect(parseSendRequest(sendOf({ body: base64url(length) }))?.envelopes[0]?.body).toHaveLength(length);
    }
    expect(parseSendRequest(sendOf({ body: base64url(MAX_ENVELOPE_BYTES + 1) }))).toBeNull();
  });

  it("takes devices up to 2^32 - 1", () => {
    for (const toDevice of [1, 2 ** 32 - 2, 2 ** 32 - 1]) {
      expect(parseSendRequest(sendOf({ toDevice }))?.envelopes[0]?.toDevice).toBe(toDevice);
    }
  });
});

const name = { from: "alice", fromDevice: 1, id: base64url(16) };

describe("an acknowledgement", () => {
  it("comes back from its JSON", () => {
    const names = [{ from: "alice", fromDevice: 1, id: new Uint8Array(16).fill(0xab) }];
    expect(parseAcknowledgeRequest(formatAcknowledgeRequest(names))).toEqual({ envelopes: names });
  });

  it.each([
    ["no sender", { envelopes: [{ ...name, from: undefined }] }],
    ["an ill-formed sender", { envelopes: [{ ...name, from: "a/b" }] }],
    ["device 0", { envelopes: [{ ...name, fromDevice: 0 }] }],
    ["an id of 15 bytes", { envelopes: [{ ...name, id: base64url(15) }] }],
    ["an id of 17 bytes", { envelopes: [{ ...name, id: base64url(17) }] }],
    ["an empty list", { envelopes: [] }],
    ["a list alone", [name]],
    ["null", null],
  ])("is refused with %s", (_name, json) => {
    expect(parseAcknowledgeRequest(json)).toBeNull();
  });

  it.each(STRANGE_MEMBERS)("is refused with the unknown member %j, at either level", (member) => {
    expect(parseAcknowledgeRequest(withMember({ envelopes: [name] }, member))).toBeNull();
    expect(parseAcknowledgeRequest({ envelopes: [withMember(name, member)] })).toBeNull();
  });

  it(`names 1 to ${MAX_ACKNOWLEDGEMENTS} envelopes`, () => {
    for (const count of [1, MAX_ACKNOWLEDGEMENTS - 1, MAX_ACKNOWLEDGEMENTS]) {
      const json = { envelopes: Array.from({ length: count }, () => name) };
      expect(parseAcknowledgeRequest(json)?.envelopes).toHaveLength(count);
    }
    expect(
      parseAcknowledgeRequest({ envelopes: Array.from({ length: MAX_ACKNOWLEDGEMENTS + 1 }, () => name) }),
    ).toBeNull();
  });
});

describe("the answers", () => {
  const received = {
    id: new Uint8Array(16),
    from: "alice",
    fromDevice: 1,
    toDevice: 1,
    body: new Uint8Array(3),
    receivedAt: 1_700_000_000_000,
  };

  it("to receive come back, unknown members left out so that a relay may say more later", () => {
    const envelopes = [formatReceivedEnvelope(received)];
    expect(parseReceiveResponse({ envelopes, next: "17" })).toEqual({ envelopes: [received], next: "17" });
    expect(parseReceiveResponse({ envelopes: [{ ...envelopes[0], later: 1 }], next: null, later: 2 })).toEqual({
      envelopes: [received],
      next: null,
    });
  });

  it(`to receive hold up to ${MAX_ENVELOPES_PER_PAGE} envelopes and a mark of up to 32 characters`, () => {
    const page = (count: number) => Array.from({ length: count }, () => formatReceivedEnvelope(received));
    for (const count of [0, MAX_ENVELOPES_PER_PAGE - 1, MAX_ENVELOPES_PER_PAGE]) {
      expect(parseReceiveResponse({ envelopes: page(count), next: null })?.envelopes).toHaveLength(count);
    }
    expect(parseReceiveResponse({ envelopes: page(MAX_ENVELOPES_PER_PAGE + 1), next: null })).toBeNull();
    for (const length of [31, 32]) {
      expect(parseReceiveResponse({ envelopes: [], next: "9".repeat(length) })).not.toBeNull();
    }
    expect(parseReceiveResponse({ envelopes: [], next: "9".repeat(33) })).toBeNull();
  });

  it("to receive are refused when a part is missing or wrong", () => {
    const good = formatReceivedEnvelope(received);
    for (const change of [
      { from: "A" },
      { id: "" },
      { body: "" },
      { receivedAt: -1 },
      { receivedAt: 0.5 },
      { toDevice: 0 },
    ]) {
      expect(parseReceiveResponse({ envelopes: [{ ...good, ...change }], next: null })).toBeNull();
    }
    expect(parseReceiveResponse({ envelopes: [good] })).toBeNull();
    expect(parseReceiveResponse(undefined)).toBeNull();
  });

  it("to send count what is on disk", () => {
    expect(parseSendResponse({ accepted: 0 })).toEqual({ accepted: 0 });
    for (const accepted of [-1, 0.5, "1", null, 2 ** 53]) expect(parseSendResponse({ accepted })).toBeNull();
  });
});

describe("the parsers of mail", () => {
  it("never throw on any JSON", () => {
    const key = fc.constantFrom(
      "to",
      "envelopes",
      "id",
      "body",
      "toDevice",
      "from",
      "__proto__",
      "constructor",
      "next",
    );
    const value = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom<unknown>(null, true, 0, -1, Number.POSITIVE_INFINITY, "bob", base64url(16), ""),
        fc.array(tie("json")),
        fc.dictionary(key, tie("json")),
      ),
    })).json;
    fc.assert(
      fc.property(fc.oneof(value, fc.jsonValue()), (json) => {
        for (const parse of [parseSendRequest, parseAcknowledgeRequest, parseReceiveResponse, parseSendResponse])
          parse(json);
      }),
      { numRuns: 500, seed: 2 },
    );
  });
});
