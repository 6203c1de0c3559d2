/** The code of ML-KEM is fetched apart from the rest: while it cannot be had nothing is lost, and then all goes on. */
import { beforeEach, expect, it, vi } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { HostileNetwork } from "./testing/hostile-network.ts";
import { type Person, startPerson, statuses, texts } from "./testing/person.ts";

const source = vi.hoisted(() => ({ reachable: true }));

vi.mock("@noble/post-quantum/ml-kem.js", async (importOriginal) => {
  const original = await importOriginal<typeof import("@noble/post-quantum/ml-kem.js")>();
  return {
    get ml_kem768() {
      if (!source.reachable) throw new TypeError("failed to fetch dynamically imported module");
      return original.ml_kem768;
    },
  };
});

beforeEach(() => {
  source.reachable = true;
});

it("lets nobody register, and keeps nothing of it", async () => {
  const relay = await startTestRelay();
  const alice = startPerson({ username: "alice", origin: relay.origin });
  source.reachable = false;
  expect(await alice.engine.register()).toEqual({ kind: "offline" });
  source.reachable = true;
  await alice.register();
});

it("begins no conversation, and uses up no one-time prekey", async () => {
  const relay = await startTestRelay();
  const network = new HostileNetwork();
  const alice = startPerson({ username: "alice", origin: relay.origin, wrapNetwork: network.wrap });
  const bob = startPerson({ username: "bob", origin: relay.origin });
  await alice.register();
  await bob.register();
  source.reachable = false;
  expect(await alice.engine.startConversation("bob")).toEqual({ kind: "offline" });
  expect(network.requests.filter(({ target }) => target.startsWith("/api/get_keys/"))).toEqual([]);
  source.reachable = true;
  expect(await alice.engine.startConversation("bob")).toEqual({ kind: "started" });
});

it.each(["waits on the relay", "is pushed"])(
  "leaves mail that begins a session unacknowledged when it %s",
  async (how) => {
    const relay = await startTestRelay();
    const network = new HostileNetwork();
    const alice = startPerson({ username: "alice", origin: relay.origin });
    const before = startPerson({ username: "bob", origin: relay.origin });
    await alice.register();
    await before.register();
    await alice.engine.startConversation("bob");
    await before.engine.stop();
    const restart = () =>
      startPerson({ username: "bob", origin: relay.origin, disk: before.disk, wrapNetwork: network.wrap });

    let bob: Person;
    if (how === "is pushed") {
      bob = restart();
      await network.untilGranted("/api/receive/bob");
      source.reachable = false;
      await alice.engine.send("bob", "first");
      await alice.engine.send("bob", "second");
    } else {
      await alice.engine.send("bob", "first");
      await alice.engine.send("bob", "second");
      await alice.untilConversation("bob", (view) => statuses(view).every((status) => status === "sent"));
      source.reachable = false;
      bob = restart();
    }
    await expect.poll(() => network.envelopes.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
    // Twice tried and twice put off.
    const fetched = () => network.requests.filter(({ target }) => target.startsWith("/api/receive/bob")).length;
    const seen = fetched();
    await expect.poll(fetched, { timeout: 20_000 }).toBeGreaterThanOrEqual(seen + 1);
    expect(network.requests.filter(({ target }) => target === "/api/acknowledge/bob")).toEqual([]);
    expect(bob.account()).toMatchObject({ problem: null, conversations: [] });

    source.reachable = true;
    const view = await bob.untilConversation("alice", (shown) => texts(shown).length === 2);
    expect(texts(view)).toEqual(["first", "second"]);
  },
);
