import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { describe, expect, it } from "vitest";
import type { Store } from "../store/store.ts";
import { freshEnvelope, TestClient } from "../testing/test-client.ts";
import { addressOf, run } from "../testing/test-program.ts";
import { startTestRelay, type TestRelay, temporaryFolder } from "../testing/test-relay.ts";
import { formatSendRequest } from "../wire/mail.ts";

/** A store in which sending stands still, at its first step, until it is told to go on. */
function standingStill() {
  let goOn = () => {};
  let arrive = () => {};
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const wrapStore = (store: Store): Store => ({
    ...store,
    async addMail(mail) {
      arrive();
      await mayGoOn;
      return store.addMail(mail);
    },
  });
  return { wrapStore, arrived, goOn: () => goOn() };
}

/** Clients would keep their connections, were they not told otherwise. */
const KEPT = { connection: "keep-alive" };

function get(relay: TestRelay, target: string) {
  return relay.stranger("alice").exchange({ method: "GET", target, headers: KEPT, body: "" });
}

function sendToOneself(client: TestClient) {
  const body = formatSendRequest({ to: client.username, envelopes: [freshEnvelope()] });
  return client.request({
    method: "POST",
    target: "/api/send",
    body,
    alter: (request) => ({ ...request, headers: { ...request.headers, ...KEPT } }),
  });
}

describe("a relay that ends", () => {
  it("finishes the requests that it has taken on, refuses others, and then is gone", async () => {
    const { wrapStore, arrived, goOn } = standingStill();
    const relay = await startTestRelay({ wrapStore });
    const alice = await relay.member("alice");
    const live = await alice.openLive().authenticate();
    expect((await get(relay, "/live")).headers.connection).toBe("keep-alive");
    const sent = sendToOneself(alice);
    await arrived;
    let isClosed = false;
    const closed = relay.relay.close().then(() => {
      isClosed = true;
    });
    expect((await live.closed).code).toBe(1001);

    const late = await sendToOneself(alice);
    expect(late).toMatchObject({ status: 503, json: { error: "unavailable" }, headers: { connection: "close" } });
    expect((await alice.openLive().closed).reason).toBe("503");
    expect(await get(relay, "/ready")).toMatchObject({
      status: 503,
      json: { error: "unavailable", reason: "closing" },
      headers: { connection: "close" },
    });
    expect((await get(relay, "/live")).status).toBe(200);
    expect(isClosed).toBe(false);

    goOn();
    expect(await sent).toMatchObject({ status: 200, json: { accepted: 1 }, headers: { connection: "close" } });
    await closed;
    await expect(get(relay, "/live")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    const { envelopes } = await relay.store.listMail({ mailbox: alice.keyId, after: 0, limit: 9, now: relay.now() });
    expect(envelopes).toHaveLength(1);
  });

  it("does not wait for ever for a request that does not finish", async () => {
    const { wrapStore, arrived, goOn } = standingStill();
    const relay = await startTestRelay({ wrapStore });
    const alice = await relay.member("alice");
    const sent = alice.send("alice", [freshEnvelope()]).catch((error: unknown) => error);
    await arrived;
    await relay.relay.close();
    expect(await sent).toMatchObject({ code: "ECONNRESET" });
    goOn();
  });
});

describe("the relay's program", { timeout: 60_000 }, () => {
  /** A program with a request of Alice's under way, of which the body has not come yet. */
  async function startWithOpenRequest() {
    const program = run({ RELAY_DATA: temporaryFolder() });
    const origin = await addressOf(program);
    const alice = new TestClient({ origin, username: "alice" });
    expect((await alice.publish()).status).toBe(200);
    const body = formatSendRequest({ to: "alice", envelopes: [freshEnvelope()] });
    const { method, target, headers, body: text } = alice.sign({ method: "POST", target: "/api/send", body });
    const { port } = new URL(origin);
    // Asks the relay to say when it has taken the request on.
    const more = { "content-length": String(Buffer.byteLength(text)), expect: "100-continue" };
    const options = { port, host: "127.0.0.1", method, path: target, headers: { ...headers, ...more } };
    const request = httpRequest({ ...options, agent: false });
    const answered = once(request, "response").then(([response]) => response.statusCode);
    const takenOn = once(request, "continue");
    request.flushHeaders();
    await takenOn;
    const live = await alice.openLive().authenticate();
    return { ...program, request, text, answered, live };
  }

  it("answers what is under way at SIGTERM, and exits with 0", async () => {
    const { child, ended, request, text, answered, live } = await startWithOpenRequest();
    child.kill("SIGTERM");
    expect((await live.closed).code).toBe(1001);
    request.end(text);
    expect(await answered).toBe(200);
    const { code, complaints } = await ended;
    expect(code).toBe(0);
    const drained = complaints.split("\n").find((line) => line.includes('"msg":"drained"'));
    expect(drained).toContain('"accepted":1');
  });

  it("ends at once at a second signal", async () => {
    const { child, ended, request, answered, live } = await startWithOpenRequest();
    const broken = answered.catch((error: unknown) => error);
    request.on("error", () => {});
    child.kill("SIGTERM");
    await live.closed;
    child.kill("SIGTERM");
    const { code, complaints } = await ended;
    expect(code).toBe(1);
    expect(complaints).not.toContain('"msg":"drained"');
    expect(await broken).toMatchObject({ code: "ECONNRESET" });
  });
});
