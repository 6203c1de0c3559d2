import { BlockList } from "node:net";
import { describe, expect, it } from "vitest";
import { parseAddressList } from "../configuration/address-list.ts";
import { type Store, StoreFailure } from "../store/store.ts";
import { freshBytes, freshEnvelope } from "../testing/test-client.ts";
import { startTestRelay, type TestRelay } from "../testing/test-relay.ts";
import { parseRelayDescription } from "../wire/relay-description.ts";

function get(relay: TestRelay, target: string, headers: Readonly<Record<string, string>> = {}) {
  return relay.stranger("alice").exchange({ method: "GET", target, headers, body: "" });
}

/** Counts the calls of two of the store's methods. */
function countingStore() {
  const calls = { check: 0, statistics: 0 };
  const wrapStore = (store: Store): Store => ({
    ...store,
    check: (bytes) => {
      calls.check += 1;
      return store.check(bytes);
    },
    statistics: () => {
      calls.statistics += 1;
      return store.statistics();
    },
  });
  return { calls, wrapStore };
}

/** The value of one line of `/metrics`. */
function sampleOf(text: string, series: string): number | null {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

describe("GET /live", () => {
  it("answers while the process runs, also when the store does not work", async () => {
    const relay = await startTestRelay({
      wrapStore: (store) => ({ ...store, check: () => Promise.reject(new StoreFailure("unreachable")) }),
    });
    expect(await get(relay, "/live")).toMatchObject({ status: 200, text: '{"live":true}' });
    expect((await get(relay, "/ready")).status).toBe(503);
  });
});

describe("GET /ready", () => {
  it("is a write of its own, which all who ask within a second share", async () => {
    const { calls, wrapStore } = countingStore();
    const relay = await startTestRelay({ wrapStore });
    const answers = await Promise.all(Array.from({ length: 50 }, () => get(relay, "/ready")));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, text: '{"ready":true}' });
    // A slow machine may need more than a second for all of them.
    expect(calls.check).toBeGreaterThanOrEqual(1);
    expect(calls.check).toBeLessThan(10);
  });

  it.each(["full", "read-only", "corrupt", "unreachable", "busy"] as const)(
    "says that the store is %s",
    async (reason) => {
      const relay = await startTestRelay({
        wrapStore: (store) => ({ ...store, check: () => Promise.reject(new StoreFailure(reason)) }),
      });
      expect(await get(relay, "/ready")).toMatchObject({ status: 503, json: { error: "unavailable", reason } });
    },
  );
});

describe("GET /api/relay", () => {
  it("tells senders how long mail is kept, and newcomers whether they may register", async () => {
    const relay = await startTestRelay({
      registration: "invite",
      limits: { mailLifetimeMilliseconds: 7 * 24 * 60 * 60 * 1000 },
    });
    const { status, json } = await get(relay, "/api/relay");
    expect(status).toBe(200);
    expect(parseRelayDescription(json)).toEqual({ mailDays: 7, registration: "invite" });
    expect(parseRelayDescription((await get(await startTestRelay(), "/api/relay")).json)).toEqual({
      mailDays: 30,
      registration: "open",
    });
  });
});

