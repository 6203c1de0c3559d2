import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { freshEnvelope } from "../testing/test-client.ts";
import type { AuthenticationOverrides } from "../testing/test-live-socket.ts";
import { startTestRelay, type TestRelayOptions } from "../testing/test-relay.ts";

async function startWithTwo(options: TestRelayOptions = {}) {
  const relay = await startTestRelay(options);
  return { relay, alice: await relay.member("alice"), bob: await relay.member("bob", 2) };
}

describe("a live socket", () => {
  it("gets a challenge, answers it, and is pushed new mail at once", async () => {
    const { relay, alice, bob } = await startWithTwo();
    const live = await bob.openLive().authenticate();
    const envelope = freshEnvelope();
    await alice.send("bob", [envelope]);
    expect(await live.next()).toEqual({
      type: "mail",
      envelope: { ...envelope, from: "alice", fromDevice: 1, receivedAt: relay.now() },
    });
  });

  it("is pushed what is new only, not what is sent again", async () => {
    const { alice, bob } = await startWithTwo();
    const live = await bob.openLive().authenticate();
    const [first, second] = [freshEnvelope(), freshEnvelope()];
    await alice.send("bob", [first]);
    await alice.send("bob", [first, second]);
    const pushed = [await live.nextOf("mail"), await live.nextOf("mail")];
    expect(pushed.map(({ envelope }) => envelope.id)).toEqual([first.id, second.id]);
  });

  it("is pushed nothing of other people's mail", async () => {
    const { relay, alice, bob } = await startWithTwo();
    const carol = await relay.member("carol");
    const live = await carol.openLive().authenticate();
    await alice.send("bob", [freshEnvelope()]);
    const own = freshEnvelope();
    await bob.send("carol", [own]);
    expect(await live.next()).toMatchObject({ type: "mail", envelope: { from: "bob", id: own.id } });
  });

  it("is told how many one-time prekeys are left whenever one is taken", async () => {
    const { alice, bob } = await startWithTwo();
    const live = await bob.openLive().authenticate();
    await alice.getKeys("bob");
    await alice.getKeys("bob");
    await alice.getKeys("bob");
    expect(await live.next()).toEqual({ type: "prekeys", remaining: 1 });
    expect(await live.next()).toEqual({ type: "prekeys", remaining: 0 });
    await alice.send("bob", [freshEnvelope()]);
    expect((await live.next()).type).toBe("mail");
  });

  it("is told the smaller number when more are left of one kind than of the other", async () => {
    const { alice, bob } = await startWithTwo();
    await bob.publish({ oneTimeKemPrekeys: bob.freshKemPrekeys(5) });
    const live = await bob.openLive().authenticate();
    for (const remaining of [1, 0, 0]) {
      await alice.getKeys("bob");
      expect(await live.next()).toEqual({ type: "prekeys", remaining });
    }
  });

  it("hears a heartbeat once it is ready", async () => {
    const { bob } = await startWithTwo({ live: { heartbeatMilliseconds: 20 } });
    const live = await bob.openLive().authenticate();
    expect(await live.next()).toEqual({ type: "heartbeat" });
    expect(await live.next()).toEqual({ type: "heartbeat" });
  });

  it("is closed with 1001 when the relay ends, though it never authenticated", async () => {
    const { relay, bob } = await startWithTwo();
    const live = await bob.openLive().authenticate();
    const unauthenticated = bob.openLive();
    await unauthenticated.nextOf("challenge");
    await relay.stop();
    expect((await live.closed).code).toBe(1001);
    expect((await unauthenticated.closed).code).toBe(1001);
  });
});

describe("authentication of a live socket", () => {
  async function refusalOf(
    overrides: AuthenticationOverrides,
  ): Promise<{ readonly code: number; readonly reason: string }> {
    const { bob } = await startWithTwo();
    const live = bob.openLive();
    await live.answerChallenge(overrides);
    return live.closed;
  }

  it("is refused when another key signed it", async () => {
    const secretKey = new Uint8Array(32).fill(7);
    expect(await refusalOf({ secretKey })).toEqual({ code: 4401, reason: "signature-invalid" });
  });

  it("is refused when another challenge was signed", async () => {
    const challenge = new Uint8Array(32);
    expect(await refusalOf({ challenge })).toEqual({ code: 4401, reason: "signature-invalid" });
  });

  it("is refused for a device that is not there, or is somebody else's", async () => {
    const nobody = { username: "nobody", device: 1 };
    expect(await refusalOf({ keyId: nobody })).toEqual({ code: 4401, reason: "unknown-device" });
    const alice = { username: "alice", device: 1 };
    expect(await refusalOf({ keyId: alice })).toEqual({ code: 4401, reason: "signature-invalid" });
  });

  it("is refused when it was signed for another relay's origin", async () => {
    const origin = "https://chat.example";
    expect(await refusalOf({ origin })).toEqual({ code: 4401, reason: "wrong-authority" });
  });

  it("is refused when an answer to an earlier challenge is repeated", async () => {
    const { bob } = await startWithTwo();
    const first = bob.openLive();
    const { challenge } = await first.nextOf("challenge");
    const second = bob.openLive();
    await second.answerChallenge({ challenge });
    expect(await second.closed).toEqual({ code: 4401, reason: "signature-invalid" });
    first.socket.close();
  });

  it("is refused when the first frame is anything else", async () => {
    const { bob } = await startWithTwo();
    for (const frame of ["", "{}", "null", '{"type":"authenticate"}', "[".repeat(4000), Buffer.from([1, 2, 3])]) {
      const live = bob.openLive();
      await live.nextOf("challenge");
      live.socket.send(frame);
      expect(await live.closed).toEqual({ code: 4401, reason: "bad-request" });
    }
  });

  it("must come in time", async () => {
    const { bob } = await startWithTwo({ live: { authenticationMilliseconds: 30 } });
    const live = bob.openLive();
    expect(await live.closed).toEqual({ code: 4401, reason: "signature-missing" });
  });

  it("comes once: a second frame ends the socket", async () => {
    const { bob } = await startWithTwo();
    const live = await bob.openLive().authenticate();
    live.socket.send("{}");
    expect(await live.closed).toEqual({ code: 1008, reason: "bad-request" });
  });
});

