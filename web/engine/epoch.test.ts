/** Storage that is put back to an older state: it is found out before anything leaves, said once, and people talk on. */
import { describe, expect, it } from "vitest";
import { parseEpochRequest } from "../../relay/wire/epoch.ts";
import type { ConversationView } from "./api.ts";
import type { RelayResponse } from "./ports.ts";
import { statuses, texts } from "./testing/person.ts";
import { copyProfile, twoWhoTalked } from "./testing/stored.ts";
import type { WatchedPerson } from "./testing/watched-person.ts";

function notices({ messages }: ConversationView): readonly string[] {
  return messages.flatMap((message) => (message.kind === "notice" ? [message.notice] : []));
}

const view = (person: WatchedPerson, peer: string) => person.untilConversation(peer, () => true);

/** One writes, and the other has it. */
async function says(from: WatchedPerson, to: WatchedPerson, text: string): Promise<void> {
  await from.engine.send(to.username, text);
  await to.untilConversation(from.username, (seen) => texts(seen).includes(text));
  await from.untilConversation(to.username, (seen) => statuses(seen).every((status) => status !== "waiting"));
}

/** What was asked for, each once: a request whose clock was off is signed again. */
function epochs({ network }: WatchedPerson) {
  const requests = network.requests
    .filter(({ target }) => target.startsWith("/api/epoch/"))
    .flatMap(({ body }) => parseEpochRequest(JSON.parse(body ?? "null")) ?? []);
  return [...new Map(requests.map((request) => [request.next.join(), request])).values()];
}

describe("a device that starts as it ended", () => {
  it("says nothing, however often it starts, and sets an epoch of its own each time", async () => {
    const { alice, bob } = await twoWhoTalked();
    let person = bob;
    const set = epochs(bob);
    for (let round = 0; round < 3; round++) {
      person = await person.restart();
      await says(person, alice, `round ${round}`);
      set.push(...epochs(person));
    }
    expect(notices(await view(person, "alice"))).toEqual([]);
    expect(set).toHaveLength(4);
    expect(new Set(set.map(({ next }) => next.join()))).toHaveLength(4);
    expect(set[3]?.expected.map((epoch) => epoch.join())).toEqual(set.slice(0, 3).map(({ next }) => next.join()));
  });

  it("says nothing when the answer to its epoch got lost, and sends nothing before there is one", async () => {
    const { alice, bob } = await twoWhoTalked();
    const losing = (target: string, response: RelayResponse) => (target.startsWith("/api/epoch/") ? "lost" : response);
    let person = bob;
    for (let start = 0; start < 2; start++) {
      person = await person.restart(undefined, { answer: losing });
      await person.engine.send("alice", `lost ${start}`);
      await person.network.until(() => epochs(person).length > 0);
      expect(person.network.requests.filter(({ target }) => target === "/api/send")).toEqual([]);
    }
    person = await person.restart();
    await alice.untilConversation("bob", (seen) => texts(seen).includes("lost 1"));
    expect(notices(await view(person, "alice"))).toEqual([]);
  });
});

describe("a device that gets no answer from the relay for long", () => {
  it("sets one epoch however often it asks, so that none the relay may hold is pushed out", async () => {
    const { alice, bob } = await twoWhoTalked();
    let losses = 0;
    const losing = (target: string, response: RelayResponse) => {
      if (!target.startsWith("/api/epoch/") || losses === 3) return response;
      losses += 1;
      return "lost";
    };
    const person = await bob.restart(undefined, { answer: losing });
    await person.engine.send("alice", "There again.");
    await alice.untilConversation("bob", (seen) => texts(seen).includes("There again."));
    expect(losses).toBe(3);
    expect(epochs(person)).toHaveLength(1);
    expect(notices(await view(person, "alice"))).toEqual([]);
  });
});

describe("a device whose storage was put back", () => {
  async function putBack() {
    const { alice, bob } = await twoWhoTalked();
    await bob.engine.stop();
    const back = await copyProfile(bob);
    const later = await bob.restart();
    await says(alice, later, "third");
    await says(later, alice, "fourth");
    await later.engine.stop();
    await back();
    return { alice, bob: await later.restart() };
  }

  it("says so once, in every conversation, and both go on", async () => {
    const { alice, bob } = await putBack();
    await says(bob, alice, "I am back.");
    await says(alice, bob, "So you are.");
    const seen = await view(bob, "alice");
    expect(notices(seen)).toEqual(["storage-put-back"]);
    expect(texts(seen)).toEqual(["first", "second", "I am back.", "So you are."]);
    expect(texts(await view(alice, "bob"))).toEqual([
      "first",
      "second",
      "third",
      "fourth",
      "I am back.",
      "So you are.",
    ]);
    const again = await bob.restart();
    await says(again, alice, "Still here.");
    expect(notices(await view(again, "alice"))).toEqual(["storage-put-back"]);
  });

  it("sends nothing in a session from before", async () => {
    const { alice, bob } = await twoWhoTalked();
    const before = alice.network.envelopes.length;
    await bob.engine.stop();
    const back = await copyProfile(bob);
    const later = await bob.restart();
    await says(later, alice, "third");
    await later.engine.stop();
    await back();
    const last = await later.restart();
    await says(last, alice, "fourth");
    const fetched = last.network.countFetches("alice");
    expect(fetched).toBe(1);
    expect(alice.network.envelopes.length).toBeGreaterThan(before);
    expect(texts(await view(alice, "bob"))).toEqual(["first", "second", "third", "fourth"]);
  });

  it("opens mail that it had opened, and shows it once", async () => {
    const { alice, bob } = await twoWhoTalked();
    await bob.engine.stop();
    const back = await copyProfile(bob);
    for (const text of ["third", "fourth"]) await alice.engine.send("bob", text);
    await alice.untilConversation("bob", (seen) => statuses(seen).every((status) => status !== "waiting"));
    await back();
    const returned = await bob.restart();
    const seen = await returned.untilConversation("alice", (now) => texts(now).includes("fourth"));
    expect(texts(seen)).toEqual(["first", "second", "third", "fourth"]);
  });

  it("is taken for that when a copy of it has started elsewhere", async () => {
    const { alice, bob } = await twoWhoTalked();
    await bob.engine.stop();
    const first = await bob.restart();
    const copy = await copyProfile(first);
    await says(first, alice, "from here");
    // Its next start is the copy's, and the one after that the original's, which knows nothing of it.
    const original = await copyProfile(first);
    await first.engine.stop();
    await copy();
    const elsewhere = await first.restart();
    await says(elsewhere, alice, "from there");
    await elsewhere.engine.stop();
    await original();
    const here = await elsewhere.restart();
    await says(here, alice, "from here again");
    expect(notices(await view(here, "alice"))).toEqual(["storage-put-back"]);
  });
});

describe("a relay that lies about the epoch", () => {
  it("costs fresh sessions and a notice, and people talk on", async () => {
    const { alice, bob } = await twoWhoTalked();
    let lies = 1;
    const lying = (target: string, response: RelayResponse) =>
      target.startsWith("/api/epoch/") && response.status === 200 && lies-- > 0
        ? { ...response, json: { epoch: "AAAAAAAAAAAAAAAAAAAAAA" } }
        : response;
    const lied = await bob.restart(undefined, { answer: lying });
    await says(lied, alice, "third");
    await says(alice, lied, "fourth");
    expect(notices(await view(lied, "alice"))).toEqual(["storage-put-back"]);
    expect(texts(await view(alice, "bob"))).toEqual(["first", "second", "third", "fourth"]);
  });
});
