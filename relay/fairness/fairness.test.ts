import { BlockList } from "node:net";
import { describe, expect, it } from "vitest";
import { parseAddressList } from "../configuration/address-list.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { freshEnvelope, freshPrekeys, type TestClient } from "../testing/test-client.ts";
import type { TestResponse, WireRequest } from "../testing/test-exchange.ts";
import { startTestRelay } from "../testing/test-relay.ts";
import { createFairness, type FairnessLimits } from "./fairness.ts";
import { createMemoryBuckets } from "./memory-buckets.ts";

const SECOND = 1000;
const two = { capacity: 2, refillMilliseconds: 1500 };

const status = ({ status }: TestResponse) => status;

/** Alice and Bob with this many one-time prekeys, on a relay behind a proxy on this machine. */
async function startWithTwo(fairness: Partial<FairnessLimits>, prekeys = 0) {
  const trustedProxies = parseAddressList("127.0.0.1") ?? new BlockList();
  const relay = await startTestRelay({ fairness, trustedProxies });
  return { relay, alice: await relay.member("alice"), bob: await relay.member("bob", prekeys) };
}

function from(address: string) {
  return (request: WireRequest): WireRequest => ({
    ...request,
    headers: { ...request.headers, "x-forwarded-for": address },
  });
}

const receiveAs = (client: TestClient, address: string) =>
  client.request({ method: "GET", target: `/api/receive/${client.username}`, alter: from(address) });

function expectRefused(response: TestResponse, seconds: number): void {
  expect(response).toMatchObject({ status: 429, json: { error: "rate-limited" } });
  expect(response.headers["retry-after"]).toBe(String(seconds));
}

describe("an address's requests", () => {
  it("are refused beyond its bucket, with the seconds until there is room, rounded up", async () => {
    const { relay, alice } = await startWithTwo({ addressRequests: two });
    for (let i = 0; i < 2; i++) expect(status(await receiveAs(alice, "192.0.2.1"))).toBe(200);
    expectRefused(await receiveAs(alice, "192.0.2.1"), 2);
    relay.advance(1499);
    expectRefused(await receiveAs(alice, "192.0.2.1"), 1);
    relay.advance(1);
    expect(status(await receiveAs(alice, "192.0.2.1"))).toBe(200);
  });

  it("are refused before anything is asked about them, and others' are not", async () => {
    const { alice } = await startWithTwo({ addressRequests: two });
    const nonsense = { method: "POST", target: "/api/no-such-path", headers: {}, body: "" };
    const exchange = (address: string) => alice.exchange(from(address)(nonsense));
    for (let i = 0; i < 2; i++) expect(status(await exchange("2001:db8::1"))).toBe(404);
    expectRefused(await exchange("2001:db8::2"), 2);
    expect(status(await receiveAs(alice, "2001:db8:0:1::1"))).toBe(200);
  });

  it("count the openings of live sockets", async () => {
    const { alice } = await startWithTwo({ addressRequests: two });
    const header = { "x-forwarded-for": "192.0.2.1" };
    for (let i = 0; i < 2; i++) await alice.openLive(header).authenticate();
    expect(await alice.openLive(header).closed).toEqual({ code: 0, reason: "429" });
    await alice.openLive({ "x-forwarded-for": "192.0.2.2" }).authenticate();
  });
});

