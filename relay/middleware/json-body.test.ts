import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { freshEnvelope, type TestClient } from "../testing/test-client.ts";
import type { TestResponse, WireRequest } from "../testing/test-exchange.ts";
import { startTestRelay } from "../testing/test-relay.ts";
import { MAX_JSON_DEPTH, MAX_REQUEST_BYTES } from "../wire/limits.ts";
import { formatSendRequest } from "../wire/mail.ts";

const honest = () => JSON.stringify(formatSendRequest({ to: "alice", envelopes: [freshEnvelope()] }));

function post(client: TestClient, body: string, alter?: (request: WireRequest) => WireRequest): Promise<TestResponse> {
  return client.request({ method: "POST", target: "/api/send", body, ...(alter ? { alter } : {}) });
}

function withHeaders(headers: Readonly<Record<string, string>>) {
  return (request: WireRequest): WireRequest => ({ ...request, headers: { ...request.headers, ...headers } });
}

async function startWithAlice() {
  const relay = await startTestRelay();
  return { relay, alice: await relay.member("alice") };
}

describe("a request's body", () => {
  it("may be as long as the limit, and not a byte longer", async () => {
    const { alice } = await startWithAlice();
    for (const [length, status] of [
      [MAX_REQUEST_BYTES - 1, 200],
      [MAX_REQUEST_BYTES, 200],
      [MAX_REQUEST_BYTES + 1, 413],
    ] as const) {
      const answer = await post(alice, honest().padEnd(length, " "));
      expect(answer.status, String(length)).toBe(status);
      if (status === 413) expect(answer.json).toEqual({ error: "body-too-large" });
    }
  });

  it("is measured as it arrives when no length is announced", async () => {
    const { alice } = await startWithAlice();
    const address = alice.origin.replace("localhost", "127.0.0.1");
    const signed = alice.sign({
      method: "POST",
      target: "/api/send",
      body: honest().padEnd(MAX_REQUEST_BYTES + 1, " "),
      // fetch sends the address as Host, which the relay allows too.
      sign: { authority: new URL(address).host },
    });
    const chunked = await fetch(`${address}/api/send`, {
      method: "POST",
      headers: { ...signed.headers },
      body: new Blob([String(signed.body)]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(chunked.status).toBe(413);
    expect(await chunked.json()).toEqual({ error: "body-too-large" });
  });

  it("must be application/json", async () => {
    const { alice } = await startWithAlice();
    expect(
      (await post(alice, honest(), withHeaders({ "content-type": "application/json; charset=utf-8" }))).status,
    ).toBe(200);
    const types = ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "multipart/form-data", ""];
    for (const type of [...types, "application/csp-report"]) {
      const answer = await post(alice, honest(), withHeaders({ "content-type": type }));
      expect(answer, type).toMatchObject({ status: 415, json: { error: "unsupported-media-type" } });
    }
  });

  it("must not be compressed", async () => {
    const { alice } = await startWithAlice();
    for (const encoding of ["gzip", "br", "identity"]) {
      const answer = await post(alice, honest(), (request) => ({
        ...withHeaders({ "content-encoding": encoding })(request),
        body: gzipSync(String(request.body)),
      }));
      expect(answer, encoding).toMatchObject({ status: 415, json: { error: "unsupported-media-type" } });
    }
  });

  it("may be nested deeper than the parser bears, and is refused like any other that makes no sense", async () => {
    const { alice } = await startWithAlice();
    const nested = (depth: number) => `{"to":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    const answers = await Promise.all(
      [MAX_JSON_DEPTH, MAX_JSON_DEPTH + 1, 1000, 200_000].map((depth) => post(alice, nested(depth))),
    );
    for (const answer of answers) expect(answer).toMatchObject({ status: 400, json: { error: "bad-request" } });
  });

  it("is not read before its sender is known", async () => {
    const { alice } = await startWithAlice();
    const forged = withHeaders({ signature: `sotto=:${"A".repeat(86)}==:` });
    for (const [body, status] of [
      [honest(), 200],
      ["no JSON", 400],
      [honest().padEnd(MAX_REQUEST_BYTES + 1, " "), 413],
    ] as const) {
      expect((await post(alice, body)).status).toBe(status);
      expect((await post(alice, body, forged)).json).toEqual({ error: "signature-invalid" });
    }
  });

  it("must be well-formed JSON of a known shape", async () => {
    const { alice } = await startWithAlice();
    const bodies = [
      "",
      "null",
      "7",
      '"text"',
      "[]",
      "{}",
      "{",
      "]".repeat(50_000),
      "[".repeat(200_000),
      `{"a":`.repeat(60_000),
      `${"[".repeat(200_000)}${"]".repeat(200_000)}`,
      '{"to":"alice"}',
      honest().replace("{", '{"extra":1,'),
      honest().replace('"alice"', '"Alice"'),
      honest().replace('"toDevice":1', '"toDevice":1.5'),
      honest().replace('"toDevice":1', '"toDevice":0'),
      honest().replace('"id":"', '"id":"A'),
      honest().replace('"body":"', '"body":"='),
      `\uFEFF${honest()}`,
    ];
    for (const body of bodies) {
      const answer = await post(alice, body);
      expect([400, 401], body.slice(0, 40)).toContain(answer.status);
      expect(answer.json, body.slice(0, 40)).not.toMatchObject({ error: "internal" });
    }
    expect((await post(alice, honest())).status).toBe(200);
  });

  it("must not name __proto__ or a constructor's prototype", async () => {
    const { alice } = await startWithAlice();
    for (const poison of [
      '{"__proto__":{"admin":true},',
      '{"\\u005f_proto__":{"admin":true},',
      '{"constructor":{"prototype":{}},',
    ]) {
      const answer = await post(alice, honest().replace("{", poison));
      expect(answer, poison).toMatchObject({ status: 400, json: { error: "bad-request" } });
    }
    expect(Reflect.get({}, "admin")).toBeUndefined();
  });

  it("must not be there on a GET", async () => {
    const { alice } = await startWithAlice();
    const request = { method: "GET", target: "/api/receive/alice" } as const;
    const answer = await alice.request({ ...request, body: {} });
    expect(answer).toMatchObject({ status: 400, json: { error: "bad-request" } });
    expect((await alice.request(request)).status).toBe(200);
  });

  it("that is not UTF-8 does not match its digest", async () => {
    const { alice } = await startWithAlice();
    const answer = await post(alice, honest(), (request) => ({ ...request, body: Buffer.from([0x7b, 0xff, 0x7d]) }));
    expect(answer.status).toBe(400);
    const quoted = Buffer.concat([Buffer.from('{"to":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const invalid = await post(alice, '{"to":"\uFFFD"}', (request) => ({ ...request, body: quoted }));
    expect([400, 401]).toContain(invalid.status);
  });
});
