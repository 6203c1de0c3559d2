/** The Caddyfile, read and run by a real Caddy in front of a real relay. */
import { request } from "node:http";
import { get } from "node:https";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { parseAddressList } from "../../relay/configuration/address-list.ts";
import { freePort } from "../../relay/testing/free-port.ts";
import { encode, freshEnvelope, TestClient } from "../../relay/testing/test-client.ts";
import { startTestRelay, type TestRelayOptions } from "../../relay/testing/test-relay.ts";
import { adaptCaddyfile, findCaddy, NO_CADDY, startCaddy } from "./testing/test-caddy.ts";

const caddy = findCaddy();
if (caddy === null) process.stderr.write(`${NO_CADDY}\n`);

/** A relay behind Caddy, and somebody who reaches it there only. */
async function behindCaddy(program: string, scheme: "http" | "https", options: TestRelayOptions = {}) {
  const origin = `${scheme}://${scheme === "http" ? "127.0.0.1" : "localhost"}:${await freePort()}`;
  const trustedProxies = parseAddressList("127.0.0.1");
  if (trustedProxies === null) throw new Error("no list of proxies");
  const relay = await startTestRelay({ ...options, publicOrigin: origin, trustedProxies });
  const proxy = await startCaddy(program, origin, [new URL(relay.origin).host.replace("localhost", "127.0.0.1")]);
  const client = (username: string) => new TestClient({ origin, username, clock: relay.now });
  return { origin, relay, proxy, client };
}

describe.skipIf(caddy === null)("the Caddyfile", { timeout: 90_000 }, () => {
  const program = caddy ?? "caddy";

  it("is valid as it is, and with a name and relays from the environment", () => {
    expect(adaptCaddyfile(program, {})).toContain('"dial":"127.0.0.1:8080"');
    const adapted = adaptCaddyfile(program, { SOTTO_SITE: "talk.example", SOTTO_RELAYS: "relay-1:8080 relay-2:8080" });
    for (const part of ["talk.example", '"dial":"relay-1:8080"', '"dial":"relay-2:8080"'])
      expect(adapted).toContain(part);
    expect(adapted).not.toContain("chat.example");
  });

  it("carries mail, requests and live sockets, between people and the relay", async () => {
    const { client } = await behindCaddy(program, "http");
    const [alice, bob] = [client("alice"), client("bob")];
    for (const person of [alice, bob]) expect((await person.publish()).status).toBe(200);
    const live = await alice.openLive({ origin: alice.origin }).authenticate();
    const envelope = freshEnvelope();
    expect((await bob.send("alice", [envelope])).json).toEqual({ accepted: 1 });
    expect(await live.nextOf("mail")).toMatchObject({ envelope: { id: envelope.id, from: "bob" } });
    expect((await alice.receive()).json).toMatchObject({ envelopes: [{ id: encode(envelope.id) }] });
    live.socket.close();
  });

  it("tells the relay who asks, whatever the client claims", async () => {
    const addressRequests = { capacity: 3, refillMilliseconds: 3_600_000 };
    const { origin } = await behindCaddy(program, "http", { fairness: { addressRequests } });
    const ask = (localAddress: string, headers: Readonly<Record<string, string>> = {}) =>
      statusOf(origin, localAddress, headers);
    const statuses = async (localAddress: string, count: number) => {
      const seen: unknown[] = [];
      for (let asked = 0; asked < count; asked += 1) seen.push(await ask(localAddress));
      return seen;
    };
    expect(await statuses("127.0.0.2", 4)).toEqual([200, 200, 200, 429]);
    expect(await ask("127.0.0.2", { "x-forwarded-for": "203.0.113.9" })).toBe(429);
    expect(await ask("127.0.0.2", { forwarded: "for=203.0.113.9" })).toBe(429);
    expect(await ask("127.0.0.3", { "x-forwarded-for": "127.0.0.2" })).toBe(200);
  });

  it("keeps the metrics for the operator", async () => {
    const { origin, relay } = await behindCaddy(program, "http");
    expect(await statusOf(relay.origin, "127.0.0.1", {}, "/metrics")).toBe(200);
    const ask = (path: string) => statusOf(origin, "127.0.0.1", {}, path);
    // The relay itself would say that it is forbidden.
    for (const path of ["/metrics", "/metrics?name=x"]) expect(await ask(path), path).toBe(404);
    for (const path of ["/metrics/", "/%6detrics", "//metrics", "/x/../metrics"])
      expect(await ask(path), path).not.toBe(200);
  });

  it("puts TLS in front, for live sockets, too", async () => {
    const { origin, proxy } = await behindCaddy(program, "https");
    const ca = proxy.certificate();
    const ask = () =>
      new Promise((resolve) => {
        get(`${origin}/ready`, { ca }, (response) => resolve(response.resume().statusCode)).on("error", resolve);
      });
    // It listens before it has made its certificate.
    await expect.poll(ask).toBe(200);
    const socket = new WebSocket(`${origin.replace("https", "wss")}/api/live`, { ca, headers: { origin } });
    onTestFinished(() => socket.terminate());
    const challenge = new Promise((resolve, reject) => {
      socket.on("message", (frame) => resolve(JSON.parse(frame.toString())));
      socket.on("error", reject);
    });
    expect(await challenge).toMatchObject({ type: "challenge" });
  });
});

/** Asks from an address of this machine. */
function statusOf(
  origin: string,
  localAddress: string,
  headers: Readonly<Record<string, string>>,
  path = "/api/relay",
): Promise<number | undefined> {
  const { host, port } = new URL(origin);
  const options = { host: "127.0.0.1", port, path, localAddress, headers: { host, ...headers }, agent: false };
  return new Promise((resolve, reject) => {
    request(options, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end();
  });
}