describe("an account's requests", () => {
  it("are refused beyond its bucket, whatever address they come from, and others' are not", async () => {
    const { relay, alice, bob } = await startWithTwo({ accountRequests: two });
    for (const address of ["192.0.2.1", "192.0.2.2"]) expect(status(await receiveAs(alice, address))).toBe(200);
    expectRefused(await receiveAs(alice, "192.0.2.3"), 2);
    expect(status(await receiveAs(bob, "192.0.2.3"))).toBe(200);
    relay.advance(1500);
    expect(status(await receiveAs(alice, "192.0.2.3"))).toBe(200);
  });

  it("do not use their nonce up when they are refused", async () => {
    const { relay, alice } = await startWithTwo({ accountRequests: two });
    for (let i = 0; i < 2; i++) await alice.receive();
    const request = alice.sign({ method: "GET", target: "/api/receive/alice" });
    expectRefused(await alice.exchange(request), 2);
    relay.advance(2 * SECOND);
    expect(status(await alice.exchange(request))).toBe(200);
    expect((await alice.exchange(request)).json).toEqual({ error: "rate-limited" });
    relay.advance(2 * SECOND);
    expect((await alice.exchange(request)).json).toEqual({ error: "request-replayed" });
  });

  it("are counted only when the account signed them", async () => {
    const { alice, bob } = await startWithTwo({ accountRequests: two });
    const target = "/api/receive/alice";
    for (let i = 0; i < 5; i++) {
      const forged = await bob.request({ method: "GET", target, sign: { keyId: alice.keyId } });
      expect(forged.json).toEqual({ error: "signature-invalid" });
    }
    expect(status(await alice.receive())).toBe(200);
  });

  it("are not counted when someone publishes under another key", async () => {
    const { relay, alice } = await startWithTwo({ accountRequests: two });
    const mallory = relay.stranger("alice");
    for (let i = 0; i < 5; i++) expect((await mallory.publish()).json).toEqual({ error: "name-taken" });
    expect(status(await alice.receive())).toBe(200);
  });

  it("count for more when many prekeys are published", async () => {
    const { alice } = await startWithTwo({ accountRequests: { capacity: 4, refillMilliseconds: SECOND } });
    expect(status(await alice.publish({ oneTimePrekeys: freshPrekeys(11) }))).toBe(200);
    expect(status(await alice.receive())).toBe(200);
    expectRefused(await alice.receive(), 1);
  });
});

describe("an account's envelopes", () => {
  it("are refused beyond its bucket, all of a request, while it can still receive", async () => {
    const { relay, alice } = await startWithTwo({ accountEnvelopes: { capacity: 5, refillMilliseconds: SECOND } });
    const send = (count: number) =>
      alice.send(
        "bob",
        Array.from({ length: count }, () => freshEnvelope()),
      );
    expect(status(await send(3))).toBe(200);
    expectRefused(await send(3), 1);
    expect(status(await send(2))).toBe(200);
    expectRefused(await send(1), 1);
    expect(status(await alice.receive())).toBe(200);
    relay.advance(SECOND);
    expect(status(await send(1))).toBe(200);
  });

  it("weigh one for every 8 KiB begun", async () => {
    for (const [bytes, weight] of [
      [1, 1],
      [8 * 1024, 1],
      [8 * 1024 + 1, 2],
      [66 * 1024, 9],
    ] as const) {
      const { alice } = await startWithTwo({ accountEnvelopes: { capacity: 9, refillMilliseconds: SECOND } });
      const envelopes = Array.from({ length: Math.floor(9 / weight) }, () => ({
        ...freshEnvelope(),
        body: new Uint8Array(bytes),
      }));
      expect(status(await alice.send("bob", envelopes)), `${bytes} bytes`).toBe(200);
      const left = 9 - envelopes.length * weight;
      if (left === 0) expectRefused(await alice.send("bob", [freshEnvelope()]), 1);
      else expect(status(await alice.send("bob", [freshEnvelope()]))).toBe(200);
    }
  });

  it("count as one where a request holds none", async () => {
    const { alice } = await startWithTwo({ accountEnvelopes: two });
    for (let i = 0; i < 2; i++) {
      const empty = await alice.request({ method: "POST", target: "/api/send", body: { to: "bob", envelopes: [] } });
      expect(empty.json).toEqual({ error: "bad-request" });
    }
    expectRefused(await alice.send("bob", [freshEnvelope()]), 2);
  });
});

describe("an address's registrations", () => {
  it("are refused beyond its bucket; what is registered goes on as before", async () => {
    const relay = await startTestRelay({ fairness: { addressRegistrations: two } });
    const [alice] = [await relay.member("alice"), await relay.member("bob")];
    const carol = relay.stranger("carol");
    expectRefused(await carol.publish(), 2);
    expect(status(await alice.publish({ oneTimePrekeys: freshPrekeys(3) }))).toBe(200);
    relay.advance(1500);
    expect(status(await carol.publish())).toBe(200);
  });

  it("count attempts at a name that is another's", async () => {
    const relay = await startTestRelay({ fairness: { addressRegistrations: two } });
    await relay.member("alice");
    expect((await relay.stranger("alice").publish()).json).toEqual({ error: "name-taken" });
    expectRefused(await relay.stranger("alice").publish(), 2);
  });
});

