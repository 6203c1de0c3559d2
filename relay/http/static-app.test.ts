import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { startTestRelay, type TestRelay, temporaryFolder } from "../testing/test-relay.ts";

const PAGE = "<!doctype html><title>Sotto</title>";
const SCRIPT = "export const answer = 42;".repeat(20);

async function startWithApp() {
  const appFolder = temporaryFolder();
  mkdirSync(join(appFolder, "assets"));
  writeFileSync(join(appFolder, "index.html"), PAGE);
  writeFileSync(join(appFolder, "assets", "main-1a2b3c4d.js"), SCRIPT);
  writeFileSync(join(appFolder, "assets", "main-1a2b3c4d.js.gz"), gzipSync(SCRIPT));
  writeFileSync(join(appFolder, "assets", "main-1a2b3c4d.js.br"), brotliCompressSync(SCRIPT));
  writeFileSync(join(appFolder, "icon.svg"), "<svg/>");
  writeFileSync(join(appFolder, ".hidden"), "hidden");
  return { appFolder, relay: await startTestRelay({ appFolder }) };
}

/** The answer as it comes, still compressed. */
async function get(relay: TestRelay, path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") {
  const { port } = new URL(relay.origin);
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
    const sent = request({ hostname: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("the served app", () => {
  it("is one page under / and /u/<username>, asked for anew each time", async () => {
    const { relay } = await startWithApp();
    for (const path of ["/", "/?x=1", "/u/alice", "/u/a.b-c_d", "/u/alice?invite", "/index.html"]) {
      const answer = await get(relay, path);
      expect(answer.status, path).toBe(200);
      expect(answer.body.toString(), path).toBe(PAGE);
      expect(answer.headers["content-type"]).toBe("text/html;charset=utf-8");
      expect(answer.headers["cache-control"]).toBe("no-cache");
    }
    const { etag } = (await get(relay, "/u/alice")).headers;
    expect((await get(relay, "/u/alice", { "if-none-match": String(etag) })).status).toBe(304);
  });

  it("answers HEAD without a body, and no other method", async () => {
    const { relay } = await startWithApp();
    const head = await get(relay, "/", {}, "HEAD");
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect((await get(relay, "/", {}, "POST")).status).toBe(405);
    expect((await get(relay, "/assets/main-1a2b3c4d.js", {}, "DELETE")).status).toBe(405);
  });

  it("serves hashed files for ever, compressed as the browser likes", async () => {
    const { relay } = await startWithApp();
    const path = "/assets/main-1a2b3c4d.js";
    const plain = await get(relay, path);
    expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(plain.headers["content-type"]).toMatch(/^text\/javascript/);
    expect(plain.body.toString()).toBe(SCRIPT);
    const gzipped = await get(relay, path, { "accept-encoding": "gzip" });
    expect(gzipped.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(gzipped.body).toString()).toBe(SCRIPT);
    const brotli = await get(relay, path, { "accept-encoding": "gzip, deflate, br" });
    expect(brotli.headers["content-encoding"]).toBe("br");
    expect(brotli.headers["content-type"]).toMatch(/^text\/javascript/);
    expect(brotliDecompressSync(brotli.body).toString()).toBe(SCRIPT);
  });

  it("serves other files to be asked for anew, and ignores ranges", async () => {
    const { relay } = await startWithApp();
    expect((await get(relay, "/icon.svg")).headers["cache-control"]).toBe("no-cache");
    for (const range of ["bytes=0-1", "bytes=5-2", "bytes=9999-", "x"]) {
      const answer = await get(relay, "/icon.svg", { range });
      expect(answer.status).toBe(200);
      expect(answer.body.toString()).toBe("<svg/>");
    }
  });

  it("answers everything else with not-found instead of the page", async () => {
    const { relay } = await startWithApp();
    const paths = [
      "/assets/gone-1a2b3c4d.js",
      "/assets",
      "/assets/",
      "/u",
      "/u/",
      "/u/alice/",
      "/u/Alice",
      "/u/al",
      "/u/alice/x",
      "/about",
      "/api/unknown",
      "/.hidden",
      "/assets/../.hidden",
      "/../package.json",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/..%2f..%2fetc%2fpasswd",
      "/%00",
      "/%E0%A4%A",
    ];
    for (const path of paths) {
      const answer = await get(relay, path);
      expect(answer.status, path).toBe(404);
      expect(answer.body.toString(), path).toBe('{"error":"not-found"}');
    }
  });

  it("goes on when the build changes under it", async () => {
    const { appFolder, relay } = await startWithApp();
    await get(relay, "/assets/main-1a2b3c4d.js");
    rmSync(join(appFolder, "assets"), { recursive: true });
    expect((await get(relay, "/assets/main-1a2b3c4d.js")).status).toBe(404);
    writeFileSync(join(appFolder, "index.html"), "new");
    expect((await get(relay, "/")).body.toString()).toBe("new");
  });

  it("is not there when the relay was given none", async () => {
    const relay = await startTestRelay();
    for (const path of ["/", "/u/alice"]) expect((await get(relay, path)).status).toBe(404);
    expect((await get(relay, "/ready")).status).toBe(200);
  });
});
