import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { UnreachableError } from "./ports.ts";
import { startPerson, statuses, texts } from "./testing/person.ts";

/** `line.isCut` keeps Bob's requests from the relay. */
async function twoWhoTalked(line = { isCut: false }) {
  const relay = await startTestRelay();
  const alice = startPerson({ username: "alice", origin: relay.origin });
  const bob = startPerson({
    username: "bob",
    origin: relay.origin,
    wrapNetwork: (network) => ({
      ...network,
      request: (request) => (line.isCut ? Promise.reject(new UnreachableError("cut")) : network.request(request)),
    }),
  });
  await Promise.all([alice.register(), bob.register()]);
  await alice.engine.startConversation("bob");
  await alice.engine.send("bob", "first");
  await bob.untilConversation("alice", (view) => texts(view).includes("first"));
  await bob.engine.send("alice", "second");
  await alice.untilConversation("bob", (view) => texts(view).includes("second"));
  return { alice, bob };
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
    const line = { isCut: false };
    const { alice, bob } = await twoWhoTalked(line);
    line.isCut = true;
    await bob.engine.send("alice", "written under the earlier key");
    expect(await bob.engine.renewIdentity()).toEqual({ kind: "offline" });
    line.isCut = false;
    await alice.untilConversation("bob", (view) => texts(view).includes("written under the earlier key"));
    const { identity } = await alice.untilConversation("bob", (view) => view.identity.kind === "changed");
    expect(identity).toMatchObject({ kind: "changed" });
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
