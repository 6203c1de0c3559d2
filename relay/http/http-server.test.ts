import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseAddressList } from "../configuration/address-list.ts";
import { freshEnvelope } from "../testing/test-client.ts";
import { startTestRelay, type TestRelay } from "../testing/test-relay.ts";

/** A connection on which anything can be written; `text` is what came back, `ended` resolves when it is gone. */
interface Line {
  readonly socket: Socket;
  readonly text: () => string;
  readonly ended: Promise<void>;
}

async function openLine({ relay }: TestRelay): Promise<Line> {
  const socket = connect(relay.port(), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await Promise.race([once(socket, "connect"), ended]);
  return { socket, text: () => text, ended };
}

/** Writes all at once and gives what came until the connection ended. */
async function answerTo(relay: TestRelay, request: string): Promise<string> {
  const { socket, text, ended } = await openLine(relay);
  socket.write(request);
  await ended;
  return text();
}

function requestWith(headers: readonly string[], path = "/ready"): string {
  return [`GET ${path} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers, "", ""].join("\r\n");
}

async function expectReady(relay: TestRelay): Promise<void> {
  expect(await answerTo(relay, requestWith([]))).toMatch(/^HTTP\/1\.1 200 /);
}

describe("headers", () => {
  it("are taken up to the limit of their number, and refused beyond it", async () => {
    const relay = await startTestRelay({ http: { headers: 10 } });
    // "Host" and "Connection" are two of them.
    const ask = (count: number) => {
      const headers = Array.from({ length: count - 2 }, (_, i) => `X-${i}: a`);
      return answerTo(relay, requestWith(headers, "/api/receive/alice"));
    };
    for (const count of [9, 10]) expect(await ask(count), String(count)).toContain('{"error":"wrong-authority"}');
    const refused = await ask(11);
    expect(refused).toMatch(/^HTTP\/1\.1 431 /);
    expect(refused).toContain('{"error":"headers-too-large"}');
  });

  it("are taken up to the limit of their size, and refused beyond it before the rest of them has come", async () => {
    const relay = await startTestRelay({ http: { headerBytes: 4096 } });
    expect(await answerTo(relay, requestWith([`X: ${"a".repeat(3900)}`]))).toMatch(/^HTTP\/1\.1 200 /);
    const refused = await answerTo(relay, `GET /ready HTTP/1.1\r\nX: ${"a".repeat(4200)}`);
    expect(refused).toMatch(/^HTTP\/1\.1 431 /);
    expect(refused).toContain('{"error":"headers-too-large"}');
  });

  it("that are none are refused", async () => {
    const relay = await startTestRelay();
    for (const nonsense of ["nonsense\r\n\r\n", "GET /ready HTTP/1.1\r\nno colon\r\n\r\n", "\x16\x03\x01\x02\x00"]) {
      const refused = await answerTo(relay, nonsense);
      expect(refused, nonsense).toMatch(/^HTTP\/1\.1 400 /);
      expect(refused, nonsense).toContain('{"error":"bad-request"}');
    }
    expect(relay.relay.counts.refusals.get("bad-request")).toBe(3);
    await expectReady(relay);
  });
});

describe("an expectation", () => {
  it.each(["100-continue", "tea", ""])("changes no answer: %j", async (expectation) => {
    const relay = await startTestRelay();
    const honest = await answerTo(relay, requestWith([`Expect: ${expectation}`]));
    expect(honest).toContain('{"ready":true}');
    const refused = await answerTo(relay, requestWith([`Expect: ${expectation}`], "/api/none"));
    expect(refused).toContain('{"error":"not-found"}');
  });
});

describe("a request that takes too long to arrive", () => {
  it("is ended within a bounded time, two thousand at once, while others are answered", async () => {
    const http = { headersMilliseconds: 3000, checkMilliseconds: 250, connectionsPerAddress: 3000 };
    const relay = await startTestRelay({ http });
    const alice = await relay.member("alice");
    const lines = await Promise.all(Array.from({ length: 2000 }, () => openLine(relay)));
    for (const { socket } of lines) socket.write("GET /ready HTTP/1.1\r\nHost: localhost\r\n");
    for (let i = 0; i < 5; i++) {
      expect((await alice.receive()).status).toBe(200);
      // A few more headers keep none of them alive.
      for (const { socket } of lines) if (socket.writable) socket.write(`X-${i}: a\r\n`);
    }
    await Promise.all(lines.map(({ ended }) => ended));
    for (const { text } of lines) expect(text()).toContain('{"error":"request-timeout"}');
    expect(relay.relay.counts.refusals.get("request-timeout")).toBe(2000);
    await expectReady(relay);
  });

  it("is refused when nothing more of its body comes", async () => {
    const relay = await startTestRelay({ http: { stalledMilliseconds: 1000 } });
    const alice = await relay.member("alice");
    const whole = alice.sign({ method: "POST", target: "/api/send", body: { to: "alice", envelopes: [] } });
    const { socket, text, ended } = await openLine(relay);
    const headers = Object.entries(whole.headers).map(([name, value]) => `${name}: ${value}`);
    socket.write(["POST /api/send HTTP/1.1", ...headers, "content-length: 100000", "", "{"].join("\r\n"));
    await ended;
    expect(text()).toMatch(/^HTTP\/1\.1 408 /);
    expect(text()).toContain('{"error":"request-timeout"}');
    expect(relay.relay.counts.refusals.get("request-timeout")).toBe(1);
    await expectReady(relay);
  });

  it("is ended while its body trickles", async () => {
    const http = { headersMilliseconds: 2000, requestMilliseconds: 3000, checkMilliseconds: 100 };
    const relay = await startTestRelay({ http });
    const alice = await relay.member("alice");
    const whole = alice.sign({ method: "POST", target: "/api/send", body: { to: "alice", envelopes: [] } });
    const { socket, text, ended } = await openLine(relay);
    const headers = Object.entries(whole.headers).map(([name, value]) => `${name}: ${value}`);
    socket.write(["POST /api/send HTTP/1.1", ...headers, "content-length: 100000", "", ""].join("\r\n"));
    const trickle = setInterval(() => socket.write("1"), 50);
    onTestFinished(() => clearInterval(trickle));
    expect((await alice.receive()).status).toBe(200);
    await ended;
    expect(text()).toMatch(/^HTTP\/1\.1 408 /);
    expect(text()).toContain('{"error":"request-timeout"}');
    await expectReady(relay);
  });
});

describe("connections", () => {
  /** Opens so many one after the other; gives how many the relay keeps. */
  async function openMany(relay: TestRelay, count: number): Promise<readonly Line[]> {
    const lines: Line[] = [];
    for (let i = 0; i < count; i++) {
      const line = await openLine(relay);
      const answered = new Promise<boolean>((resolve) => line.socket.once("data", () => resolve(true)));
      line.socket.write("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
      if (await Promise.race([answered, line.ended.then(() => false)])) lines.push(line);
    }
    return lines;
  }

  it("of one address are kept up to its limit; beyond it they are ended, until others are gone", async () => {
    const relay = await startTestRelay({ http: { connectionsPerAddress: 3 } });
    const [first, ...others] = await openMany(relay, 5);
    expect(others).toHaveLength(2);
    first?.socket.destroy();
    await expect.poll(async () => (await openMany(relay, 1)).length).toBe(1);
    expect(await openMany(relay, 1)).toHaveLength(0);
  });

  it("of a trusted proxy are not limited as those of one address", async () => {
    const trustedProxies = parseAddressList("127.0.0.1");
    if (!trustedProxies) throw new Error("no address list");
    const relay = await startTestRelay({ http: { connectionsPerAddress: 3 }, trustedProxies });
    expect(await openMany(relay, 5)).toHaveLength(5);
  });

  it("of all together are limited too", async () => {
    const relay = await startTestRelay({ http: { connections: 3 } });
    expect(await openMany(relay, 5)).toHaveLength(3);
  });
});

describe("an answer that nobody reads", () => {
  it("is given up with its connection, and holds up no other", async () => {
    const relay = await startTestRelay({ http: { stalledMilliseconds: 2000 }, limits: { pageBytes: 10_000_000 } });
    const alice = await relay.member("alice");
    const large = () => freshEnvelope(new Uint8Array(66 * 1024));
    for (let sends = 0; sends < 20; sends++) await alice.send("alice", Array.from({ length: 5 }, large));
    const lines = await Promise.all(Array.from({ length: 4 }, () => openLine(relay)));
    for (const { socket } of lines) {
      const { method, target, headers } = alice.sign({ method: "GET", target: "/api/receive/alice" });
      const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
      socket.pause();
      socket.write([`${method} ${target} HTTP/1.1`, ...head, "", ""].join("\r\n"));
    }
    expect((await alice.receive()).status).toBe(200);
    await expect.poll(() => openConnections(relay), { timeout: 20_000 }).toBe(0);
    await expectReady(relay);
  });
});

describe("an answer that nobody reads while something is sent", () => {
  it("is given up all the same", async () => {
    const http = { answerMilliseconds: 2000, checkMilliseconds: 100 };
    const relay = await startTestRelay({ http, limits: { pageBytes: 10_000_000 } });
    const alice = await relay.member("alice");
    const large = () => freshEnvelope(new Uint8Array(66 * 1024));
    for (let sends = 0; sends < 20; sends++) await alice.send("alice", Array.from({ length: 5 }, large));
    const { socket, ended } = await openLine(relay);
    const { method, target, headers } = alice.sign({ method: "GET", target: "/api/receive/alice" });
    socket.pause();
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.write([`${method} ${target} HTTP/1.1`, ...head, "", ""].join("\r\n"));
    const noise = setInterval(() => socket.write("\r\n"), 100);
    onTestFinished(() => clearInterval(noise));
    await expect.poll(() => openConnections(relay)).toBe(0);
    socket.resume();
    await ended;
    await expectReady(relay);
  });
});

/** Connections that the relay holds, the kept ones of the test's client not counted. */
function openConnections({ relay }: TestRelay): Promise<number> {
  relay.server.closeIdleConnections();
  return new Promise((resolve, reject) =>
    relay.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
