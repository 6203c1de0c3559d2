/** What a device does when the relay says that it is too much: it waits as long as it is told to, and loses nothing. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { FakeClock } from "../network/testing/fake-clock.ts";
import { generateDeviceKeyPair } from "../protocol/keys.ts";
import { sendText, startConversation } from "./conversations.ts";
import { runOutbox } from "./outbox.ts";
import { type Clock, MAX_RETRY_AFTER_MS, type RelayResponse } from "./ports.ts";
import { runRecovery } from "./recovery.ts";
import { readRecovery } from "./recovery-records.ts";
import { RelayClient } from "./relay-client.ts";
import { HostileNetwork } from "./testing/hostile-network.ts";
import { randomBytes, startPerson, statuses, systemClock, texts } from "./testing/person.ts";
import { SteppedPerson, testTime } from "./testing/stepped-person.ts";

const SECOND = 1000;

/** A client of a relay that gives these answers, one after the other; `targets` are of the requests it has seen. */
function clientOf(...answers: readonly RelayResponse[]) {
  const targets: string[] = [];
  const clock = new FakeClock();
  const network = {
    origin: "https://chat.example",
    authority: "chat.example",
    request: async ({ target }: { readonly target: string }) => {
      targets.push(target);
      return answers[targets.length - 1] ?? { status: 200, json: {} };
    },
    connectLive: () => {
      throw new Error("not here");
    },
  };
  const { secretKey } = generateDeviceKeyPair(randomBytes);
  const signer = { keyId: { username: "alice", device: 1 }, secretKey };
  return { clock, targets, client: new RelayClient({ network, clock, randomBytes }, () => signer) };
}

function limited(seconds?: number): RelayResponse {
  const json = { error: "rate-limited" };
  return seconds === undefined
    ? { status: 429, json }
    : { status: 429, json, retryAfterMilliseconds: seconds * SECOND };
}

describe("a client that is told to wait", () => {
  it("asks for nothing of that kind before the time, whoever wants it, and then asks again", async () => {
    const { client, clock, targets } = clientOf(limited(30));
    expect(await client.acknowledge([])).toEqual({ kind: "limited", milliseconds: 30 * SECOND });
    clock.advance(30 * SECOND - 1);
    expect(await client.acknowledge([])).toEqual({ kind: "limited", milliseconds: 1 });
    expect(targets).toHaveLength(1);
    clock.advance(1);
    expect(await client.acknowledge([])).toEqual({ kind: "ok", value: true });
    expect(targets).toHaveLength(2);
  });

  it("goes on with what is of another kind", async () => {
    const { client, targets } = clientOf(limited(30));
    await client.acknowledge([]);
    await client.getKeys("bob");
    expect(targets).toEqual(["/api/acknowledge/alice", "/api/get_keys/bob"]);
  });

  it("waits a little where it is not told how long, also by a proxy that speaks no JSON", async () => {
    for (const answer of [limited(), { status: 429, json: undefined }]) {
      const { client } = clientOf(answer);
      expect(await client.acknowledge([])).toEqual({ kind: "limited", milliseconds: 5 * SECOND });
    }
  });

  it("does not wait for ever when its clock is set back meanwhile", async () => {
    const { client, clock, targets } = clientOf(limited(30));
    clock.advance(2 * MAX_RETRY_AFTER_MS);
    await client.acknowledge([]);
    clock.advance(-2 * MAX_RETRY_AFTER_MS);
    expect((await client.acknowledge([])).kind).toBe("ok");
    expect(targets).toHaveLength(2);
  });
});

