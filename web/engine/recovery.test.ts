/** One side lost a session, or all it knew of the other: both go on, whoever writes first. */
import { describe, expect, it } from "vitest";
import type { Records } from "./records.ts";
import { statuses, texts } from "./testing/person.ts";
import { alterPeer, twoWhoTalked } from "./testing/stored.ts";
import { expectTexts, expectTheyGoOn, missing } from "./testing/watched-person.ts";

describe("a session that one side lost", () => {
  it.each([
    ["its sessions", (known: Records["peers"]) => ({ ...known, sessions: [] })],
    ["all it knew of the other", () => null],
  ])("heals when the other writes, after losing %s", async (_what, alter) => {
    const { alice, bob } = await twoWhoTalked();
    await alterPeer(bob, "alice", alter);
    const back = await bob.restart();
    await alice.engine.send("bob", "third");
    await expectTexts(back, alice, ["first", "second", "third"]);
    await back.untilConversation("alice", (view) => missing(view).length === 0);
    await alice.untilConversation("bob", (view) => statuses(view).at(-1) === "delivered");
    await expectTheyGoOn(alice, back, "healed");
    expect(missing(await alice.untilConversation("bob", () => true))).toEqual([]);
  });

  it("heals when the one who lost it writes first", async () => {
    const { alice, bob } = await twoWhoTalked();
    await alterPeer(bob, "alice", () => null);
    const back = await bob.restart();
    expect(await back.engine.send("alice", "third")).toEqual({ kind: "queued" });
    await alice.untilConversation("bob", (view) => texts(view).includes("third"));
    await back.untilConversation("alice", (view) => statuses(view).at(-1) === "delivered");
  });
});
