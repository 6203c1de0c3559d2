/** Another identity key under a known name: what is shown, what stops, and what the person's decision does. */
import { describe, expect, it } from "vitest";
import { toBase64url } from "../../relay/wire/bytes.ts";
import { markRead, sendText, startConversation } from "./conversations.ts";
import { decideIdentity } from "./identity.ts";
import { receiveEnvelopes } from "./inbox.ts";
import { peerIdentity } from "./peer-identity.ts";
import { Impostor } from "./testing/impostor.ts";
import { PeerClient } from "./testing/peer-client.ts";
import { randomBytes, statuses, texts } from "./testing/person.ts";
import { SteppedPerson, steppedPair } from "./testing/stepped-person.ts";

/** Bob's name goes to another device of his, which has not written yet. */
async function pairAndNewBob() {
  const world = await steppedPair();
  const { relay, time } = world;
  await relay.store.resetName({ username: "bob", now: relay.now() });
  const newBob = await SteppedPerson.join(relay, time, "bob");
  await startConversation(newBob.state, "alice");
  return { ...world, newBob };
}

async function changeOf({ state }: SteppedPerson, peer: string) {
  const identity = await peerIdentity(state, peer);
  if (identity.kind !== "changed") throw new Error(`the identity is ${identity.kind}`);
  return identity;
}

const shown = async (person: SteppedPerson, peer: string) =>
  (await person.view(peer)).messages.map((message) =>
    message.kind === "text"
      ? message.text
      : message.kind === "notice"
        ? message.notice
        : message.kind === "missing"
          ? message.state
          : message.kind,
  );

describe("a message under another identity", () => {
  it("is shown below the notice, without receipts, and nothing leaves for the name", async () => {
    const { alice, newBob } = await pairAndNewBob();
    await sendText(newBob.state, "alice", "new");
    await newBob.post();
    const before = alice.countSent("bob");
    await alice.turn();
    await markRead(alice.state, "bob");
    await alice.turn();
    expect(await shown(alice, "bob")).toEqual(["first", "second", "identity-changed", "new"]);
    expect(await sendText(alice.state, "bob", "not now")).toEqual({ kind: "identity-changed" });
    await alice.turn();
    expect(alice.countSent("bob")).toBe(before);
    expect(texts(await alice.view("bob"))).not.toContain("not now");
    await newBob.turn();
    expect(statuses(await newBob.view("alice"))).toEqual(["sent"]);
    expect(await changeOf(alice, "bob")).toMatchObject({ signedByEarlier: false, wasVerified: false, waiting: 0 });
  });

  it("of the pinned identity is shown without a notice, with receipts", async () => {
    const { alice, bob } = await steppedPair();
    await sendText(bob.state, "alice", "same");
    await bob.post();
    await alice.turn();
    await bob.turn();
    expect(await shown(alice, "bob")).toEqual(["first", "second", "same"]);
    expect(statuses(await bob.view("alice")).at(-1)).toBe("delivered");
    expect(await peerIdentity(alice.state, "bob")).toEqual({ kind: "unverified" });
  });
});

describe("accepting the new key", () => {
  it("sends what waited, encrypted anew, once, and the receipts that were held", async () => {
    const { alice, newBob } = await pairAndNewBob();
    for (const text of ["one", "two"]) await sendText(alice.state, "bob", text);
    const entries = await alice.state.store.list("outbox");
    expect(entries.map(({ value }) => value.kind)).toEqual(["sealed", "sealed"]);
    await sendText(newBob.state, "alice", "new");
    await newBob.post();
    // Alice's device learns of the change before it sends.
    await alice.takeIn();
    expect(await alice.post()).toEqual({ kind: "emptied" });
    const { change, waiting } = await changeOf(alice, "bob");
    expect(waiting).toBe(2);
    expect(statuses(await alice.view("bob"))).toEqual(["delivered", "waiting", "waiting"]);
    expect(await decideIdentity(alice.state, "bob", { change, decision: "accept" })).toEqual({ kind: "done" });
    await alice.post();
    await newBob.turn();
    await alice.turn();
    expect(texts(await newBob.view("alice"))).toEqual(["new", "one", "two"]);
    expect(statuses(await newBob.view("alice"))).toEqual(["delivered"]);
    // The receipts name the contents as they were first written.
    expect(statuses(await alice.view("bob"))).toEqual(["delivered", "delivered", "delivered"]);
    expect(await shown(alice, "bob")).toEqual([
      "first",
      "second",
      "one",
      "two",
      "identity-changed",
      "new",
      "identity-accepted",
    ]);
  });

  it("drops the receipts that were owed to the earlier key", async () => {
    const { alice, bob, relay, time } = await steppedPair();
    await sendText(bob.state, "alice", "third");
    await bob.post();
    await alice.takeIn();
    await relay.store.resetName({ username: "bob", now: relay.now() });
    const newBob = await SteppedPerson.join(relay, time, "bob");
    await startConversation(newBob.state, "alice");
    await sendText(newBob.state, "alice", "new");
    await newBob.post();
    await alice.takeIn();
    const { change } = await changeOf(alice, "bob");
    await decideIdentity(alice.state, "bob", { change, decision: "accept" });
    const owed = await alice.state.store.list("owedReceipts");
    expect(owed.length).toBe(1);
    await alice.post();
    await newBob.turn();
    expect(statuses(await newBob.view("alice"))).toEqual(["delivered"]);
  });

  it("owes the new one no receipt for reading what came from the earlier one", async () => {
    const { alice, bob, hear, impostor } = await pairAndImpostor();
    await sendText(bob.state, "alice", "third");
    await bob.post();
    await alice.turn();
    await hear("new");
    const { change } = await changeOf(alice, "bob");
    await decideIdentity(alice.state, "bob", { change, decision: "accept" });
    await markRead(alice.state, "bob");
    const known = await alice.state.store.read("peers", ["bob"]);
    expect(known?.identityKey).toEqual(impostor.us.identity.publicKey);
    const owed = (await alice.state.store.list("owedReceipts")).map(({ value }) => value);
    expect(owed).toMatchObject([{ status: "read", underChange: false }]);
    const index = await alice.state.store.read("messageIndex", ["bob", owed[0]?.contentId ?? ""]);
    const message = index && (await alice.state.store.read("messages", ["bob", index.sequence ?? -1]));
    expect(message).toMatchObject({ text: "new" });
  });
});

