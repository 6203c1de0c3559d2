import { describe, expect, it } from "vitest";
import { readConfiguration } from "../configuration/configuration.ts";
import { startTestRelay } from "../testing/test-relay.ts";

const APP = "https://app.example";

const preflightHeaders = {
  "access-control-request-method": "POST",
  "access-control-request-headers": "content-digest,content-type,signature,signature-input",
};

/** Signed truthfully, as from a page of `origin`; without an Origin header when it is null. */
async function asked(origin: string | null, allowedOrigins: readonly string[] = [APP, "http://localhost:5000"]) {
  const relay = await startTestRelay({ allowedOrigins });
  const alice = await relay.member("alice");
  const withOrigin = origin === null ? {} : { origin };
  return {
    relay,
    alice,
    withOrigin,
    answer: await alice.request({
      method: "GET",
      target: "/api/receive/alice",
      alter: (request) => ({ ...request, headers: { ...request.headers, ...withOrigin } }),
    }),
    preflight: (target = "/api/send", method = "OPTIONS") =>
      alice.exchange({
        method,
        target,
        headers: { host: new URL(relay.origin).host, ...withOrigin, ...preflightHeaders },
        body: "",
      }),
  };
}

describe("a page of an allowed origin", () => {
  it.each([APP, "http://localhost:5000"])(
    "at %s may read answers and how long to wait, without credentials",
    async (origin) => {
      const { answer } = await asked(origin);
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "Retry-After",
        vary: "Origin",
      });
      expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
    },
  );

  it("may ask with the headers of a signed request", async () => {
    const { preflight } = await asked(APP);
    const { status, headers, text } = await preflight();
    expect([status, text]).toEqual([204, ""]);
    expect(headers).toMatchObject({
      "access-control-allow-origin": APP,
      "access-control-allow-methods": "GET, POST, PUT, DELETE",
      "access-control-allow-headers": preflightHeaders["access-control-request-headers"].replaceAll(",", ", "),
      "access-control-max-age": "7200",
      vary: "Origin",
    });
  });

  it("may read refusals, too", async () => {
    const { alice, withOrigin } = await asked(APP);
    const refused = await alice.request({
      method: "GET",
      target: "/api/receive/bob",
      alter: (request) => ({ ...request, headers: { ...request.headers, ...withOrigin } }),
    });
    expect(refused.json).toEqual({ error: "forbidden" });
    expect(refused.headers["access-control-allow-origin"]).toBe(APP);
  });

  it("signs for the relay's own name and origin, never for its own", async () => {
    const { relay, alice } = await asked(APP);
    const elsewhere = await alice.request({
      method: "GET",
      target: "/api/receive/alice",
      sign: { authority: "app.example" },
    });
    expect(elsewhere.json).toEqual({ error: "signature-invalid" });
    const live = alice.openLive({ origin: APP });
    await live.answerChallenge({ origin: APP });
    expect(await live.closed).toEqual({ code: 4401, reason: "wrong-authority" });
    await (await alice.openLive({ origin: APP }).authenticate()).next().catch(() => {});
    expect(relay.relay.sockets()).toBeGreaterThan(0);
  });
});

describe("a page of another origin", () => {
  const others = [
    "https://app.example.mallory.example",
    "https://mallory.example",
    "http://app.example",
    "https://app.example:8443",
    "null",
  ];

  it.each(others)("at %s may neither ask nor read nor open a socket", async (origin) => {
    const { answer, preflight, alice } = await asked(origin);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    expect(answer.headers["vary"]).toBe("Origin");
    const { status, headers, json } = await preflight();
    expect([status, json]).toEqual([405, { error: "method-not-allowed" }]);
    expect(headers).not.toHaveProperty("access-control-allow-origin");
    expect(await alice.openLive({ origin }).closed).toEqual({ code: 0, reason: "403" });
  });

  it("may do nothing where no origin is allowed", async () => {
    const { answer, preflight, alice } = await asked(APP, []);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    expect((await preflight()).status).toBe(405);
    expect(await alice.openLive({ origin: APP }).closed).toEqual({ code: 0, reason: "403" });
  });

  it("does not reach beyond the API", async () => {
    const { preflight } = await asked(APP);
    for (const target of ["/ready", "/metrics", "/"]) {
      const { status, headers } = await preflight(target);
      expect(status, target).toBeGreaterThanOrEqual(404);
      expect(headers, target).not.toHaveProperty("access-control-allow-origin");
    }
  });
});

describe("a client without an origin", () => {
  it("is answered as ever", async () => {
    const { answer, preflight, alice } = await asked(null);
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    expect((await preflight()).status).toBe(405);
    await alice.openLive().authenticate();
  });
});

describe("RELAY_ALLOWED_ORIGINS", () => {
  const read = (text: string) => readConfiguration({ RELAY_ALLOWED_ORIGINS: text }, "/app");

  it("lists origins", () => {
    const allowedOrigins = [APP, "http://localhost:5000"];
    expect(read(` ${APP}/ , http://LOCALHOST:5000`)).toMatchObject({ configuration: { allowedOrigins } });
  });

  it.each(["*", "https://*.example", "null", "app.example", "https://app.example/chat", `${APP},*`])(
    "is not %j",
    (text) => {
      expect(read(text)).toMatchObject({ kind: "invalid" });
    },
  );
});