describe("GET /metrics", () => {
  it("tells what went through the relay, and what waits there", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice", 3);
    await relay.member("bob");
    const live = await alice.openLive().authenticate();
    const envelope = freshEnvelope();
    await alice.send("alice", [envelope, freshEnvelope()]);
    await alice.acknowledge([{ from: "alice", fromDevice: 1, id: envelope.id }]);
    await alice.getKeys("nobody");
    const id = freshBytes(32);
    await alice.createBlob(id, 8192);
    await alice.createBlob(freshBytes(32), 4096);
    await alice.putChunk(id, 0, freshBytes(4096));
    await alice.putChunk(id, 0, freshBytes(8192));
    await alice.getChunk(id, 0);
    const { status, text, headers } = await get(relay, "/metrics");
    expect(status).toBe(200);
    expect(headers["content-type"]).toContain("text/plain; version=0.0.4");
    const expected = {
      sotto_published_total: 2,
      sotto_accepted_total: 2,
      sotto_delivered_total: 1,
      sotto_failed_total: 0,
      'sotto_refused_total{code="unknown-user"}': 1,
      sotto_accounts: 2,
      sotto_waiting_envelopes: 1,
      sotto_waiting_bytes: 64,
      sotto_one_time_prekeys: 6,
      sotto_devices_without_one_time_prekeys: 1,
      sotto_blobs: 2,
      sotto_blob_bytes: 8192,
      sotto_chunks_stored_total: 1,
      sotto_chunks_read_total: 1,
      sotto_chunks_refused_total: 1,
      sotto_chunks_under_way: 0,
      'sotto_refused_total{code="chunk-length-invalid"}': 1,
      sotto_live_sockets: 1,
      sotto_store_failing: 0,
      'sotto_request_seconds_count{route="/api/send",status="2xx"}': 1,
      'sotto_request_seconds_count{route="/api/get_keys/:username",status="4xx"}': 1,
    };
    for (const [series, value] of Object.entries(expected)) expect(sampleOf(text, series), series).toBe(value);
    for (const series of ["sotto_commit_size_count", "sotto_heap_bytes", "sotto_resident_bytes"]) {
      expect(sampleOf(text, series), series).toBeGreaterThan(0);
    }
    expect(text).toContain("sotto_event_loop_lag_p99_seconds");
    live.socket.terminate();
  });

  it("belongs to one relay: another one in the same process counts for itself", async () => {
    const [one, other] = [await startTestRelay(), await startTestRelay()];
    await one.member("alice");
    expect(sampleOf((await get(one, "/metrics")).text, "sotto_published_total")).toBe(1);
    expect(sampleOf((await get(other, "/metrics")).text, "sotto_published_total")).toBe(0);
  });

  it("counts what the store holds once in half a minute at most", async () => {
    const { calls, wrapStore } = countingStore();
    const relay = await startTestRelay({ wrapStore });
    for (let reading = 0; reading < 3; reading++) await get(relay, "/metrics");
    relay.advance(29_999);
    await get(relay, "/metrics");
    expect(calls.statistics).toBe(1);
    relay.advance(1);
    await get(relay, "/metrics");
    expect(calls.statistics).toBe(2);
  });

  it("goes on when the store fails, says so, and leaves out what it cannot know", async () => {
    const relay = await startTestRelay({
      wrapStore: (store) => ({ ...store, statistics: () => Promise.reject(new StoreFailure("unreachable")) }),
    });
    const [first, second] = [await get(relay, "/metrics"), await get(relay, "/metrics")];
    expect(first.status).toBe(200);
    expect(sampleOf(first.text, "sotto_waiting_envelopes")).toBeNull();
    expect(sampleOf(second.text, "sotto_store_failing")).toBe(1);
  });

  it("is for the operator's addresses only", async () => {
    const elsewhere = await startTestRelay({ metricsFrom: parseAddressList("192.0.2.0/24") ?? new BlockList() });
    expect(await get(elsewhere, "/metrics")).toMatchObject({ status: 403, json: { error: "forbidden" } });
    const here = await startTestRelay({ metricsFrom: parseAddressList("127.0.0.0/8") ?? new BlockList() });
    expect((await get(here, "/metrics")).status).toBe(200);
  });

  it("is refused through a proxy, which is at an address of the operator's though its client is not", async () => {
    const relay = await startTestRelay();
    for (const header of ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"]) {
      const answer = await get(relay, "/metrics", { [header]: "127.0.0.1" });
      expect(answer, header).toMatchObject({ status: 403, json: { error: "forbidden" } });
    }
  });

  it("is there through a trusted proxy for a client whose address is in the list", async () => {
    const list = (text: string) => parseAddressList(text) ?? new BlockList();
    const relay = await startTestRelay({ trustedProxies: list("127.0.0.1"), metricsFrom: list("192.0.2.7") });
    const through = (client: string) => get(relay, "/metrics", { "X-Forwarded-For": client });
    expect((await through("192.0.2.7")).status).toBe(200);
    expect((await through("203.0.113.1, 192.0.2.7")).status).toBe(200);
    for (const client of ["192.0.2.8", "192.0.2.7, 203.0.113.1", "nonsense", ""]) {
      expect((await through(client)).status, client).toBe(403);
    }
    // Without a client in the header it would seem to be the proxy's own request.
    const loose = await startTestRelay({ trustedProxies: list("127.0.0.1"), metricsFrom: list("127.0.0.1") });
    for (const client of ["127.0.0.1", "nonsense", ""]) {
      expect((await get(loose, "/metrics", { "X-Forwarded-For": client })).status, client).toBe(403);
    }
    expect((await get(loose, "/metrics")).status).toBe(200);
    // Nor is a client believed who is within the proxies' network and says that it is this very machine.
    const wide = await startTestRelay({ trustedProxies: list("127.0.0.1"), metricsFrom: list("127.0.0.0/8") });
    expect((await get(wide, "/metrics", { "X-Forwarded-For": "127.0.0.2" })).status).toBe(403);
    expect((await get(relay, "/metrics", { Forwarded: "for=192.0.2.7" })).status).toBe(403);
    expect((await get(relay, "/metrics")).status).toBe(403);
  });
});
