import { describe, expect, it, vi } from "vitest";
import { parseAuthenticateFrame } from "../../relay/wire/live.ts";
import type { LiveHandlers } from "../engine/ports.ts";
import { HANDSHAKE_TIME_LIMIT, SILENCE_LIMIT } from "./live-attempt.ts";
import { challenge, envelope, origin, signature, started } from "./testing/started-connection.ts";

/** So long a loaded machine may take; what is waited for decides the test, not the time. */
const patiently = { timeout: 10_000 };

describe("the handshake", () => {
  it("answers the challenge, and is up when the relay is ready", async () => {
    const { latest, events, comeUp } = started();
    await comeUp();
    expect(latest().url).toBe("wss://chat.example/api/live");
    expect(latest().sent.map(parseAuthenticateFrame)).toEqual([
      { type: "authenticate", keyId: { username: "alice", device: 1 }, origin, signature },
    ]);
    expect(events).toEqual(["up"]);
  });

  it("hands the engine exactly the relay's challenge", async () => {
    const authenticate = vi.fn<LiveHandlers["authenticate"]>(async () => ({
      keyId: { username: "alice", device: 1 },
      signature,
    }));
    await started({ authenticate }).comeUp();
    expect(authenticate).toHaveBeenCalledExactlyOnceWith(challenge);
  });

  it("takes no mail, and no second challenge, before the relay is ready", async () => {
    const { clock, latest, events } = started();
    clock.advance(0);
    latest().receive({ type: "ready" });
    latest().receive({ type: "mail", envelope });
    latest().receive({ type: "challenge", challenge });
    latest().receive({ type: "challenge", challenge });
    await vi.waitFor(() => expect(latest().sent).toHaveLength(1), patiently);
    latest().receive({ type: "mail", envelope });
    expect(events).toEqual([]);
  });

  it("fails when the engine cannot sign", async () => {
    const { clock, latest, events } = started({ authenticate: () => Promise.reject(new Error("no keys")) });
    clock.advance(0);
    latest().receive({ type: "challenge", challenge });
    await vi.waitFor(() => expect(events).toEqual([["down", null]]), patiently);
    expect(latest().closed).toBe(true);
  });

  it("sends nothing when the socket was lost while the engine signed", async () => {
    let sign: () => void = () => undefined;
    const signed = new Promise<Awaited<ReturnType<LiveHandlers["authenticate"]>>>((resolve) => {
      sign = () => void resolve({ keyId: { username: "alice", device: 1 }, signature });
    });
    const { clock, latest } = started({ authenticate: () => signed });
    clock.advance(0);
    const first = latest();
    first.receive({ type: "challenge", challenge });
    first.lose();
    sign();
    await signed;
    expect(first.sent).toEqual([]);
  });

  it("fails at ten seconds without a challenge, and not before", () => {
    const { clock, latest, events } = started();
    clock.advance(0);
    clock.advance(HANDSHAKE_TIME_LIMIT - 1);
    expect(events).toEqual([]);
    clock.advance(1);
    expect(events).toEqual([["down", null]]);
    expect(latest().closed).toBe(true);
  });

  it("fails at ten seconds without an answer to the signature, and not before", async () => {
    const { clock, latest, events } = started();
    clock.advance(0);
    clock.advance(HANDSHAKE_TIME_LIMIT - 1);
    latest().receive({ type: "challenge", challenge });
    await vi.waitFor(() => expect(latest().sent).toHaveLength(1), patiently);
    clock.advance(HANDSHAKE_TIME_LIMIT - 1);
    expect(events).toEqual([]);
    clock.advance(1);
    expect(events).toEqual([["down", null]]);
  });
});

describe("an open connection", () => {
  it("passes mail and prekey counts on, and ignores what it does not know", async () => {
    const { latest, events, comeUp } = started();
    await comeUp();
    latest().receive({ type: "mail", envelope });
    latest().receive({ type: "prekeys", remaining: 19 });
    for (const unknown of ['{"type":"confetti"}', "not JSON", '{"type":"mail","envelope":{}}', "null"]) {
      latest().receive(unknown);
    }
    latest().receive({ type: "heartbeat" });
    expect(events).toEqual(["up", envelope, 19]);
  });

  it("is lost after two and a half heartbeats of silence, and not while frames come", async () => {
    const { clock, latest, events, comeUp } = started();
    await comeUp();
    clock.advance(SILENCE_LIMIT - 1);
    latest().receive({ type: "heartbeat" });
    clock.advance(SILENCE_LIMIT - 1);
    expect(events).toEqual(["up"]);
    clock.advance(1);
    expect(events).toEqual(["up", ["down", null]]);
  });

  it.each([
    ["unknown-device", "unknown-device"],
    ["", null],
    ["Something Else", null],
    [`a${"b".repeat(64)}`, null],
  ])("reports a close for the reason %j as code %j, once", async (reason, code) => {
    const { latest, events, comeUp } = started();
    await comeUp();
    latest().lose(reason);
    latest().lose(reason);
    expect(events).toEqual(["up", ["down", code]]);
  });
});
