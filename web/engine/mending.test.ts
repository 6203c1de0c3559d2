/** Damaged records of people, conversations and of what waits to be sent: made anew at the next start, and nothing lost. */
import { describe, expect, it } from "vitest";
import { toIdentityKey } from "../protocol/keys.ts";
import { mallory } from "../protocol/testing/people.ts";
import type { ConversationView } from "./api.ts";
import type { AccountStore, RelayResponse } from "./ports.ts";
import type { PeerRecord } from "./records.ts";
import { startPerson, statuses, texts } from "./testing/person.ts";
import { alterStopped, copyProfile, damageStopped, readStopped, twoWhoTalked } from "./testing/stored.ts";
import { expectTexts, expectTheyGoOn, joinWatched, type WatchedPerson } from "./testing/watched-person.ts";

function notices({ messages }: ConversationView): readonly string[] {
  return messages.flatMap((message) => (message.kind === "notice" ? [message.notice] : []));
}

const view = (person: WatchedPerson, peer: string) => person.untilConversation(peer, () => true);

async function entriesOf({ disk, username }: WatchedPerson) {
  const entries = await disk.open(username).list({ from: "", below: "\uffff" });
  return entries.filter(([key]) => key !== "!fence");
}

async function known(store: AccountStore, peer: string): Promise<PeerRecord> {
  const record = await store.read("peers", [peer]);
  if (record === null) throw new Error(`nothing is known of ${peer}`);
  return record;
}

async function identityOf(person: WatchedPerson, peer: string) {
  const account = await person.until(({ conversations }) => conversations.some((known) => known.peer === peer));
  return account.conversations.find((known) => known.peer === peer)?.identity;
}

describe("damaged records of conversations", () => {
  it("are made anew of their messages, and both write on where they were", async () => {
    const { alice, bob } = await twoWhoTalked();
    const before = await alice.until(({ conversations }) => conversations.length === 1);
    expect(await damageStopped(alice, "conversations")).toBe(1);
    const back = await alice.restart();
    const after = await back.until(({ conversations }) => conversations.length === 1);
    const { unread, ...shown } = after.conversations[0] ?? { unread: -1 };
    expect(unread).toBe(0);
    expect(before.conversations[0]).toMatchObject(shown);
    expect(after.problem).toBe("records-damaged");
    await expectTexts(back, bob, ["first", "second"]);
    await expectTheyGoOn(back, bob, "after");
    expect(texts(await view(back, "bob"))).toHaveLength(4);
    // What was made anew is whole.
    const again = await back.restart();
    expect((await again.until(({ phase }) => phase === "ready")).problem).toBeNull();
  });

  it("do not make the other learn what was read where one only received", async () => {
    const { relay, alice } = await twoWhoTalked();
    const carol = await joinWatched(relay, "carol");
    await carol.engine.startConversation("alice");
    await carol.engine.send("alice", "Do you know me?");
    await alice.untilConversation("carol", (seen) => texts(seen).includes("Do you know me?"));
    await damageStopped(alice, "conversations");
    const records = await readStopped(await alice.restart(), (store) => store.list("conversations"));
    expect(new Map(records.map(({ value }) => [value.peer, value.accepted]))).toEqual(
      new Map([
        ["bob", true],
        ["carol", false],
      ]),
    );
  });
});

describe("damaged records of messages beside those of their conversation", () => {
  it("keep their sequences, which nothing else is given", async () => {
    const { alice, bob } = await twoWhoTalked();
    await damageStopped(alice, "messages");
    await damageStopped(alice, "conversations");
    const back = await alice.restart();
    await back.engine.send("bob", "third");
    await expectTexts(bob, alice, ["first", "second", "third"]);
    const messages = await readStopped(back, (store) => store.salvage("messages", { prefix: ["bob"] }));
    expect(messages.map(({ value, number }) => [number, value === null])).toEqual([
      [0, true],
      [1, true],
      [2, false],
    ]);
  });
});

describe("a damaged record of the account itself", () => {
  it("is not made anew by who enters the name again, and what is there stays", async () => {
    const { relay, alice } = await twoWhoTalked();
    await alice.engine.stop();
    const back = await copyProfile(alice);
    const whole = await entriesOf(alice);
    await damageStopped(alice, "account");
    const damaged = await entriesOf(alice);
    const { username, disk } = alice;
    const person = startPerson({ username, disk, origin: relay.origin });
    await person.until(({ problem }) => problem === "storage-damaged");
    expect(await person.engine.register()).toEqual({ kind: "storage-unavailable" });
    expect(await entriesOf(alice)).toEqual(damaged);
    // It could only not be read for a while.
    await back();
    expect(await person.engine.register()).toEqual({ kind: "already-here" });
    expect(await entriesOf(alice)).toEqual(whole);
  });
});

