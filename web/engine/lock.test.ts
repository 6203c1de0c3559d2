/** An account behind a lock: what it does while it is locked, what opens it, and when it locks itself. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import type { MemoryDisk } from "../storage/memory.ts";
import type { Clock } from "./ports.ts";
import { type Person, startPerson, statuses, systemClock, texts } from "./testing/person.ts";

const PASSPHRASE = "correct horse battery staple";
const MINUTE = 60_000;

interface HeldClock extends Clock {
  readonly pending: () => number;
  readonly elapse: () => void;
  /** Time passes, and no timer ends by it: the device slept. */
  readonly sleep: (milliseconds: number) => void;
}

/** A clock on which a pause of exactly so many milliseconds ends when the test says so. */
function clockHolding(held: number): HeldClock {
  const callbacks = new Set<() => void>();
  let slept = 0;
  return {
    now: () => systemClock.now() + slept,
    sleep(milliseconds) {
      slept += milliseconds;
    },
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

  it("says why it does not open although the passphrase is right", async () => {
    const { bob, again } = await aliceAndBob();
    await lockWith(bob);
    await bob.engine.lock();
    const entries = await bob.disk.open("bob").list({ from: "account/", below: "account0" });
    await bob.disk
      .open("bob")
      .transact([], () =>
        entries.map(([key, value]) => ({ kind: "put", key, value: { ...Object(value), nonce: new Uint8Array(12) } })),
      );
    const back = again(bob.disk);
    await back.until(({ phase }) => phase === "locked");
    const secret = { kind: "passphrase", passphrase: PASSPHRASE } as const;
    expect(await back.engine.unlock(secret)).toEqual({ kind: "storage-unavailable" });
    expect(await back.until(({ phase }) => phase !== "locked")).toMatchObject({
      phase: "failed",
      problem: "storage-damaged",
      lock: null,
      conversations: [],
    });
  });

  it("is not opened, nor taken from another engine, by an attempt that outlives its own", async () => {
    const { bob, again } = await aliceAndBob();
    await lockWith(bob);
    await bob.engine.lock();
    const back = again(bob.disk);
    await back.until(({ phase }) => phase === "locked");
    const before = await bob.disk.open("bob").get("!fence");
    const attempt = back.engine.unlock({ kind: "passphrase", passphrase: PASSPHRASE });
    await back.engine.stop();
    expect(await attempt).toEqual({ kind: "storage-unavailable" });
    expect(await bob.disk.open("bob").get("!fence")).toEqual(before);
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
    const clock = clockHolding(30_000);
    const { bob } = await aliceAndBob(clock);
    await lockWith(bob);
    await bob.engine.changeLock({ kind: "set-times", times: { idleMinutes: 5, onHiding: false } });
    await bob.until(({ lock }) => lock?.idleMinutes === 5);
    expect(clock.pending()).toBe(1);
    clock.sleep(4 * MINUTE);
    clock.elapse();
    await bob.engine.noteUse();
    clock.sleep(4 * MINUTE);
    clock.elapse();
    expect(clock.pending()).toBe(1);
    expect((await bob.until(() => true)).phase).toBe("ready");
    clock.sleep(MINUTE);
    clock.elapse();
    await bob.until(({ phase }) => phase === "locked");
    expect(clock.pending()).toBe(0);
  });

  it.each([
    ["a key is pressed", (bob: Person) => bob.engine.noteUse()],
    ["a tab comes to the screen", (bob: Person) => bob.engine.attend()],
  ])("when %s after a device slept through that time", async (_what, wake) => {
    const clock = clockHolding(30_000);
    const { bob } = await aliceAndBob(clock);
    await lockWith(bob);
    await bob.engine.changeLock({ kind: "set-times", times: { idleMinutes: 5, onHiding: false } });
    clock.sleep(8 * 60 * MINUTE);
    await wake(bob);
    await bob.until(({ phase }) => phase === "locked");
  });

  it("not for years when the clock was set back", async () => {
    const clock = clockHolding(30_000);
    const { bob } = await aliceAndBob(clock);
    await lockWith(bob);
    await bob.engine.changeLock({ kind: "set-times", times: { idleMinutes: 5, onHiding: false } });
    clock.sleep(-365 * 24 * 60 * MINUTE);
    clock.elapse();
    clock.sleep(5 * MINUTE);
    clock.elapse();
    await bob.until(({ phase }) => phase === "locked");
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
