/** When a message begins a fresh session, and what happens when none can be begun. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { sendText, startConversation } from "./conversations.ts";
import type { Records } from "./records.ts";
import { UNANSWERED_SESSION_LIFETIME_MS } from "./sessions.ts";
import { texts } from "./testing/person.ts";
import { SteppedPerson, steppedPair, testTime } from "./testing/stepped-person.ts";
import { DAY_MS } from "./testing/stored.ts";

/** Hands out bundles that do not verify. */
function spoilBundles({ network }: SteppedPerson): void {
  network.follow({
    bundle: ({ devices }) => ({
      devices: devices.map(({ manifest }) => ({
        manifest: Buffer.from(manifest).toString("base64url"),
        signature: Buffer.alloc(64).toString("base64url"),
        oneTimePrekey: null,
        oneTimeKemPrekey: null,
      })),
      identityChange: null,
    }),
  });
}

async function sendingSessionOf({ state }: SteppedPerson, peer: string) {
  return (await state.store.read("peers", [peer]))?.sessions[0]?.session;
}

/** Alice has begun a session that Bob has not answered. */
async function unanswered() {
  const relay = await startTestRelay();
  const time = testTime(relay);
  const alice = await SteppedPerson.join(relay, time, "alice");
  const bob = await SteppedPerson.join(relay, time, "bob");
  await startConversation(alice.state, "bob");
  return { relay, time, alice, bob };
}

async function makeVersion1({ state }: SteppedPerson, peer: string): Promise<void> {
  const known = await state.store.read("peers", [peer]);
  if (known === null) throw new Error(`nothing is known of ${peer}`);
  const sessions = known.sessions.map((record) => ({ ...record, session: { ...record.session, version: 1 } }));
  const value: Records["peers"] = { ...known, sessions };
  await state.commit([{ store: "peers", id: [peer], value }]);
}

describe("a session without an answer", () => {
  it("gives way after a week, not before", async () => {
    const { time, alice } = await unanswered();
    const first = await sendingSessionOf(alice, "bob");
    time.advance(UNANSWERED_SESSION_LIFETIME_MS);
    await sendText(alice.state, "bob", "in time");
    expect((await sendingSessionOf(alice, "bob"))?.transcriptHash).toEqual(first?.transcriptHash);
    time.advance(1);
    await sendText(alice.state, "bob", "late");
    expect((await sendingSessionOf(alice, "bob"))?.transcriptHash).not.toEqual(first?.transcriptHash);
    expect(alice.countFetches("bob")).toBe(2);
  });

  it("does not, once there was an answer", async () => {
    const { time, alice } = await steppedPair();
    time.advance(10 * UNANSWERED_SESSION_LIFETIME_MS);
    await sendText(alice.state, "bob", "late");
    expect(alice.countFetches("bob")).toBe(1);
  });

  it("that cannot be renewed goes on, and is tried again once a day", async () => {
    const { time, alice, bob } = await unanswered();
    time.advance(UNANSWERED_SESSION_LIFETIME_MS + 1);
    spoilBundles(alice);
    for (const text of ["one", "two", "three"]) {
      expect(await sendText(alice.state, "bob", text)).toEqual({ kind: "queued" });
    }
    expect(alice.countFetches("bob")).toBe(2);
    time.advance(DAY_MS);
    await sendText(alice.state, "bob", "four");
    expect(alice.countFetches("bob")).toBe(3);
    alice.network.follow();
    await alice.post();
    await bob.turn();
    expect(texts(await bob.view("alice"))).toEqual(["one", "two", "three", "four"]);
  });

  it("is renewed once, and in order, for messages that are written at the same moment", async () => {
    const { time, alice } = await unanswered();
    time.advance(UNANSWERED_SESSION_LIFETIME_MS + 1);
    await Promise.all(["one", "two", "three"].map((text) => sendText(alice.state, "bob", text)));
    expect(texts(await alice.view("bob"))).toEqual(["one", "two", "three"]);
    expect(alice.countFetches("bob")).toBe(2);
  });
});

describe("a session of version 1", () => {
  it("gives way to one of version 2 with the next message", async () => {
    const { alice, bob } = await steppedPair();
    await makeVersion1(alice, "bob");
    await sendText(alice.state, "bob", "new");
    await alice.post();
    await bob.turn();
    expect(texts(await bob.view("alice"))).toEqual(["first", "second", "new"]);
    expect((await sendingSessionOf(alice, "bob"))?.version).toBe(2);
    expect(alice.countFetches("bob")).toBe(2);
  });

  it("is used on when no other can be begun", async () => {
    const { alice } = await steppedPair();
    await makeVersion1(alice, "bob");
    spoilBundles(alice);
    const before = await alice.state.store.list("outbox");
    expect(await sendText(alice.state, "bob", "old")).toEqual({ kind: "queued" });
    const [entry] = (await alice.state.store.list("outbox")).slice(before.length);
    if (entry?.value.kind !== "sealed") throw new Error("it must be sealed");
    expect(entry.value.body[0]).toBe(1);
  });
});

describe("messages without a session", () => {
  it("are sealed later in the order in which they were written, once each; refused keys are fetched again in a day", async () => {
    const { time, alice, bob } = await steppedPair();
    await alice.loseSessions("bob");
    spoilBundles(alice);
    for (const text of ["one", "two", "three"]) await sendText(alice.state, "bob", text);
    expect((await alice.state.store.list("outbox")).map(({ value }) => value.kind)).toEqual(Array(3).fill("unsealed"));
    expect(await alice.post()).toEqual({ kind: "held-up" });
    const fetched = alice.countFetches("bob");
    alice.network.follow();
    expect(await alice.post()).toEqual({ kind: "held-up" });
    expect(alice.countFetches("bob")).toBe(fetched);
    time.advance(DAY_MS);
    expect(await alice.post()).toEqual({ kind: "emptied" });
    expect(alice.countFetches("bob")).toBe(fetched + 1);
    await bob.turn();
    expect(texts(await bob.view("alice"))).toEqual(["first", "second", "one", "two", "three"]);
  });

  it("that were deleted meanwhile are not sent", async () => {
    const { alice, bob } = await steppedPair();
    await alice.loseSessions("bob");
    const { nextSequence } = alice.state.conversations.get("bob") ?? { nextSequence: -1 };
    for (const text of ["deleted", "kept"]) await sendText(alice.state, "bob", text);
    await alice.state.commit([{ store: "messages", id: ["bob", nextSequence], value: null }]);
    await alice.post();
    await bob.turn();
    expect(texts(await bob.view("alice"))).toEqual(["first", "second", "kept"]);
  });

  it("hold up nobody else's", async () => {
    const { relay, time, alice, bob } = await steppedPair();
    const carol = await SteppedPerson.join(relay, time, "carol");
    await startConversation(alice.state, "carol");
    await alice.loseSessions("bob");
    spoilBundles(alice);
    await sendText(alice.state, "bob", "waits");
    await sendText(alice.state, "carol", "goes");
    expect(await alice.post()).toEqual({ kind: "held-up" });
    await carol.turn();
    expect(texts(await carol.view("alice"))).toEqual(["goes"]);
    await bob.turn();
    expect(texts(await bob.view("alice"))).toEqual(["first", "second"]);
  });
});
