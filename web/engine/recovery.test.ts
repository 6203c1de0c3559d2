import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import type { Records } from "./records.ts";
import { type Person, startPerson, statuses, texts } from "./testing/person.ts";

async function twoWhoTalked() {
  const relay = await startTestRelay();
  const alice = startPerson({ username: "alice", origin: relay.origin });
  const bob = startPerson({ username: "bob", origin: relay.origin });
  await Promise.all([alice.register(), bob.register()]);
  await alice.engine.startConversation("bob");
  await alice.engine.send("bob", "first");
  await bob.untilConversation("alice", (view) => texts(view).includes("first"));
  await bob.engine.send("alice", "second");
  await alice.untilConversation("bob", (view) => texts(view).includes("second"));
  await bob.untilConversation("alice", (view) => statuses(view)[0] === "delivered");
  return { relay, alice, bob };
}

/** Ends someone's engine, changes their record of a peer, and starts the engine again on the same profile. */
async function restartWith(
  person: Person,
  options: { readonly username: string; readonly origin: string; readonly peer: string },
  alter: (peer: Records["peers"] | null) => Records["peers"] | null,
): Promise<Person> {
  const { username, origin, peer } = options;
  await person.engine.stop();
  const store = await person.openStore();
  await store.commit([{ store: "peers", id: [peer], value: alter(await store.read("peers", [peer])) }]);
  await store.close();
  const back = startPerson({ username, origin, disk: person.disk });
  await back.until(({ connection }) => connection === "online");
  return back;
}

const missing = (view: { readonly messages: readonly { readonly kind: string }[] }) =>
  view.messages.filter(({ kind }) => kind === "missing");

describe("a session that one side lost", () => {
  it.each([
    ["its sessions", (peer: Records["peers"] | null) => peer && { ...peer, sessions: [] }],
    ["all it knew of the other", () => null],
  ])("heals when the other writes, after losing %s", async (_what, alter) => {
    const { relay, alice, bob } = await twoWhoTalked();
    const back = await restartWith(bob, { username: "bob", origin: relay.origin, peer: "alice" }, alter);
    await alice.engine.send("bob", "third");
    const view = await back.untilConversation("alice", (shown) => texts(shown).includes("third"));
    expect(texts(view)).toEqual(["first", "second", "third"]);
    await back.untilConversation("alice", (shown) => missing(shown).length === 0);
    await alice.untilConversation("bob", (shown) => statuses(shown).at(-1) === "delivered");
    await alice.engine.send("bob", "fourth");
    await back.untilConversation("alice", (shown) => texts(shown).includes("fourth"));
    await back.engine.send("alice", "fifth");
    await alice.untilConversation("bob", (shown) => texts(shown).includes("fifth"));
    expect(missing(await alice.untilConversation("bob", () => true))).toEqual([]);
  });

  it("heals when the one who lost it writes first", async () => {
    const { relay, alice, bob } = await twoWhoTalked();
    const back = await restartWith(bob, { username: "bob", origin: relay.origin, peer: "alice" }, () => null);
    expect(await back.engine.send("alice", "third")).toEqual({ kind: "queued" });
    await alice.untilConversation("bob", (shown) => texts(shown).includes("third"));
    await back.untilConversation("alice", (shown) => statuses(shown).at(-1) === "delivered");
  });
});
