import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CompiledRelay, compileRelay, type Preload } from "../testing/compiled-relay.ts";
import { ROUTES } from "../testing/fuzz/fuzz-requests.ts";
import { HEAP_GROWTH_BYTES, runFuzz } from "../testing/fuzz/fuzz-run.ts";
import { temporaryFolder } from "../testing/test-relay.ts";

/** The longer run is `npm run test:fuzz-relay`, with a seed of its own each time. */
const REQUESTS = 20_000;
const SEED = 20_261_126;

describe("a relay that is sent whatever comes to mind", { timeout: 300_000 }, () => {
  let compiled: CompiledRelay;
  beforeAll(() => {
    compiled = compileRelay();
  }, 60_000);
  afterAll(() => compiled.remove());

  function fuzz(requests: number, preloads: readonly Preload[] = []) {
    return runFuzz({ compiled, folder: temporaryFolder(), requests, seed: SEED, preloads });
  }

  it("refuses it with a known error or takes it, goes on serving, and keeps nothing of it in memory", async () => {
    const { sent, faults, answered, heapBefore, heapAfter } = await fuzz(REQUESTS);
    expect(faults).toEqual([]);
    expect(sent).toBe(REQUESTS);
    expect(heapAfter).toBeLessThan(heapBefore + HEAP_GROWTH_BYTES);
    const neverReached = [...ROUTES.filter((route) => route !== "unknown"), ...REACHED_ERRORS].filter(
      (name) => !answered.has(name),
    );
    expect(neverReached).toEqual([]);
  });

  it("is seen to fail on what no client sends", async () => {
    const { faults } = await fuzz(1500, ["trips-over-odd-numbers"]);
    expect(faults.join("\n")).toContain("the relay failed");
    expect(faults.join("\n")).toContain("request failed");
  });

  it("is seen to fill its memory", async () => {
    const { heapBefore, heapAfter } = await fuzz(2000, ["remembers-requests"]);
    expect(heapAfter).toBeGreaterThan(heapBefore + HEAP_GROWTH_BYTES);
  });
});

/** What the requests must bring out, or they test little. */
const REACHED_ERRORS = [
  ...["bad-request", "username-invalid", "manifest-invalid", "key-invalid", "signature-missing", "signature-malformed"],
  ...["signature-invalid", "request-expired", "request-replayed", "unknown-device", "forbidden", "not-found"],
  ...["unknown-user", "method-not-allowed", "envelope-conflict", "body-too-large", "unsupported-media-type"],
  ...["wrong-authority", "blob-length-invalid", "chunk-index-invalid", "chunk-length-invalid", "unknown-blob"],
  ...["missing-chunk", "blob-conflict", "chunk-conflict"],
];
