import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { CLOSE_UNAUTHENTICATED, formatRelayFrame, parseAuthenticateFrame } from "../../relay/wire/live.ts";
import { SILENCE_LIMIT } from "./live-attempt.ts";
import { connectLive, MAX_BACKOFF } from "./live-connection.ts";
import type { SocketConstructor } from "./socket.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { challenge, envelope, origin, recordingHandlers, started } from "./testing/started-connection.ts";

describe("reconnecting", () => {
  /** The waits between a loss and the next attempt, for attempts that all fail. */
  function waits(random: () => number, count: number): number[] {
    const { clock, sockets, latest } = started({}, random);
    clock.advance(0);
    return Array.from({ length: count }, () => {
      latest().lose();
      const before = { at: clock.now(), sockets: sockets.length };
      while (sockets.length === before.sockets) clock.advance(1);
      return clock.now() - before.at;
    });
  }

  it("waits a quarter of a second, then twice as long each time, to three seconds at most", () => {
    expect(waits(() => 0, 7)).toEqual([250, 500, 1000, 2000, 3000, 3000, MAX_BACKOFF]);
  });

  it("takes up to half of each wait off by chance", () => {
    expect(waits(() => 0.5, 5)).toEqual([188, 375, 750, 1500, 2250]);
  });

  it("begins anew after a connection that held, and not after one that broke at once", async () => {
    const { clock, sockets, latest, comeUp } = started();
    await comeUp();
    clock.advance(MAX_BACKOFF - 1);
    latest().lose();
    clock.advance(250);
    await comeUp();
    latest().lose();
    clock.advance(499);
    expect(sockets).toHaveLength(2);
    clock.advance(1);
    await comeUp();
    clock.advance(MAX_BACKOFF);
    latest().lose();
    clock.advance(250);
    expect(sockets).toHaveLength(4);
  });

  it("tries at once when told to, and only while it waits", async () => {
    const { clock, sockets, latest, connection, comeUp } = started();
    clock.advance(0);
    latest().lose();
    connection.retryNow();
    connection.retryNow();
    clock.advance(0);
    expect(sockets).toHaveLength(2);
    connection.retryNow();
    await comeUp();
    connection.retryNow();
    clock.advance(MAX_BACKOFF);
    expect(sockets).toHaveLength(2);
  });

  it("ends with close, in whatever state", async () => {
    const waiting = started();
    waiting.connection.close();
    const opening = started();
    opening.clock.advance(0);
    opening.connection.close();
    const up = started();
    await up.comeUp();
    up.connection.close();
    for (const { clock, connection, sockets, events } of [waiting, opening, up]) {
      for (const socket of sockets) socket.lose();
      connection.retryNow();
      clock.advance(SILENCE_LIMIT);
      expect(clock.waiting).toBe(0);
      expect(sockets.every(({ closed }) => closed)).toBe(true);
      expect(events.filter((event) => event !== "up")).toEqual([]);
    }
    expect([waiting, opening, up].map(({ sockets }) => sockets.length)).toEqual([0, 1, 1]);
  });

  it("goes on when the browser refuses to open a socket at all", () => {
    const clock = new FakeClock();
    let attempts = 0;
    const Refusing: SocketConstructor = class {
      constructor() {
        attempts++;
        throw new DOMException("", "SecurityError");
      }
      addEventListener() {}
      send() {}
      close() {}
    };
    const { events, handlers } = recordingHandlers();
    const connection = connectLive({ url: "ws://x", origin, WebSocket: Refusing, clock, random: () => 0 }, handlers);
    expect(events).toEqual([]);
    clock.advance(0);
    clock.advance(250);
    expect(attempts).toBe(2);
    expect(events).toEqual([
      ["down", null],
      ["down", null],
    ]);
    connection.close();
  });
});

describe("over a real socket", () => {
  const realClock = {
    now: Date.now,
    after: (milliseconds: number, callback: () => void) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  };

  it("comes up, gets mail, is refused, and comes back", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    onTestFinished(() => void server.close());
    let connections = 0;
    server.on("connection", (socket) => {
      const refused = connections++ === 1;
      socket.send(formatRelayFrame({ type: "challenge", challenge }));
      socket.on("message", (text) => {
        if (parseAuthenticateFrame(String(text)) === null || refused) {
          socket.close(CLOSE_UNAUTHENTICATED, "unknown-device");
          return;
        }
        socket.send(formatRelayFrame({ type: "ready" }));
        socket.send(formatRelayFrame({ type: "mail", envelope }));
        if (connections === 1) socket.close(1001, "");
      });
    });
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const { events, handlers } = recordingHandlers();
    const url = `ws://127.0.0.1:${port}/api/live`;
    const connection = connectLive({ url, origin, WebSocket, clock: realClock, random: Math.random }, handlers);
    onTestFinished(() => connection.close());
    const expected = ["up", envelope, ["down", null], ["down", "unknown-device"], "up", envelope];
    await vi.waitFor(() => expect(events).toEqual(expected), { timeout: 10_000 });
  });

  it("reports a relay that is not there", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { events, handlers } = recordingHandlers();
    const url = `ws://127.0.0.1:${port}/api/live`;
    const connection = connectLive({ url, origin, WebSocket, clock: realClock, random: Math.random }, handlers);
    onTestFinished(() => connection.close());
    await vi.waitFor(
      () =>
        expect(events.slice(0, 2)).toEqual([
          ["down", null],
          ["down", null],
        ]),
      { timeout: 10_000 },
    );
  });
});