/** A hostile relay shows Alice another identity under Bob's name; Bob is still there. */
async function pairAndImpostor() {
  const world = await steppedPair();
  const helper = await PeerClient.join({ origin: world.relay.origin, username: "mallory", clock: world.relay.now });
  const impostor = new Impostor("bob", helper);
  const hear = async (text: string) => receiveEnvelopes(world.alice.state, [await impostor.write("alice", text)]);
  return { ...world, helper, impostor, hear };
}

describe("keeping the earlier key", () => {
  it("refuses the other one from then on, says no more of it, and goes on with the earlier one", async () => {
    const { alice, bob, hear } = await pairAndImpostor();
    await hear("false");
    const { change } = await changeOf(alice, "bob");
    await decideIdentity(alice.state, "bob", { change, decision: "keep" });
    const after = ["first", "second", "identity-changed", "false", "identity-kept"];
    await hear("more of it");
    await alice.turn();
    expect(await shown(alice, "bob")).toEqual(after);
    expect(alice.countFetches("bob")).toBe(1);
    expect(await sendText(alice.state, "bob", "true")).toEqual({ kind: "queued" });
    await alice.turn();
    await bob.turn();
    await alice.turn();
    expect(texts(await bob.view("alice"))).toEqual(["first", "second", "true"]);
    expect(statuses(await alice.view("bob"))).toEqual(["delivered", "delivered"]);
    expect(await peerIdentity(alice.state, "bob")).toEqual({ kind: "unverified" });
  });

  it("owes the other one nothing", async () => {
    const { alice, hear } = await pairAndImpostor();
    await hear("false");
    expect((await alice.state.store.list("owedReceipts")).length).toBe(1);
    const { change } = await changeOf(alice, "bob");
    await decideIdentity(alice.state, "bob", { change, decision: "keep" });
    expect(await alice.state.store.list("owedReceipts")).toEqual([]);
  });

  it("owes nobody a receipt when what came under the other one is read later", async () => {
    const { alice, hear } = await pairAndImpostor();
    await markRead(alice.state, "bob");
    const before = await alice.state.store.list("owedReceipts");
    await hear("false");
    const { change } = await changeOf(alice, "bob");
    await decideIdentity(alice.state, "bob", { change, decision: "keep" });
    expect(await markRead(alice.state, "bob")).toBe(false);
    expect(await alice.state.store.list("owedReceipts")).toEqual(before);
  });
});

describe("a decision", () => {
  it("about a change that another one has replaced is outdated and changes nothing", async () => {
    const { alice, helper, hear } = await pairAndImpostor();
    await hear("false");
    const { change: earlier } = await changeOf(alice, "bob");
    const second = new Impostor("bob", helper);
    await receiveEnvelopes(alice.state, [await second.write("alice", "falser")]);
    const { change } = await changeOf(alice, "bob");
    expect(change).not.toBe(earlier);
    for (const decision of ["accept", "keep"] as const) {
      expect(await decideIdentity(alice.state, "bob", { change: earlier, decision })).toEqual({ kind: "outdated" });
    }
    expect(await changeOf(alice, "bob")).toMatchObject({ change });
    // The warning that stands is for both.
    expect(await shown(alice, "bob")).toEqual(["first", "second", "identity-changed", "false", "falser"]);
    expect(await decideIdentity(alice.state, "bob", { change, decision: "accept" })).toEqual({ kind: "done" });
    const known = await alice.state.store.read("peers", ["bob"]);
    expect(known && toBase64url(known.identityKey)).toBe(toBase64url(second.us.identity.publicKey));
  });

  it("owes the accepted identity no receipt for what came from the one it replaced", async () => {
    const { alice, helper, hear } = await pairAndImpostor();
    await hear("false");
    const second = new Impostor("bob", helper);
    const id = toBase64url(randomBytes(16));
    await receiveEnvelopes(alice.state, [await second.write("alice", "falser", id)]);
    const { change } = await changeOf(alice, "bob");
    await decideIdentity(alice.state, "bob", { change, decision: "accept" });
    const owed = await alice.state.store.list("owedReceipts");
    expect(owed.map(({ value }) => value.contentId)).toEqual([id]);
  });

  it("is outdated where nothing has changed, or nobody is known", async () => {
    const { alice } = await steppedPair();
    for (const peer of ["bob", "carol"]) {
      const decided = { change: "A".repeat(22), decision: "accept" } as const;
      expect(await decideIdentity(alice.state, peer, decided)).toEqual({ kind: "outdated" });
    }
  });
});
