/** A relay that hands out sound prekeys wrongly: to two, of somebody else, from last week, or none. No message is lost. */
import { describe, expect, it } from "vitest";
import { withForeignOneTimePrekey, withoutOneTimePrekeys } from "../../e2e/hostile/forged-bundles.ts";
import { altered, type Forge } from "../../e2e/hostile/forging.ts";
import type { TestClient } from "../../relay/testing/test-client.ts";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { formatBundle } from "../../relay/wire/keys.ts";
import { texts } from "./testing/person.ts";
import {
  expectTexts,
  expectTheyGoOn,
  joinWatched,
  missing,
  missingCards,
  type WatchedPerson,
} from "./testing/watched-person.ts";

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** The keys that someone's device keeps of a peer, read after its engine has ended. */
async function peerRecord(person: WatchedPerson, peer: string) {
  await person.engine.stop();
  const store = await person.openStore();
  const record = await store.read("peers", [peer]);
  await store.close();
  return record;
}

describe("one-time prekeys handed to two senders", () => {
  it("open the first one's message; the second one's is asked for, and both arrive once", async () => {
    const relay = await startTestRelay();
    const [alice, bob, carol] = await Promise.all(["alice", "bob", "carol"].map((name) => joinWatched(relay, name)));
    if (!alice || !bob || !carol) throw new Error("three people");
    const mallory = await relay.member("mallory");
    const handedOut = await mallory.fetchBundle("bob");
    for (const sender of [alice, carol]) {
      sender.network.follow({ bundle: () => formatBundle(handedOut) });
      await sender.engine.startConversation("bob");
      sender.network.follow();
      await sender.engine.send("bob", `From ${sender.username}.`);
      await expectTexts(bob, sender, [`From ${sender.username}.`]);
    }
    expect(bob.network.countFetches("alice")).toBe(0);
    expect(bob.network.countFetches("carol")).toBe(1);
    expect(missing(await bob.untilConversation("carol", () => true))).toEqual([]);
    await expectTheyGoOn(alice, bob, "Afterwards");
    await expectTheyGoOn(carol, bob, "Afterwards");
  });
});

describe("a one-time prekey that opens nothing", () => {
  it.each<[string, (mallory: TestClient) => Promise<Forge>]>([
    ["of the relay's own", async () => withForeignOneTimePrekey],
    [
      "of Carol's",
      async (mallory) => {
        const [ofCarol] = (await mallory.fetchBundle("carol")).devices;
        return altered((device) => ({ ...device, oneTimePrekey: ofCarol?.oneTimePrekey ?? null }));
      },
    ],
  ])("%s makes a message that nobody can read, which is asked for and arrives once", async (_whose, makeForge) => {
    const relay = await startTestRelay();
    const alice = await joinWatched(relay, "alice");
    const bob = await joinWatched(relay, "bob");
    await joinWatched(relay, "carol");
    alice.network.follow({ bundle: await makeForge(await relay.member("mallory")) });
    await alice.engine.startConversation("bob");
    alice.network.follow();
    await alice.engine.send("bob", "Nobody can read this one.");
    await expectTexts(bob, alice, ["Nobody can read this one."]);
    expect(bob.network.countFetches("alice")).toBe(1);
    expect(missing(await bob.untilConversation("alice", () => true))).toEqual([]);
    await expectTheyGoOn(bob, alice, "Afterwards");
  });
});

describe("a bundle without one-time prekeys", () => {
  it("still begins a post-quantum session, which is marked as weak, and its message arrives at once", async () => {
    const relay = await startTestRelay();
    const alice = await joinWatched(relay, "alice");
    const bob = await joinWatched(relay, "bob");
    alice.network.follow({ bundle: withoutOneTimePrekeys });
    await alice.engine.startConversation("bob");
    await alice.engine.send("bob", "With the last resort.");
    await expectTexts(bob, alice, ["With the last resort."]);
    expect(bob.network.countFetches("alice")).toBe(0);
    await expectTheyGoOn(bob, alice, "Afterwards");
    for (const [person, peer] of [
      [alice, "bob"],
      [bob, "alice"],
    ] as const) {
      const sessions = (await peerRecord(person, peer))?.sessions ?? [];
      expect(sessions.map(({ session }) => session.version)).toEqual([2]);
      expect(sessions[0]?.session.weaknesses).toEqual(["no-one-time-prekey", "last-resort-kem-prekey"]);
    }
  });
});