describe("damaged records of people", () => {
  it("are pinned to whom the messages came from, unverified, and it is said", async () => {
    const { alice, bob } = await twoWhoTalked();
    const number = await alice.engine.safetyNumber("bob");
    await alice.engine.setVerified("bob", number?.digits ?? "", true);
    const pinned = await readStopped(alice, async (store) => (await store.read("peers", ["bob"]))?.identityKey);
    expect(await damageStopped(await alice.restart(), "peers")).toBe(1);
    const back = await alice.restart();
    expect(notices(await view(back, "bob"))).toEqual(["verified", "keys-lost"]);
    expect(await identityOf(back, "bob")).toBe("unverified");
    await expectTheyGoOn(bob, back, "first the other");
    await expectTheyGoOn(back, bob, "then both");
    const record = await readStopped(back, (store) => store.read("peers", ["bob"]));
    expect(record?.identityKey).toEqual(pinned);
  });

  it("are pinned to whom was written to, whatever a message of a key that was refused says", async () => {
    const { relay, alice } = await twoWhoTalked();
    const carol = await joinWatched(relay, "carol");
    await alterStopped(alice, async (store) => [
      // Known before any conversation, under another key than the one that writes now.
      { store: "peers", id: ["carol"], value: { ...(await known(store, "bob")), peer: "carol", sessions: [] } },
    ]);
    const back = await alice.restart();
    await carol.engine.startConversation("alice");
    await carol.engine.send("alice", "Under my own key.");
    const seen = await back.untilConversation("carol", (view) => texts(view).includes("Under my own key."));
    expect(seen.messages.map(({ kind }) => kind)).toEqual(["notice", "text"]);
    const change = seen.identity.kind === "changed" ? seen.identity.change : "";
    expect(await back.engine.decideIdentity("carol", change, "keep")).toEqual({ kind: "done" });
    await damageStopped(back, "peers");
    const mended = await back.restart();
    await view(mended, "carol");
    expect(await readStopped(mended, (store) => store.read("peers", ["carol"]))).toBeNull();
  });

  it("do not let another key take the place of the one that was pinned", async () => {
    const { alice, bob } = await twoWhoTalked();
    await damageStopped(alice, "peers");
    await bob.engine.renewIdentity();
    await bob.until(({ connection }) => connection === "online");
    const back = await alice.restart();
    await back.engine.send("bob", "Who reads this?");
    await back.untilConversation("bob", (seen) =>
      notices(seen).some((notice) => notice.startsWith("identity-changed")),
    );
    expect(await identityOf(back, "bob")).toBe("changed");
    expect(texts(await view(bob, "alice"))).not.toContain("Who reads this?");
  });

  it("of whom nothing came yet are pinned to whom one wrote to", async () => {
    const { relay, alice } = await twoWhoTalked();
    const carol = await joinWatched(relay, "carol");
    await alice.engine.startConversation("carol");
    await alice.engine.send("carol", "Hello?");
    await alice.untilConversation("carol", (seen) => statuses(seen)[0] === "delivered");
    const pinned = await readStopped(alice, async (store) => (await store.read("peers", ["carol"]))?.identityKey);
    await damageStopped(alice, "peers");
    const back = await alice.restart();
    await view(back, "carol");
    const record = await readStopped(back, (store) => store.read("peers", ["carol"]));
    expect(record?.identityKey).toEqual(pinned);
    expect(record?.sessions).toEqual([]);
    await expectTheyGoOn(await back.restart(), carol, "after");
  });

  it("are made anew together with the conversations, as long as anything else names them", async () => {
    const { alice, bob } = await twoWhoTalked();
    await damageStopped(alice, "peers");
    await damageStopped(alice, "conversations");
    const back = await alice.restart();
    await expectTexts(back, bob, ["first", "second"]);
    await expectTheyGoOn(back, bob, "after");
  });

  it("make nobody of whom only a recovery knows, and nothing of whom nothing is damaged", async () => {
    const { alice, bob } = await twoWhoTalked();
    await alterStopped(alice, async (store) => [
      // As a relay can bring it about: known, and nobody one talks with.
      { store: "peers", id: ["mallory"], value: { ...(await known(store, "bob")), peer: "mallory" } },
      {
        store: "recoveries",
        id: ["mallory"],
        value: { peer: "mallory", failures: [], asked: [], askedIn: null, sessionsBegunAt: [], card: null },
      },
    ]);
    for (const store of ["outbox", "peers", "conversations"] as const) {
      await damageStopped(alice, store);
      const back = await alice.restart();
      const { conversations } = await back.until(({ phase }) => phase === "ready");
      expect(conversations.map(({ peer }) => peer)).toEqual(["bob"]);
      expect(notices(await view(back, "bob"))).toEqual(store === "outbox" ? [] : ["keys-lost"]);
      await back.engine.stop();
    }
    await expectTheyGoOn(await alice.restart(), bob, "after");
  });

  it("are left alone, and everything with them, when nothing names them any more", async () => {
    const { relay, alice } = await twoWhoTalked();
    for (const store of ["peers", "conversations", "sentEnvelopes", "recoveries", "owedReceipts"] as const) {
      await damageStopped(alice, store);
    }
    const before = await entriesOf(alice);
    const { username, disk } = alice;
    const back = startPerson({ username, disk, origin: relay.origin });
    expect(await back.until(({ phase }) => phase === "failed")).toMatchObject({ problem: "storage-damaged" });
    await back.engine.stop();
    // But for the fence, which every start sets.
    expect(await entriesOf(alice)).toEqual(before);
  });
});

