/** What the tests of the live connection begin with. */
import { expect, vi } from "vitest";
import { CHALLENGE_BYTES } from "../../../relay/wire/live.ts";
import type { LiveHandlers } from "../../engine/ports.ts";
import { connectLive } from "../live-connection.ts";
import { FakeClock } from "./fake-clock.ts";
import { fakeSockets } from "./fake-socket.ts";

/** So long a loaded machine may take; what is waited for decides the test, not the time. */
const patiently = { timeout: 10_000 };

export const origin = "https://chat.example";
export const challenge = new Uint8Array(CHALLENGE_BYTES).fill(5);
export const signature = new Uint8Array(64).fill(6);
export const envelope = {
  id: new Uint8Array(16).fill(1),
  from: "bob",
  fromDevice: 1,
  toDevice: 1,
  body: Uint8Array.of(1, 2, 3),
  receivedAt: 99,
};

/** Handlers that note what they are told, and sign anything. */
export function recordingHandlers(overrides: Partial<LiveHandlers> = {}) {
  const events: unknown[] = [];
  const handlers: LiveHandlers = {
    authenticate: async () => ({ keyId: { username: "alice", device: 1 }, signature }),
    onUp: () => events.push("up"),
    onMail: (mail) => events.push(mail),
    onPrekeys: (remaining) => events.push(remaining),
    onDown: (code) => events.push(["down", code]),
    ...overrides,
  };
  return { events, handlers };
}

/** A live connection over fake sockets and a clock that stands still. */
export function started(overrides: Partial<LiveHandlers> = {}, random = () => 0) {
  const clock = new FakeClock();
  const { WebSocket: FakeWebSocket, sockets } = fakeSockets();
  const { events, handlers } = recordingHandlers(overrides);
  const connection = connectLive(
    { url: "wss://chat.example/api/live", origin, WebSocket: FakeWebSocket, clock, random },
    handlers,
  );
  const latest = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  };
  const comeUp = async () => {
    clock.advance(0);
    latest().receive({ type: "challenge", challenge });
    await vi.waitFor(() => expect(latest().sent).toHaveLength(1), patiently);
    latest().receive({ type: "ready" });
  };
  return { clock, sockets, events, connection, latest, comeUp };
}
