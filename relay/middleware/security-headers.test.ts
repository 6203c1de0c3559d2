import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startTestRelay, temporaryFolder } from "../testing/test-relay.ts";

const POLICY =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data: blob:;font-src 'self';" +
  "connect-src 'self';worker-src 'self';manifest-src 'self';base-uri 'none';form-action 'none';" +
  "frame-ancestors 'none';require-trusted-types-for 'script';trusted-types sotto-worker";

function appFolder(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "index.html"), "<!doctype html>");
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "assets", "worker-1a2b3c4d.js"), "export {};");
  return folder;
}

describe("security headers", () => {
  it("are on every answer: page, script, API, refusal and nothing at all", async () => {
    const relay = await startTestRelay({ appFolder: appFolder() });
    const paths = ["/", "/u/alice", "/assets/worker-1a2b3c4d.js", "/ready", "/api/receive/alice", "/api/x", "/nothing"];
    for (const path of paths) {
      const { headers } = await relay
        .stranger("alice")
        .exchange({ method: "GET", target: path, headers: {}, body: "" });
      expect(headers, path).toMatchObject({
        "content-security-policy": POLICY,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      });
      expect(headers["x-powered-by"]).toBeUndefined();
      expect(headers["permissions-policy"]).toContain("camera=(self)");
      expect(headers["permissions-policy"]).toContain("publickey-credentials-get=(self)");
      expect(headers["permissions-policy"]).toContain("microphone=()");
    }
  });

  it("keep browsers to https only where the relay's public origin is https", async () => {
    const ask = async (publicOrigin?: string) => {
      const relay = await startTestRelay(publicOrigin === undefined ? {} : { publicOrigin });
      const request = { method: "GET", target: "/ready", headers: {}, body: "" };
      return (await relay.stranger("alice").exchange(request)).headers["strict-transport-security"];
    };
    expect(await ask("https://chat.example")).toBe("max-age=31536000");
    expect(await ask()).toBeUndefined();
  });

  it("forbid caching of the API's answers", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    const answers = [await alice.receive(), await alice.getKeys("nobody"), await alice.getKeys("alice")];
    for (const { headers } of answers) expect(headers["cache-control"]).toBe("no-store");
  });
});