describe("damaged records of what waits to be sent", () => {
  it("are made anew of the messages that wait, in their order, and each arrives once", async () => {
    const { alice, bob } = await twoWhoTalked();
    // Nothing leaves before the relay has answered with an epoch.
    const losing = (target: string, response: RelayResponse) => (target.startsWith("/api/epoch/") ? "lost" : response);
    const offline = await alice.restart(undefined, { answer: losing });
    const written = ["one", "two", "three"];
    for (const text of written) await offline.engine.send("bob", text);
    expect(await damageStopped(offline, "outbox")).toBe(3);
    const back = await offline.restart();
    await bob.untilConversation("alice", (seen) => texts(seen).includes("three"));
    expect(texts(await view(bob, "alice"))).toEqual(["first", "second", ...written]);
    await back.untilConversation("bob", (seen) => statuses(seen).every((status) => status === "delivered"));
    await back.engine.stop();
    expect(await readStopped(back, (store) => store.salvage("outbox"))).toEqual([]);
  });

  it("repeat nothing to another identity than it was sent to", async () => {
    const { alice } = await twoWhoTalked();
    await alterStopped(alice, async (store) => {
      const first = await store.read("messages", ["bob", 0]);
      const bob = await known(store, "bob");
      if (first?.kind !== "text") throw new Error("there is no message");
      return [
        { store: "messages", id: ["bob", 0], value: { ...first, status: "sent", resends: 1 } },
        // As after another key was accepted: what had been sent before was dropped.
        { store: "peers", id: ["bob"], value: { ...bob, identityKey: toIdentityKey(mallory.identity.publicKey) } },
        { store: "outbox", id: [0], value: { kind: "unsealed", peer: "bob", sequence: 0 } },
      ];
    });
    await damageStopped(alice, "outbox");
    const losing = (target: string, response: RelayResponse) => (target.startsWith("/api/epoch/") ? "lost" : response);
    const back = await alice.restart(undefined, { answer: losing });
    await view(back, "bob");
    expect(await readStopped(back, (store) => store.salvage("outbox"))).toEqual([]);
  });

  it("are made anew of the messages that were to be sent again, too", async () => {
    const { alice, bob } = await twoWhoTalked();
    await alterStopped(alice, async (store) => {
      const first = await store.read("messages", ["bob", 0]);
      if (first?.kind !== "text") throw new Error("there is no message");
      return [
        { store: "messages", id: ["bob", 0], value: { ...first, status: "sent", resends: 1 } },
        { store: "outbox", id: [0], value: { kind: "unsealed", peer: "bob", sequence: 0 } },
      ];
    });
    await damageStopped(alice, "outbox");
    const losing = (target: string, response: RelayResponse) => (target.startsWith("/api/epoch/") ? "lost" : response);
    const back = await alice.restart(undefined, { answer: losing });
    await view(back, "bob");
    expect(await readStopped(back, (store) => store.salvage("outbox"))).toEqual([
      { value: { kind: "unsealed", peer: "bob", sequence: 0 }, number: 0 },
    ]);
    await expectTheyGoOn(await back.restart(), bob, "after");
    expect(texts(await view(bob, "alice")).filter((text) => text === "first")).toHaveLength(1);
  });

  it("are not sent a second time when they had left", async () => {
    const { alice, bob } = await twoWhoTalked();
    const deaf = await alice.restart(undefined, {
      answer: (target, response) => (target === "/api/send" ? "lost" : response),
    });
    await deaf.engine.send("bob", "It left.");
    await bob.untilConversation("alice", (seen) => texts(seen).includes("It left."));
    await damageStopped(deaf, "outbox");
    const back = await deaf.restart();
    await back.untilConversation("bob", (seen) => statuses(seen).every((status) => status === "delivered"));
    expect(texts(await view(bob, "alice"))).toEqual(["first", "second", "It left."]);
  });
});
