import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { UnreachableError } from "../engine/ports.ts";
import { type Fetch, fetchRelay, MAX_RESPONSE_BYTES } from "./fetch-relay.ts";

async function relayThat(listener: RequestListener, timeLimit = 10_000) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return fetchRelay({ origin: `http://127.0.0.1:${port}`, fetch, timeLimit });
}

const get = { method: "GET", target: "/api/receive/alice?after=7", headers: { signature: "x" }, body: null } as const;

describe("a request to the relay", () => {
  it("arrives as it was given, and gives the status and the JSON of the answer", async () => {
    const seen: unknown[] = [];
    const request = await relayThat((incoming, response) => {
      incoming.setEncoding("utf8").once("data", (body) => {
        seen.push(incoming.method, incoming.url, incoming.headers["content-type"], incoming.headers["x-a"], body);
        response.writeHead(409, { "content-type": "application/json" }).end('{"error":"name-taken"}');
      });
    });
    const answer = await request({ method: "POST", target: "/api/send?x=1", headers: { "x-a": "b" }, body: '{"ü":1}' });
    expect(answer).toEqual({ status: 409, json: { error: "name-taken" } });
    expect(seen).toEqual(["POST", "/api/send?x=1", "application/json", "b", '{"ü":1}']);
  });

  it("has no JSON where the answer is none", async () => {
    const html = await relayThat((_request, response) => response.writeHead(502).end("<h1>Bad gateway</h1>"));
    expect(await html(get)).toEqual({ status: 502, json: undefined });
    const empty = await relayThat((_request, response) => response.writeHead(204).end());
    expect(await empty(get)).toEqual({ status: 204, json: undefined });
  });

  it("says how long the relay asks to wait, ten minutes at most, where it says so in seconds", async () => {
    const waits = [
      ["1", 1_000],
      ["599", 599_000],
      ["600", 600_000],
      ["601", 600_000],
      ["99999999999999999999999", 600_000],
      ["-1", undefined],
      ["1.5", undefined],
      ["", undefined],
      ["Tue, 24 Nov 2026 12:00:00 GMT", undefined],
    ] as const;
    for (const [header, milliseconds] of waits) {
      const request = await relayThat((_request, response) => response.writeHead(429, { "retry-after": header }).end());
      expect((await request(get)).retryAfterMilliseconds, header).toBe(milliseconds);
    }
    const silent = await relayThat((_request, response) => response.writeHead(429).end());
    expect((await silent(get)).retryAfterMilliseconds).toBeUndefined();
  });

  it("asks the browser for no credentials, cache, redirects or referrer", async () => {
    const spied = vi.fn<Fetch>(async () => Response.json({}));
    await fetchRelay({ origin: "https://chat.example", fetch: spied })(get);
    const [url, init] = spied.mock.calls[0] ?? [];
    expect(url).toBe("https://chat.example/api/receive/alice?after=7");
    expect(init).toMatchObject({
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
      headers: { signature: "x" },
    });
  });

  it("is unreachable where nobody listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const attempt = fetchRelay({ origin: `http://127.0.0.1:${port}`, fetch })(get);
    await expect(attempt).rejects.toThrow(UnreachableError);
    await expect(attempt).rejects.toMatchObject({ cause: expect.anything() });
  });

  it("is unreachable where the answer does not come, or not to its end, within the time limit", async () => {
    const silent = await relayThat(() => undefined, 50);
    await expect(silent(get)).rejects.toMatchObject({ name: "UnreachableError", cause: { name: "TimeoutError" } });
    const halting = await relayThat((_request, response) => response.writeHead(200).write("{"), 50);
    await expect(halting(get)).rejects.toMatchObject({ name: "UnreachableError", cause: { name: "TimeoutError" } });
  });

  it("is unreachable where the connection breaks within the answer, or a redirect comes", async () => {
    const breaking = await relayThat((_request, response) => {
      response.writeHead(200, { "content-length": "10" }).write("{", () => response.destroy());
    });
    await expect(breaking(get)).rejects.toThrow(UnreachableError);
    const redirecting = await relayThat((_request, response) => response.writeHead(302, { location: "/" }).end());
    await expect(redirecting(get)).rejects.toThrow(UnreachableError);
  });

  it.each([-1, 0])("takes an answer of the largest size %i", async (difference) => {
    const text = `"${"a".repeat(MAX_RESPONSE_BYTES - 2 + difference)}"`;
    const request = fetchRelay({ origin: "https://chat.example", fetch: async () => new Response(text) });
    expect(await request(get)).toEqual({ status: 200, json: text.slice(1, -1) });
  });

  it("is unreachable where the answer is one byte larger", async () => {
    const text = `"${"a".repeat(MAX_RESPONSE_BYTES - 1)}"`;
    const request = fetchRelay({ origin: "https://chat.example", fetch: async () => new Response(text) });
    await expect(request(get)).rejects.toMatchObject({ name: "UnreachableError", cause: { name: "RangeError" } });
  });
});