describe("one-time prekeys", () => {
  const prekeysOf = async (client: TestClient, username: string) => {
    const [device] = (await client.fetchBundle(username)).devices;
    return [device?.oneTimePrekey, device?.oneTimeKemPrekey].filter((prekey) => prekey).length;
  };

  it("are handed to one asker up to its bucket; then come the keys without them, and others still get some", async () => {
    const { relay, alice, bob } = await startWithTwo({ prekeysByPair: two }, 10);
    const carol = await relay.member("carol");
    const live = await bob.openLive().authenticate();
    expect([await prekeysOf(alice, "bob"), await prekeysOf(alice, "bob")]).toEqual([2, 2]);
    expect([await prekeysOf(alice, "bob"), await prekeysOf(alice, "bob")]).toEqual([0, 0]);
    expect(await prekeysOf(carol, "bob")).toBe(2);
    // The owner hears of every one that is gone, and of nothing else.
    for (const remaining of [9, 8, 7]) expect(await live.next()).toEqual({ type: "prekeys", remaining });
    relay.advance(1500);
    expect(await prekeysOf(alice, "bob")).toBe(2);
    expect(await live.next()).toEqual({ type: "prekeys", remaining: 6 });
  });

  it("of one account are handed to all askers together up to its bucket, and of others' as before", async () => {
    const { relay, alice, bob } = await startWithTwo({ prekeysOfTarget: two }, 10);
    const carol = await relay.member("carol", 10);
    expect([await prekeysOf(alice, "bob"), await prekeysOf(carol, "bob")]).toEqual([2, 2]);
    expect([await prekeysOf(alice, "bob"), await prekeysOf(carol, "bob")]).toEqual([0, 0]);
    expect(await prekeysOf(bob, "carol")).toBe(2);
  });

  it("that nobody may have are not charged to the asker either", async () => {
    const prekeysByPair = { capacity: 2, refillMilliseconds: 1_000_000 };
    const prekeysOfTarget = { capacity: 1, refillMilliseconds: SECOND };
    const { relay, alice } = await startWithTwo({ prekeysByPair, prekeysOfTarget }, 10);
    expect([await prekeysOf(alice, "bob"), await prekeysOf(alice, "bob")]).toEqual([2, 0]);
    relay.advance(SECOND);
    expect(await prekeysOf(alice, "bob")).toBe(2);
    relay.advance(SECOND);
    expect(await prekeysOf(alice, "bob")).toBe(0);
  });
});

describe("the limits of a relay that nobody has changed", () => {
  const start = () =>
    createFairness({ buckets: createMemoryBuckets(), limits: DEFAULT_LIMITS.fairness, clock: () => 1_000_000 });

  it("let a device fetch and acknowledge 10,000 messages, and send a thousand, without a pause", async () => {
    const { admitAddress, admitAccount, admitSend, admitSocket } = start();
    await admitSocket("alice");
    for (let i = 0; i < 200; i++) {
      await admitAddress("192.0.2.1");
      await admitAccount("alice");
    }
    for (let i = 0; i < 1000; i += 20) await admitSend("alice", 20);
  });

  it("refuse an account that goes on without end", async () => {
    const { admitAccount, admitSend } = start();
    for (let i = 0; i < 1000; i++) await admitAccount("alice");
    await expect(admitAccount("alice")).rejects.toMatchObject({ code: "rate-limited", retryAfterSeconds: 1 });
    for (let i = 0; i < 1000; i += 20) await admitSend("bob", 20);
    await expect(admitSend("bob", 20)).rejects.toMatchObject({ code: "rate-limited", retryAfterSeconds: 2 });
  });
});

describe("an account's live sockets", () => {
  it("are refused beyond its bucket, once it is known whose they are", async () => {
    const { relay, alice, bob } = await startWithTwo({ accountSockets: two });
    for (let i = 0; i < 3; i++) {
      const forged = bob.openLive();
      await forged.answerChallenge({ keyId: alice.keyId });
      expect(await forged.closed).toEqual({ code: 4401, reason: "signature-invalid" });
    }
    for (let i = 0; i < 2; i++) await alice.openLive().authenticate();
    const refused = alice.openLive();
    await refused.answerChallenge();
    expect(await refused.closed).toEqual({ code: 4401, reason: "rate-limited" });
    await bob.openLive().authenticate();
    relay.advance(1500);
    await alice.openLive().authenticate();
  });
});