describe("last week's bundle", () => {
  /** Bob a week later, with new lasting prekeys on the relay, and what the relay handed out before that. */
  async function bobRotates() {
    const relay = await startTestRelay();
    const first = await joinWatched(relay, "bob");
    const mallory = await relay.member("mallory");
    const lastWeeks = await mallory.fetchBundle("bob");
    first.advance(WEEK_MS);
    const bob = await first.restart();
    await bob.network.untilGranted("/api/publish_keys");
    const thisWeeks = await mallory.fetchBundle("bob");
    expect(thisWeeks.devices[0]?.manifest).not.toEqual(lastWeeks.devices[0]?.manifest);
    const alice = await joinWatched(relay, "alice");
    alice.advance(WEEK_MS);
    return { alice, bob, lastWeeks, thisWeeks };
  }

  it("cannot be known for one by somebody new, and what is begun with it arrives", async () => {
    const { alice, bob, lastWeeks } = await bobRotates();
    alice.network.follow({ bundle: () => formatBundle(lastWeeks) });
    expect(await alice.engine.startConversation("bob")).toEqual({ kind: "started" });
    await alice.engine.send("bob", "With last week's keys.");
    await expectTexts(bob, alice, ["With last week's keys."]);
    expect(bob.network.countFetches("alice")).toBe(0);
    await expectTheyGoOn(bob, alice, "Afterwards");
  });

  it("is refused by one who has seen this week's, and the message leaves in the session that is there", async () => {
    const { alice, bob, lastWeeks } = await bobRotates();
    await alice.engine.startConversation("bob");
    await bob.engine.stop();
    // A week without an answer: the next message is to begin anew.
    alice.advance(WEEK_MS + 1);
    alice.network.follow({ bundle: () => formatBundle(lastWeeks) });
    await alice.engine.send("bob", "Not with last week's keys.");
    expect(alice.network.countFetches("bob")).toBe(2);
    const back = await bob.restart();
    await expectTexts(back, alice, ["Not with last week's keys."]);
    await expectTheyGoOn(back, alice, "Afterwards");
    const known = await peerRecord(alice, "bob");
    expect(known?.manifestSequence).toBe(2);
    expect(known?.sessions).toHaveLength(1);
  });

  it("of this week is taken in the same place", async () => {
    const { alice, bob, thisWeeks } = await bobRotates();
    await alice.engine.startConversation("bob");
    alice.advance(WEEK_MS + 1);
    alice.network.follow({ bundle: () => formatBundle(thisWeeks) });
    await alice.engine.send("bob", "With this week's keys.");
    await expectTexts(bob, alice, ["With this week's keys."]);
    expect((await peerRecord(alice, "bob"))?.sessions).toHaveLength(2);
  });

  it("whose one-time prekeys are handed out with this week's manifest makes messages that open", async () => {
    const { alice, bob, lastWeeks, thisWeeks } = await bobRotates();
    const [before] = lastWeeks.devices;
    if (before === undefined) throw new Error("the bundle has no device");
    const { oneTimePrekey, oneTimeKemPrekey } = before;
    alice.network.follow({
      bundle: () => altered((device) => ({ ...device, oneTimePrekey, oneTimeKemPrekey }))(thisWeeks),
    });
    await alice.engine.startConversation("bob");
    await alice.engine.send("bob", "With keys of both weeks.");
    await expectTexts(bob, alice, ["With keys of both weeks."]);
    expect(missingCards(await bob.untilConversation("alice", (view) => texts(view).length === 1))).toEqual([]);
    expect(bob.network.countFetches("alice")).toBe(0);
  });
});
