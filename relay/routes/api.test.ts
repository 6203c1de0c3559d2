import { describe, expect, it } from "vitest";
import type { TestClient } from "../testing/test-client.ts";
import { startTestRelay } from "../testing/test-relay.ts";

function ask(client: TestClient, method: string, target: string) {
  return client.exchange({ method, target, headers: {}, body: "" });
}

describe("the API", () => {
  it("is ready when its store answers, and says so when it does not", async () => {
    const relay = await startTestRelay();
    const anyone = relay.stranger("alice");
    expect(await ask(anyone, "GET", "/ready")).toMatchObject({ status: 200, json: { ready: true } });
    const broken = await startTestRelay({
      wrapStore: (store) => ({ ...store, check: () => Promise.reject(new Error("no answer")) }),
    });
    const answer = await ask(broken.stranger("alice"), "GET", "/ready");
    expect(answer).toMatchObject({ status: 503, json: { error: "unavailable" } });
  });

  it("answers paths that it does not know with not-found", async () => {
    const relay = await startTestRelay();
    const anyone = relay.stranger("alice");
    const paths = [
      "/api",
      "/api/",
      "/api/unknown",
      "/api/send/",
      "/api/SEND",
      "/api/get_keys",
      "/api/receive/a/b",
      "/x",
    ];
    for (const path of paths) {
      expect(await ask(anyone, "GET", path), path).toMatchObject({ status: 404, json: { error: "not-found" } });
    }
  });

  it("answers the wrong method with method-not-allowed", async () => {
    const relay = await startTestRelay();
    const anyone = relay.stranger("alice");
    for (const [method, path] of [
      ["GET", "/api/send"],
      ["GET", "/api/publish_keys"],
      ["POST", "/api/get_keys/alice"],
      ["POST", "/ready"],
      ["PUT", "/api/send"],
      ["DELETE", "/api/receive/alice"],
      ["OPTIONS", "/api/send"],
    ] as const) {
      const answer = await ask(anyone, method, path);
      expect(answer, `${method} ${path}`).toMatchObject({ status: 405, json: { error: "method-not-allowed" } });
    }
  });

  it("answers a failure of its own with internal, and tells nothing about it", async () => {
    const relay = await startTestRelay({
      wrapStore: (store) => ({ ...store, listMail: () => Promise.reject(new Error("secret-detail of alice")) }),
    });
    const alice = await relay.member("alice");
    const answer = await alice.receive();
    expect(answer).toMatchObject({ status: 500, text: '{"error":"internal"}' });
    const logged = relay.logs.filter((line) => line.includes("request failed"));
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain("/api/receive/:username");
    expect(logged[0]).not.toContain("secret-detail");
    expect(logged[0]).not.toContain("alice");
  });

  it("goes on after a request that was broken off", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    const signed = alice.sign({ method: "POST", target: "/api/send", body: "{}" });
    const headers = { ...signed.headers, "transfer-encoding": "chunked", "content-length": "9" };
    await alice.exchange({ ...signed, headers }).catch(() => null);
    expect((await alice.receive()).status).toBe(200);
  });
});
