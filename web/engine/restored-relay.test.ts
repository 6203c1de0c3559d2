/** A relay that goes on from last week's database: nothing is shown twice, and used prekeys lose no message. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startTestRelay, temporaryFolder } from "../../relay/testing/test-relay.ts";
import { statuses, texts } from "./testing/person.ts";
import { expectTexts, expectTheyGoOn, joinWatched, missing } from "./testing/watched-person.ts";

describe("last week's database", () => {
  it("put back under a relay brings old mail and used prekeys back, and everybody goes on", async () => {
    const lastWeek = join(temporaryFolder(), "last-week");
    const before = await startTestRelay();
    let alice = await joinWatched(before, "alice");
    let bob = await joinWatched(before, "bob");
    await alice.engine.startConversation("bob");
    await expectTheyGoOn(alice, bob, "Before");
    await bob.engine.stop();
    await alice.engine.send("bob", "Waits when the database is copied.");
    await alice.untilConversation("bob", (view) => statuses(view).at(-1) === "sent");
    await alice.engine.stop();
    await before.stop();
    cpSync(before.folder, lastWeek, { recursive: true });

    const during = await startTestRelay({ folder: before.folder });
    alice = await alice.restart(during);
    bob = await bob.restart(during);
    await expectTheyGoOn(alice, bob, "During");
    let carol = await joinWatched(during, "carol");
    await carol.engine.startConversation("bob");
    await expectTheyGoOn(carol, bob, "During");
    await bob.engine.stop();
    await alice.engine.send("bob", "Forgotten by the relay.");
    await alice.untilConversation("bob", (view) => statuses(view).at(-1) === "sent");
    await Promise.all([alice.engine.stop(), carol.engine.stop()]);
    await during.stop();
    rmSync(before.folder, { recursive: true });
    cpSync(lastWeek, before.folder, { recursive: true });

    const after = await startTestRelay({ folder: before.folder });
    // Bob is away yet, so that the relay hands out the prekey that Carol's first message has used.
    const dave = await joinWatched(after, "dave");
    await dave.engine.startConversation("bob");
    await dave.engine.send("bob", "I am Dave.");
    await dave.untilConversation("bob", (view) => statuses(view)[0] === "sent");
    alice = await alice.restart(after);
    bob = await bob.restart(after);
    carol = await carol.restart(after);
    await expectTexts(bob, dave, ["I am Dave."]);
    expect(bob.network.countFetches("dave")).toBe(1);
    for (const friend of [alice, carol, dave]) await expectTheyGoOn(friend, bob, "After");
    const erin = await joinWatched(after, "erin");
    await erin.engine.startConversation("bob");
    await expectTheyGoOn(erin, bob, "After");
    expect(bob.network.countFetches("erin")).toBe(0);

    const shown = await bob.untilConversation("alice", () => true);
    expect(texts(shown)).toEqual([
      "Before: alice goes on.",
      "Before: bob goes on.",
      "Waits when the database is copied.",
      "During: alice goes on.",
      "During: bob goes on.",
      "After: alice goes on.",
      "After: bob goes on.",
    ]);
    expect(missing(shown)).toEqual([]);
    // What the relay had accepted and forgot is seen not to have arrived.
    const sent = await alice.untilConversation("bob", () => true);
    expect(statuses(sent)).toEqual(["delivered", "delivered", "delivered", "sent", "delivered"]);
  });
});
