import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encode, freshEnvelope, freshPrekeys } from "./testing/test-client.ts";
import { startTestRelay } from "./testing/test-relay.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("the relay's log", () => {
  it("has no name, key, id or address in it, whatever happens", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice-canary");
    const bob = relay.stranger("bob-canary");
    const oneTimePrekeys = freshPrekeys(2);
    await bob.publish({ oneTimePrekeys });
    const live = await bob.openLive().authenticate();
    const envelope = freshEnvelope();
    await alice.getKeys("bob-canary");
    await alice.send("bob-canary", [envelope]);
    await bob.receive();
    await bob.acknowledge([{ from: "alice-canary", fromDevice: 1, id: envelope.id }]);
    const refused = [
      await alice.getKeys("carol-canary"),
      await alice.request({ method: "GET", target: "/api/receive/bob-canary" }),
      await alice.request({ method: "GET", target: "/api/bob-canary" }),
      await alice.request({ method: "POST", target: "/api/send", body: '{"bob-canary":' }),
      await relay.stranger("bob-canary").publish(),
      await alice.request({ method: "GET", target: "/api/receive/bob-canary", sign: { created: 1 } }),
    ];
    for (const { status } of refused) expect(status).toBeGreaterThanOrEqual(400);
    live.socket.terminate();
    await relay.relay.sweep();
    await relay.stop();
    const log = relay.logs.join("");
    expect(log).toContain("request refused");
    expect(log).toContain('"accepted":1');
    const secrets = [
      "canary",
      "127.0.0.1",
      "localhost",
      ...[envelope.id, envelope.body, alice.manifest.identityKey, alice.manifest.deviceKey, ...oneTimePrekeys].map(
        encode,
      ),
    ];
    for (const secret of secrets) expect(log).not.toContain(secret);
    // The search would find it: the store, which must know names, is searched the same way.
    const stored = readdirSync(relay.folder).map((file) => readFileSync(join(relay.folder, file)).toString("latin1"));
    expect(stored.join("")).toContain("canary");
  });
});

describe("a relay whose clock jumps ahead", () => {
  it("deletes no mail for an hour, says so, and sweeps again when the clock is right", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    await alice.send("alice", [freshEnvelope()]);
    const waiting = async () => (await relay.store.statistics()).waitingEnvelopes;
    const isHeld = async () => {
      const metrics = await alice.exchange({ method: "GET", target: "/metrics", headers: {}, body: "" });
      return metrics.text.includes("\nsotto_sweep_held 1");
    };
    relay.jump(365 * DAY);
    for (let passed = 0; passed < HOUR; passed += HOUR / 6) {
      await relay.relay.sweep();
      expect([await waiting(), await isHeld()]).toEqual([1, true]);
      relay.advance(HOUR / 6);
    }
    expect(relay.logs.join("")).toContain("nothing is deleted until the clock has held for an hour");
    relay.jump(-365 * DAY);
    await relay.relay.sweep();
    expect([await waiting(), await isHeld()]).toEqual([1, false]);
    expect((await alice.receive()).status).toBe(200);
  });

  it("goes by it after that hour", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    await alice.send("alice", [freshEnvelope()]);
    relay.jump(365 * DAY);
    await relay.relay.sweep();
    relay.advance(HOUR);
    await relay.relay.sweep();
    expect((await relay.store.statistics()).waitingEnvelopes).toBe(0);
  });
});

describe("the relay's counts", () => {
  it("say how much went through it", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    const envelope = freshEnvelope();
    await alice.send("alice", [envelope, freshEnvelope()]);
    await alice.send("alice", [envelope]);
    await alice.acknowledge([{ from: "alice", fromDevice: 1, id: envelope.id }]);
    await alice.getKeys("nobody");
    expect(relay.relay.counts.snapshot()).toEqual({
      published: 1,
      accepted: 2,
      acknowledged: 1,
      chunksStored: 0,
      chunksRead: 0,
      refused: 1,
      failed: 0,
    });
  });
});
