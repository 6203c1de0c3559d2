/** What the account's owner is told of its keys, and what mends them. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { ONE_TIME_PREKEYS } from "./account.ts";
import { startPerson, texts } from "./testing/person.ts";

async function aliceAndBob() {
  const relay = await startTestRelay();
  const alice = startPerson({ username: "alice", origin: relay.origin });
  const bob = startPerson({ username: "bob", origin: relay.origin });
  await alice.register();
  await bob.register();
  return { relay, alice, bob };
}

describe("key health", () => {
  it("tells of prekeys, sessions and people, and of nothing before the account is in use", async () => {
    const { relay, alice, bob } = await aliceAndBob();
    expect(await startPerson({ username: "carol", origin: relay.origin }).engine.keyHealth()).toBeNull();
    const fresh = await bob.engine.keyHealth();
    expect(fresh).toMatchObject({
      oneTimePrekeys: ONE_TIME_PREKEYS,
      sessions: { postQuantum: 0, classical: 0, weak: 0 },
      unverified: [],
    });
    expect(Math.abs(Date.now() - (fresh?.signedPrekeyAt ?? 0))).toBeLessThan(600_000);
    await alice.engine.startConversation("bob");
    await alice.engine.send("bob", "hello");
    await bob.untilConversation("alice", (view) => texts(view).includes("hello"));
    expect(await bob.engine.keyHealth()).toMatchObject({
      oneTimePrekeys: ONE_TIME_PREKEYS - 1,
      sessions: { postQuantum: 1, classical: 0, weak: 0 },
      unverified: ["alice"],
    });
    const number = await bob.engine.safetyNumber("alice");
    await bob.engine.setVerified("alice", number?.digits ?? "", true);
    expect(await bob.engine.keyHealth()).toMatchObject({ unverified: [] });
  });

  it("has new prekeys when they are asked for, and people begin with those", async () => {
    const { alice, bob } = await aliceAndBob();
    const before = await bob.engine.keyHealth();
    expect(await bob.engine.refreshPrekeys()).toEqual({ kind: "refreshed" });
    const after = await bob.engine.keyHealth();
    expect(after?.signedPrekeyAt).toBeGreaterThan(before?.signedPrekeyAt ?? 0);
    await alice.engine.startConversation("bob");
    await alice.engine.send("bob", "hello");
    await bob.untilConversation("alice", (view) => texts(view).includes("hello"));
  });
});

describe("deleting an account on the relay, too", () => {
  it("deletes it there first, and then here", async () => {
    const { relay, alice, bob } = await aliceAndBob();
    expect(await bob.engine.deleteAccount()).toEqual({ kind: "deleted" });
    await bob.until(({ phase }) => phase === "removed");
    expect(await alice.engine.startConversation("bob")).toEqual({ kind: "unknown-user" });
    expect(await relay.store.readDeviceKey({ username: "bob", device: 1 })).toBeNull();
    const mallory = startPerson({ username: "bob", origin: relay.origin });
    expect(await mallory.engine.register()).toEqual({ kind: "name-taken" });
  });

  it("deletes nothing when the relay cannot be reached, and the account goes on", async () => {
    const { relay, bob } = await aliceAndBob();
    await relay.stop();
    expect(await bob.engine.deleteAccount()).toEqual({ kind: "offline" });
    expect(bob.account().phase).toBe("ready");
    expect(await bob.engine.keyHealth()).not.toBeNull();
  });
});
