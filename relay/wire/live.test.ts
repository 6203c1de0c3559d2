import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64url } from "./bytes.ts";
import {
  type AuthenticateFrame,
  formatAuthenticateFrame,
  formatRelayFrame,
  liveStatement,
  parseAuthenticateFrame,
  parseRelayFrame,
  type RelayFrame,
} from "./live.ts";

const frame: AuthenticateFrame = {
  type: "authenticate",
  keyId: { username: "alice", device: 1 },
  origin: "https://chat.example",
  signature: new Uint8Array(64).fill(0xab),
};
const json = {
  type: "authenticate",
  keyId: "alice/1",
  origin: "https://chat.example",
  signature: toBase64url(frame.signature),
};

describe("the authenticate frame", () => {
  it("comes back from its text", () => {
    expect(JSON.parse(formatAuthenticateFrame(frame))).toEqual(json);
    expect(parseAuthenticateFrame(formatAuthenticateFrame(frame))).toEqual(frame);
  });

  it.each([
    ["another type", { ...json, type: "ready" }],
    ["no type", { ...json, type: undefined }],
    ["a key id without a device", { ...json, keyId: "alice" }],
    ["a key id of an ill-formed name", { ...json, keyId: "al/1" }],
    ["a key id that is too long", { ...json, keyId: `${"a".repeat(33)}/4294967295` }],
    ["a key id that is no text", { ...json, keyId: { username: "alice", device: 1 } }],
    ["no origin", { ...json, origin: undefined }],
    ["a signature of 63 bytes", { ...json, signature: toBase64url(new Uint8Array(63)) }],
    ["a signature of 65 bytes", { ...json, signature: toBase64url(new Uint8Array(65)) }],
    ["an unknown member", { ...json, extra: 1 }],
    ["a list", [json]],
    ["null", null],
  ])("is refused with %s", (_name, changed) => {
    expect(parseAuthenticateFrame(JSON.stringify(json))).not.toBeNull();
    expect(parseAuthenticateFrame(JSON.stringify(changed))).toBeNull();
  });

  it("is refused with the members __proto__ and constructor, and when it is no JSON", () => {
    const rest = JSON.stringify(json).slice(1);
    for (const text of [
      `{"__proto__":{},${rest}`,
      `{"constructor":1,${rest}`,
      "",
      "{",
      `${JSON.stringify(json)}x`,
      "NaN",
    ]) {
      expect(parseAuthenticateFrame(text)).toBeNull();
    }
  });

  it("takes the longest key id and origins of up to 300 characters", () => {
    expect(parseAuthenticateFrame(JSON.stringify({ ...json, keyId: `${"a".repeat(32)}/4294967295` }))).not.toBeNull();
    for (const length of [299, 300]) {
      expect(parseAuthenticateFrame(JSON.stringify({ ...json, origin: "o".repeat(length) }))).not.toBeNull();
    }
    expect(parseAuthenticateFrame(JSON.stringify({ ...json, origin: "o".repeat(301) }))).toBeNull();
  });
});

describe("a relay's frame", () => {
  const envelope = {
    id: new Uint8Array(16),
    from: "bob",
    fromDevice: 1,
    toDevice: 1,
    body: new Uint8Array(2),
    receivedAt: 5,
  };
  it.each<RelayFrame>([
    { type: "challenge", challenge: new Uint8Array(32) },
    { type: "ready" },
    { type: "mail", envelope },
    { type: "prekeys", remaining: 0 },
    { type: "heartbeat" },
  ])("of type $type comes back from its text, and so with a member more", (relayFrame) => {
    const text = formatRelayFrame(relayFrame);
    expect(parseRelayFrame(text)).toEqual(relayFrame);
    expect(parseRelayFrame(JSON.stringify({ ...JSON.parse(text), later: 1 }))).toEqual(relayFrame);
  });

  it.each([
    ["an unknown type", { type: "later" }],
    ["an inherited name as type", { type: "toString" }],
    ["no type", {}],
    ["a challenge of 31 bytes", { type: "challenge", challenge: toBase64url(new Uint8Array(31)) }],
    ["a challenge of 33 bytes", { type: "challenge", challenge: toBase64url(new Uint8Array(33)) }],
    ["no envelope", { type: "mail" }],
    ["a negative count", { type: "prekeys", remaining: -1 }],
    ["a fractional count", { type: "prekeys", remaining: 0.5 }],
    ["a list", [{ type: "ready" }]],
  ])("is not known with %s", (_name, changed) => {
    expect(parseRelayFrame(JSON.stringify(changed))).toBeNull();
  });
});

describe("the statement that opens a live socket", () => {
  it("changes with origin, challenge and key id, and never runs fields together", () => {
    const challenge = new Uint8Array(32);
    const statements = [
      liveStatement("https://chat.example", challenge, frame.keyId),
      liveStatement("https://chat.exampl", challenge, frame.keyId),
      liveStatement("http://chat.example", challenge, frame.keyId),
      liveStatement("https://chat.example", new Uint8Array(32).fill(1), frame.keyId),
      liveStatement("https://chat.example", challenge, { username: "alice", device: 2 }),
      liveStatement("https://chat.example", challenge, { username: "alic", device: 1 }),
    ];
    expect(new Set(statements.map(String)).size).toBe(statements.length);
  });
});

describe("the parsers of frames", () => {
  it("never throw on any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json({ maxDepth: 3 })), (text) => {
        parseAuthenticateFrame(text);
        parseRelayFrame(text);
        parseRelayFrame(`{"type":"mail","envelope":${text}}`);
      }),
      { numRuns: 150, seed: 2 },
    );
  });
});