describe("an account that asks for too much", () => {
  it("keeps its messages waiting so long, without asking, and then sends them in order", async () => {
    const relay = await startTestRelay({ fairness: { accountEnvelopes: { capacity: 1, refillMilliseconds: 7000 } } });
    const time = testTime(relay);
    const alice = await SteppedPerson.join(relay, time, "alice");
    const bob = await SteppedPerson.join(relay, time, "bob");
    await startConversation(alice.state, "bob");
    await sendText(alice.state, "bob", "one");
    expect(await runOutbox(alice.state)).toEqual({ kind: "emptied" });
    await sendText(alice.state, "bob", "two");
    await sendText(alice.state, "bob", "three");
    expect(await runOutbox(alice.state)).toEqual({ kind: "limited", milliseconds: 7000 });
    const asked = alice.network.requests.length;
    expect(await runOutbox(alice.state)).toEqual({ kind: "limited", milliseconds: 7000 });
    expect(alice.network.requests).toHaveLength(asked);
    expect(statuses(await alice.view("bob"))).toEqual(["sent", "waiting", "waiting"]);
    time.advance(7000);
    expect(await runOutbox(alice.state)).toEqual({ kind: "emptied" });
    await bob.takeIn();
    expect(texts(await bob.view("alice"))).toEqual(["one", "two", "three"]);
  });

  it("is told so when it starts a conversation, and can a moment later", async () => {
    const relay = await startTestRelay({ fairness: { accountRequests: { capacity: 1, refillMilliseconds: 7000 } } });
    const time = testTime(relay);
    const alice = await SteppedPerson.join(relay, time, "alice");
    for (const username of ["bob", "carol"]) await SteppedPerson.join(relay, time, username);
    expect(await startConversation(alice.state, "bob")).toEqual({ kind: "started" });
    expect(await startConversation(alice.state, "carol")).toEqual({ kind: "refused", code: "rate-limited" });
    time.advance(7000);
    expect(await startConversation(alice.state, "carol")).toEqual({ kind: "started" });
  });

  it("has not used up one of its fresh sessions for recovery by being told to wait", async () => {
    const relay = await startTestRelay({ fairness: { accountRequests: { capacity: 2, refillMilliseconds: 7000 } } });
    const time = testTime(relay);
    const alice = await SteppedPerson.join(relay, time, "alice");
    const bob = await SteppedPerson.join(relay, time, "bob");
    await startConversation(alice.state, "bob");
    await sendText(alice.state, "bob", "one");
    await runOutbox(alice.state);
    await bob.takeIn();
    await bob.loseSessions("alice");
    time.advance(60 * SECOND);
    await sendText(alice.state, "bob", "two");
    await runOutbox(alice.state);
    await bob.takeIn();
    expect(await runRecovery(bob.state)).toEqual({ kind: "limited", milliseconds: 7000 });
    expect((await readRecovery(bob.state, "alice")).sessionsBegunAt).toEqual([]);
    time.advance(7000);
    expect(await runRecovery(bob.state)).toBe("done");
    expect((await readRecovery(bob.state, "alice")).sessionsBegunAt).toHaveLength(1);
  });
});

describe("an engine that is told to wait", () => {
  const pause = 77_000;

  /** The wall's clock; only what waits for just this pause waits until `end`, which puts the clock ahead. */
  function clockOfPauses() {
    let offset = 0;
    const waiting = new Set<() => void>();
    const clock: Clock = {
      now: () => Date.now() + offset,
      after(milliseconds, callback) {
        if (milliseconds < pause - 10 * SECOND || milliseconds > pause)
          return systemClock.after(milliseconds, callback);
        waiting.add(callback);
        return () => void waiting.delete(callback);
      },
    };
    const end = () => {
      offset += pause;
      for (const callback of waiting) callback();
    };
    return { clock, end, isWaiting: () => waiting.size > 0 };
  }

  it("tries again when it is time and not before, also when it is asked to; the person sees it waiting", async () => {
    const relay = await startTestRelay({ fairness: { accountEnvelopes: { capacity: 1, refillMilliseconds: pause } } });
    const { clock, end, isWaiting } = clockOfPauses();
    const network = new HostileNetwork();
    const alice = startPerson({ username: "alice", origin: relay.origin, clock, wrapNetwork: network.wrap });
    await alice.register();
    await SteppedPerson.join(relay, testTime(relay), "bob");
    await alice.engine.startConversation("bob");
    await alice.engine.send("bob", "one");
    await alice.untilConversation("bob", (view) => statuses(view)[0] === "sent");
    const countSends = () => network.requests.filter(({ target }) => target === "/api/send").length;
    await alice.engine.send("bob", "two");
    await expect.poll(isWaiting).toBe(true);
    expect(countSends()).toBe(2);
    await alice.engine.send("bob", "three");
    await expect.poll(isWaiting).toBe(true);
    const waiting = await alice.untilConversation("bob", (view) => statuses(view).length === 3);
    expect(statuses(waiting)).toEqual(["sent", "waiting", "waiting"]);
    expect(alice.account()).toMatchObject({ problem: null, connection: "online" });
    expect(countSends()).toBe(2);
    relay.advance(pause);
    end();
    await alice.untilConversation("bob", (view) => statuses(view).every((status) => status === "sent"));
    expect(countSends()).toBe(3);
  });
});
