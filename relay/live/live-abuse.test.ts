import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { freshEnvelope, type TestClient } from "../testing/test-client.ts";
import type { TestLiveSocket } from "../testing/test-live-socket.ts";
import { startTestRelay, type TestRelayOptions } from "../testing/test-relay.ts";

const MIB = 1024 * 1024;

async function startWithTwo(options: TestRelayOptions = {}) {
  const relay = await startTestRelay(options);
  const [alice, bob] = [await relay.member("alice"), await relay.member("bob")];
  return { relay, alice, bob, honest: await bob.openLive().authenticate() };
}

type Stage = Awaited<ReturnType<typeof startWithTwo>>;

/** Everyone else is served as before. */
async function expectUnaffected({ relay, alice, honest }: Stage): Promise<void> {
  await expect.poll(() => relay.relay.sockets()).toBe(1);
  const envelope = freshEnvelope();
  await alice.send("bob", [envelope]);
  expect((await honest.nextOf("mail")).envelope.id).toEqual(envelope.id);
}

/** One fragment after the other until the socket closes, so many at most; the last one ends the message. */
async function sendFragments(live: TestLiveSocket, { count, bytes }: { count: number; bytes: number }): Promise<void> {
  const fragment = "x".repeat(bytes);
  for (let i = 1; i <= count && live.socket.readyState === live.socket.OPEN; i++) {
    await new Promise((sent) => live.socket.send(fragment, { fin: i === count }, sent));
  }
}

describe("a live socket's messages", () => {
  it("end it when one frame is of 100 MiB", async () => {
    const stage = await startWithTwo();
    const live = stage.alice.openLive();
    await live.nextOf("challenge");
    live.socket.send(new Uint8Array(100 * MIB));
    // The reset can overtake the close frame while the client is still writing.
    expect([1009, 1006]).toContain((await live.closed).code);
    await expectUnaffected(stage);
  });

  it("end it when fragments of 100 MiB in all come, long before they are there", async () => {
    const stage = await startWithTwo();
    const live = stage.alice.openLive();
    await live.nextOf("challenge");
    await sendFragments(live, { count: 100 * 1024, bytes: 1024 });
    expect([1009, 1006]).toContain((await live.closed).code);
    await expectUnaffected(stage);
  });

  it("are measured as a whole, in one frame or in many", async () => {
    const alice = await (await startTestRelay({ live: { frameBytes: 100 } })).member("alice");
    for (const [bytes, code] of [
      [24, 4401],
      [25, 4401],
      [26, 1009],
    ] as const) {
      const live = alice.openLive();
      await live.nextOf("challenge");
      await sendFragments(live, { count: 4, bytes });
      expect((await live.closed).code, String(bytes)).toBe(code);
    }
  });

  it("end it when they come in too many fragments, though these are empty", async () => {
    const stage = await startWithTwo({ live: { fragments: 5 } });
    for (const [count, code] of [
      [4, 4401],
      [5, 4401],
      [6, 1008],
    ] as const) {
      const live = stage.alice.openLive();
      await live.nextOf("challenge");
      await sendFragments(live, { count, bytes: 0 });
      expect((await live.closed).code, String(count)).toBe(code);
    }
    await expectUnaffected(stage);
  });
});

describe("pings", () => {
  it("that stay unanswered end the socket; one that answers stays", async () => {
    const stage = await startWithTwo({ live: { heartbeatMilliseconds: 100, pongMilliseconds: 2000 } });
    const silent = await stage.alice.openLive().authenticate();
    // What is not read is not answered.
    silent.socket.pause();
    await expect.poll(() => stage.relay.relay.sockets(), { timeout: 20_000 }).toBe(1);
    silent.socket.resume();
    expect((await silent.closed).code).toBe(1006);
    await expectUnaffected(stage);
  });

  it("of a client are answered", async () => {
    const { honest } = await startWithTwo();
    const answer = new Promise((resolve) => honest.socket.once("pong", (payload: Buffer) => resolve(String(payload))));
    honest.socket.ping("still there?");
    expect(await answer).toBe("still there?");
  });

  it("of a client end the socket when they come without end", async () => {
    const stage = await startWithTwo({ live: { heartbeatMilliseconds: 50, bytesPerHeartbeat: 10_000 } });
    const noisy = await stage.alice.openLive().authenticate();
    const flood = setInterval(() => {
      for (let i = 0; i < 1000 && noisy.socket.readyState === noisy.socket.OPEN; i++)
        noisy.socket.ping("a".repeat(100));
    }, 10);
    expect((await noisy.closed.finally(() => clearInterval(flood))).code).toBe(1006);
    await expectUnaffected(stage);
  });
});

describe("live sockets that have not proved who they are", () => {
  it("are so many of one address, until they are gone or have proved it", async () => {
    const { alice } = await startWithTwo({ live: { unauthenticatedPerAddress: 2 } });
    const [first, second] = [alice.openLive(), alice.openLive()];
    for (const live of [first, second]) await once(live.socket, "open");
    expect(await alice.openLive().closed).toEqual({ code: 0, reason: "429" });
    await first.authenticate();
    const third = alice.openLive();
    await once(third.socket, "open");
    expect(await alice.openLive().closed).toEqual({ code: 0, reason: "429" });
    second.socket.terminate();
    await expect.poll(() => opens(alice)).toBe(true);
  });
});

/** Whether there is room for one more, which goes at once. */
async function opens(client: TestClient): Promise<boolean> {
  const live = client.openLive();
  const open = once(live.socket, "open").then(() => true);
  const isOpen = await Promise.race([open, live.closed.then(() => false)]);
  live.socket.terminate();
  return isOpen;
}
