import { describe, expect, it } from "vitest";
import { createRelayNetwork } from "./relay-network.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { fakeSockets } from "./testing/fake-socket.ts";

function network(origin: string) {
  const clock = new FakeClock();
  const { WebSocket, sockets } = fakeSockets();
  const requested: string[] = [];
  const fetch = async (url: string) => {
    requested.push(url);
    return Response.json(null);
  };
  return { clock, sockets, requested, relay: createRelayNetwork({ origin, fetch, WebSocket, clock, random: () => 0 }) };
}

const handlers = {
  authenticate: () => Promise.reject(new Error("not in this test")),
  onUp: () => undefined,
  onMail: () => undefined,
  onPrekeys: () => undefined,
  onDown: () => undefined,
};

describe("the relay network", () => {
  it.each([
    ["https://chat.example", "https://chat.example", "chat.example", "wss://chat.example/api/live"],
    ["https://Chat.Example:443/", "https://chat.example", "chat.example", "wss://chat.example/api/live"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080", "ws://127.0.0.1:8080/api/live"],
    ["http://[::1]:80/x?y", "http://[::1]", "[::1]", "ws://[::1]/api/live"],
  ])("at %s has the origin, authority and live address that go with it", async (given, origin, authority, live) => {
    const { relay, clock, sockets, requested } = network(given);
    expect(relay).toMatchObject({ origin, authority });
    await relay.request({ method: "GET", target: "/ready", headers: {}, body: null });
    expect(requested).toEqual([`${origin}/ready`]);
    const connection = relay.connectLive(handlers);
    clock.advance(0);
    expect(sockets.map(({ url }) => url)).toEqual([live]);
    connection.close();
  });

  it.each(["ftp://chat.example", "chat.example", ""])("refuses %j", (origin) => {
    expect(() => network(origin)).toThrow(TypeError);
  });
});