describe("the upgrade to a live socket", () => {
  it("lets pages of the relay's own origin in, and no others", async () => {
    const { relay, bob } = await startWithTwo();
    const port = new URL(relay.origin).port;
    await bob.openLive({ origin: `http://127.0.0.1:${port}` }).authenticate();
    for (const origin of ["https://evil.example", `http://localhost:${Number(port) + 1}`, "null", ""]) {
      const live = bob.openLive({ origin });
      expect(await live.closed, origin).toEqual({ code: 0, reason: "403" });
    }
  });

  it("is there at /api/live only", async () => {
    const { relay } = await startWithTwo();
    const address = relay.origin.replace("http://localhost", "ws://127.0.0.1");
    for (const path of ["/", "/api", "/api/live/", "/api/live?x", "/ready"]) {
      const socket = new WebSocket(address + path);
      const status = await new Promise((resolve) => {
        socket.on("unexpected-response", (_request, response) => resolve(response.statusCode));
        socket.on("error", resolve);
        socket.on("open", () => resolve("open"));
      });
      expect(status, path).toBe(404);
    }
  });

  it.each([
    ["another protocol", { upgrade: "h2c" }],
    ["another version", { "sec-websocket-version": "12" }],
    ["a key of another length", { "sec-websocket-key": "AAAA" }],
  ])("is refused like any other bad request when it names %s", async (_name, headers) => {
    const { stranger } = await startTestRelay();
    const handshake = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    };
    const request = { method: "GET", target: "/api/live", headers: { ...handshake, ...headers }, body: "" };
    expect(await stranger("alice").exchange(request)).toMatchObject({ status: 400, json: { error: "bad-request" } });
  });

  it("needs an upgrade", async () => {
    const { relay } = await startWithTwo();
    const anyone = relay.stranger("alice");
    const answer = await anyone.exchange({ method: "GET", target: "/api/live", headers: {}, body: "" });
    expect(answer.json).toEqual({ error: "not-found" });
  });
});

describe("the limits of live sockets", () => {
  it("are kept for the length of a frame", async () => {
    const { bob } = await startWithTwo({ live: { frameBytes: 100 } });
    for (const [length, code] of [
      [99, 4401],
      [100, 4401],
      [101, 1009],
    ] as const) {
      const live = bob.openLive();
      await live.nextOf("challenge");
      live.socket.send("x".repeat(length));
      expect((await live.closed).code, String(length)).toBe(code);
    }
  });

  it("are kept for the sockets of one device: one more closes the oldest", async () => {
    const { alice, bob } = await startWithTwo({ live: { socketsPerDevice: 2 } });
    const first = await bob.openLive().authenticate();
    const second = await bob.openLive().authenticate();
    const other = await alice.openLive().authenticate();
    const third = await bob.openLive().authenticate();
    expect(await first.closed).toEqual({ code: 1008, reason: "too-many-sockets" });
    await bob.send("alice", [freshEnvelope()]);
    await alice.send("bob", [freshEnvelope()]);
    for (const live of [second, third, other]) expect((await live.next()).type).toBe("mail");
  });

  it("are kept for readers that are too slow, without holding up the others", async () => {
    const { relay, alice, bob } = await startWithTwo({ live: { slowReaderMilliseconds: 300, envelopesPerPage: 4 } });
    const slow = await bob.openLive().authenticate();
    const quick = await bob.openLive().authenticate();
    slow.socket.pause();
    // More than the kernel's own buffers hold.
    const bodies = Array.from({ length: 150 }, () => freshEnvelope(new Uint8Array(66 * 1024)));
    for (const envelope of bodies) {
      await alice.send("bob", [envelope]);
      expect((await quick.next()).type).toBe("mail");
    }
    await expect.poll(() => relay.relay.sockets()).toBe(1);
    slow.socket.resume();
    expect((await slow.closed).code).toBe(1006);
  });
});
