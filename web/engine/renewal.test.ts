import { describe, expect, it } from "vitest";
import type { TestRelay } from "../../relay/testing/test-relay.ts";
import { UnreachableError } from "./ports.ts";
import { type Person, startPerson, statuses, texts } from "./testing/person.ts";
import { readStopped, twoWhoTalked } from "./testing/stored.ts";
import type { WatchedPerson } from "./testing/watched-person.ts";

/** Starts someone's engine again on the same profile; `line.isCut` keeps its requests from the relay. */
async function restartOnLine(
  { engine, username, disk }: WatchedPerson,
  { origin }: TestRelay,
  line: { readonly isCut: boolean },
): Promise<Person> {
  await engine.stop();
  const back = startPerson({
    username,
    origin,
    disk,
    wrapNetwork: (network) => ({
      ...network,
      request: (request) => (line.isCut ? Promise.reject(new UnreachableError("cut")) : network.request(request)),
    }),
  });
  await back.until(({ connection }) => connection === "online");
  return back;
}

describe("an identity that is renewed", () => {
  it("is confirmed by the earlier key, and once accepted both go on", async () => {
    const { alice, bob } = await twoWhoTalked();
    const before = await alice.engine.safetyNumber("bob");
    expect(await bob.engine.renewIdentity()).toEqual({ kind: "renewed" });
    await bob.until(({ connection }) => connection === "online");
    expect(await bob.engine.send("alice", "from the new key")).toEqual({ kind: "queued" });
    const warned = await alice.untilConversation(
      "bob",
      ({ identity }) => identity.kind === "changed" && identity.signedByEarlier,
    );
    expect(texts(warned)).toEqual(["first", "second", "from the new key"]);
    expect(await alice.engine.send("bob", "not yet")).toEqual({ kind: "identity-changed" });
    if (warned.identity.kind !== "changed") throw new Error("the identity must have changed");
    expect(await alice.engine.decideIdentity("bob", warned.identity.change, "accept")).toEqual({ kind: "done" });
    await bob.untilConversation("alice", (view) => statuses(view).at(-1) === "delivered");
    expect(await alice.engine.send("bob", "now")).toEqual({ kind: "queued" });
    await bob.untilConversation("alice", (view) => texts(view).includes("now"));
    expect((await alice.engine.safetyNumber("bob"))?.digits).not.toBe(before?.digits);
    expect((await alice.engine.safetyNumber("bob"))?.digits).toBe((await bob.engine.safetyNumber("alice"))?.digits);
  });

  it("reaches the relay later when it cannot be reached now, and messages that wait go out under the new key", async () => {
    const { relay, alice, bob } = await twoWhoTalked();
    const line = { isCut: false };
    const back = await restartOnLine(bob, relay, line);
    line.isCut = true;
    await back.engine.send("alice", "written under the earlier key");
    expect(await back.engine.renewIdentity()).toEqual({ kind: "offline" });
    line.isCut = false;
    const view = await alice.untilConversation("bob", (seen) => texts(seen).includes("written under the earlier key"));
    expect(view.identity.kind).toBe("changed");
    expect(view.messages.slice(-2)).toMatchObject([
      { kind: "notice", notice: expect.stringMatching(/^identity-changed/) },
      { text: "written under the earlier key" },
    ]);
    const [known, records] = await readStopped(alice, async (store) => [
      await store.read("peers", ["bob"]),
      await store.list("messages", { prefix: ["bob"] }),
    ]);
    const message = records.at(-1)?.value;
    if (message?.kind !== "text") throw new Error("the last record must be the message");
    expect(message.identityKey).toEqual(known?.change?.identityKey);
    expect(message.identityKey).not.toEqual(known?.identityKey);
  });

  it("ends one's own verifications, and says so", async () => {
    const { bob } = await twoWhoTalked();
    const safety = await bob.engine.safetyNumber("alice");
    await bob.engine.setVerified("alice", safety?.digits ?? "", true);
    await bob.untilConversation("alice", ({ identity }) => identity.kind === "verified");
    await bob.engine.renewIdentity();
    const view = await bob.untilConversation("alice", ({ identity }) => identity.kind === "unverified");
    expect(view.messages.at(-1)).toMatchObject({ kind: "notice", notice: "verification-removed" });
  });
});
