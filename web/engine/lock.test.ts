/** An account behind a lock: what it does while it is locked, what opens it, and when it locks itself. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import type { MemoryDisk } from "../storage/memory.ts";
import type { Clock } from "./ports.ts";
import { type Person, startPerson, statuses, systemClock, texts } from "./testing/person.ts";

const PASSPHRASE = "correct horse battery staple";
const MINUTE = 60_000;

/** A clock on which a pause of exactly so many milliseconds ends when the test says so. */
function clockHolding(held: number): Clock & { readonly pending: () => number; readonly elapse: () => void } {
  const callbacks = new Set<() => void>();
  return {
    now: systemClock.now,
    after(milliseconds, callback) {
      if (milliseconds !== held) return systemClock.after(milliseconds, callback);
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    pending: () => callbacks.size,
    elapse() {
      for (const callback of [...callbacks]) {
        callbacks.delete(callback);
        callback();
      }
    },
  };
}

async function aliceAndBob(clock: Clock = systemClock) {
  const relay = await startTestRelay();
  const alice = startPerson({ username: "alice", origin: relay.origin });
  const bob = startPerson({ username: "bob", origin: relay.origin, clock });
  await alice.register();
  await bob.register();
  await alice.engine.startConversation("bob");
  await alice.engine.send("bob", "Before.");
  await bob.untilConversation("alice", (view) => texts(view).includes("Before."));
  const again = (disk: MemoryDisk): Person => startPerson({ username: "bob", origin: relay.origin, disk });
  return { alice, bob, again };
}

async function lockWith(bob: Person) {
  const outcome = await bob.engine.changeLock({ kind: "set", passphrase: PASSPHRASE, earlier: null });
  expect(outcome).toEqual({ kind: "done" });
}

describe("a locked account", () => {
  it("shows nothing, leaves mail on the relay, and goes on once it is unlocked", async () => {
    const { alice, bob, again } = await aliceAndBob();
    await lockWith(bob);
    await bob.until(({ lock }) => lock !== null);
    await bob.engine.lock();
    const locked = await bob.until(({ phase }) => phase === "locked");
    expect(locked).toMatchObject({ conversations: [], connection: "offline" });
    expect(await bob.engine.send("alice", "Never.")).toEqual({ kind: "not-ready" });

    await alice.engine.send("bob", "Meanwhile.");
    await alice.untilConversation("bob", (view) => statuses(view).at(-1) === "sent");
    const back = again(bob.disk);
    await back.until(({ phase }) => phase === "locked");
    expect(await back.engine.unlock({ kind: "passphrase", passphrase: "another" })).toMatchObject({
      kind: "wrong-secret",
    });
    await back.until(({ phase }) => phase === "locked");
    expect(await back.engine.unlock({ kind: "passphrase", passphrase: PASSPHRASE })).toEqual({ kind: "unlocked" });
    await back.untilConversation("alice", (view) => texts(view).join() === "Before.,Meanwhile.");
    await back.until(({ lock }) => lock?.idleMinutes === null && lock.passkey === null);
    await back.engine.send("alice", "After.");
    await alice.untilConversation("bob", (view) => texts(view).at(-1) === "After.");
  });

  it("takes no more attempts than one at a time, and says until when it takes none", async () => {
    const { bob, again } = await aliceAndBob();
    await lockWith(bob);
    await bob.engine.lock();
    const back = again(bob.disk);
    const attempts = Array.from({ length: 5 }, () => back.engine.unlock({ kind: "passphrase", passphrase: "a guess" }));
    const kinds = (await Promise.all(attempts)).map(({ kind }) => kind);
    expect(kinds).toEqual(["wrong-secret", "wrong-secret", "wrong-secret", "too-soon", "too-soon"]);
    await back.until(({ lock }) => lock !== null && lock.retryAt > Date.now());
  });

  it("opens once for two who unlock it at once", async () => {
    const { alice, bob, again } = await aliceAndBob();
    await lockWith(bob);
    await bob.engine.lock();
    const back = again(bob.disk);
    const secret = { kind: "passphrase", passphrase: PASSPHRASE } as const;
    expect(await Promise.all([back.engine.unlock(secret), back.engine.unlock(secret)])).toEqual([
      { kind: "unlocked" },
      { kind: "unlocked" },
    ]);
    await back.until(({ phase, problem }) => phase === "ready" && problem === null);
    const { epoch } = Object(await bob.disk.open("bob").get("!fence"));
    expect(epoch, "the records were opened by the engine before, and once more").toBe(2);
    await back.engine.send("alice", "Opened.");
    await alice.untilConversation("bob", (view) => texts(view).at(-1) === "Opened.");
  });

  it("can be removed from the device by whoever forgot the passphrase", async () => {
    const { bob, again } = await aliceAndBob();
    await lockWith(bob);
    await bob.engine.lock();
    const back = again(bob.disk);
    await back.until(({ phase }) => phase === "locked");
    await back.engine.removeAccount();
    await back.until(({ phase }) => phase === "removed");
    expect(bob.disk.names()).not.toContain("bob");
  });

  it("is not locked where no lock is set, and takes no passphrase that is too short", async () => {
    const { bob } = await aliceAndBob();
    await bob.engine.lock();
    await bob.until(({ phase }) => phase === "ready");
    const outcome = await bob.engine.changeLock({ kind: "set", passphrase: "1234567", earlier: null });
    expect(outcome).toEqual({ kind: "too-short" });
    await bob.engine.lock();
    await bob.until(({ phase }) => phase === "ready");
  });

  it("is open to its person alone: changing the lock takes the passphrase", async () => {
    const { bob } = await aliceAndBob();
    await lockWith(bob);
    const taken = await bob.engine.changeLock({ kind: "set", passphrase: "of Mallory's own", earlier: "a guess" });
    expect(taken).toMatchObject({ kind: "wrong-secret" });
    expect(await bob.engine.changeLock({ kind: "remove", passphrase: "a guess" })).toMatchObject({
      kind: "wrong-secret",
    });
    expect(await bob.engine.changeLock({ kind: "remove", passphrase: PASSPHRASE })).toEqual({ kind: "done" });
    expect((await bob.until(({ lock }) => lock === null)).phase).toBe("ready");
  });
});

describe("an account locks itself", () => {
  it("after the minutes without use, and not while somebody uses it", async () => {
    const clock = clockHolding(5 * MINUTE);
    const { bob } = await aliceAndBob(clock);
    await lockWith(bob);
    await bob.engine.changeLock({ kind: "set-times", times: { idleMinutes: 5, onHiding: false } });
    await bob.until(({ lock }) => lock?.idleMinutes === 5);
    expect(clock.pending()).toBe(1);
    await bob.engine.noteUse();
    expect(clock.pending()).toBe(1);
    clock.elapse();
    await bob.until(({ phase }) => phase === "locked");
    expect(clock.pending()).toBe(0);
  });

  it("once no tab is on the screen, where that is chosen", async () => {
    const clock = clockHolding(3_000);
    const { bob } = await aliceAndBob(clock);
    await lockWith(bob);
    const first = await bob.engine.attend();
    const second = await bob.engine.attend();
    second();
    second();
    expect(clock.pending()).toBe(0);
    first();
    clock.elapse();
    await bob.until(({ phase }) => phase === "ready");

    await bob.engine.changeLock({ kind: "set-times", times: { idleMinutes: null, onHiding: true } });
    const third = await bob.engine.attend();
    third();
    (await bob.engine.attend())();
    expect(clock.pending()).toBe(1);
    clock.elapse();
    await bob.until(({ phase }) => phase === "locked");
  });
});
