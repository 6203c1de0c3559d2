/** Safety numbers and scanned codes: what verifies, what takes it back, and what outlives a change of identity. */
import { describe, expect, it } from "vitest";
import { compareScannedCode, decideIdentity, safetyNumber, setVerified } from "./identity.ts";
import { receiveEnvelopes } from "./inbox.ts";
import { peerIdentity } from "./peer-identity.ts";
import { Impostor } from "./testing/impostor.ts";
import { PeerClient } from "./testing/peer-client.ts";
import { type SteppedPerson, steppedPair } from "./testing/stepped-person.ts";
import { twoWhoTalked } from "./testing/stored.ts";

async function digitsAndCode({ state }: SteppedPerson, peer: string) {
  const safety = await safetyNumber(state, peer);
  if (safety === null) throw new Error("no key is known");
  return safety;
}

async function verify(person: SteppedPerson, peer: string, verified = true) {
  const { digits } = await digitsAndCode(person, peer);
  return await setVerified(person.state, peer, { digits, verified });
}

const notices = async (person: SteppedPerson, peer: string) =>
  (await person.view(peer)).messages.flatMap((message) => (message.kind === "notice" ? [message.notice] : []));

async function pairAndImpostor() {
  const world = await steppedPair();
  const helper = await PeerClient.join({ origin: world.relay.origin, username: "mallory", clock: world.relay.now });
  const impostor = new Impostor("bob", helper);
  const appear = async () => receiveEnvelopes(world.alice.state, [await impostor.write("alice", "false")]);
  const decide = async (decision: "accept" | "keep") => {
    const identity = await peerIdentity(world.alice.state, "bob");
    const change = identity.kind === "changed" ? identity.change : "";
    return await decideIdentity(world.alice.state, "bob", { change, decision });
  };
  return { ...world, impostor, appear, decide };
}

describe("comparing digits", () => {
  it("both see the same ones; saying so verifies, taking it back does not", async () => {
    const { alice, bob } = await steppedPair();
    const [ofAlice, ofBob] = [await digitsAndCode(alice, "bob"), await digitsAndCode(bob, "alice")];
    expect(ofAlice.digits).toBe(ofBob.digits);
    expect(ofAlice).toMatchObject({ verified: false, changed: false });
    expect(await verify(alice, "bob")).toEqual({ kind: "done" });
    expect(await verify(alice, "bob")).toEqual({ kind: "done" });
    expect(await digitsAndCode(alice, "bob")).toMatchObject({ verified: true, changed: false });
    expect(await peerIdentity(alice.state, "bob")).toEqual({ kind: "verified" });
    expect(await peerIdentity(bob.state, "alice")).toEqual({ kind: "unverified" });
    expect(await verify(alice, "bob", false)).toEqual({ kind: "done" });
    expect(await peerIdentity(alice.state, "bob")).toEqual({ kind: "unverified" });
    expect(await notices(alice, "bob")).toEqual(["verified", "verification-removed"]);
  });

  it("of other keys than those known now is outdated and changes nothing", async () => {
    const { alice, appear } = await pairAndImpostor();
    const { digits } = await digitsAndCode(alice, "bob");
    await appear();
    expect(await setVerified(alice.state, "bob", { digits, verified: true })).toEqual({ kind: "outdated" });
    expect(await setVerified(alice.state, "carol", { digits, verified: true })).toEqual({ kind: "outdated" });
    expect(await peerIdentity(alice.state, "bob")).toMatchObject({ kind: "changed" });
    expect(await safetyNumber(alice.state, "carol")).toBeNull();
  });

  it("says nothing when there is no verification to take back", async () => {
    const { alice } = await steppedPair();
    await verify(alice, "bob", false);
    expect(await notices(alice, "bob")).toEqual([]);
  });
});

describe("a scanned code", () => {
  it("of the other's screen verifies", async () => {
    const { alice, bob } = await steppedPair();
    const { code } = await digitsAndCode(bob, "alice");
    expect(await compareScannedCode(alice.state, "bob", code)).toEqual({ kind: "match" });
    expect(await peerIdentity(alice.state, "bob")).toEqual({ kind: "verified" });
    expect(await notices(alice, "bob")).toEqual(["verified"]);
  });

  it("of anything else verifies nobody", async () => {
    const { alice, bob, appear } = await pairAndImpostor();
    const own = (await digitsAndCode(alice, "bob")).code;
    const theirs = (await digitsAndCode(bob, "alice")).code;
    const [, names] = /:([0-9A-F]{16})$/.exec(theirs) ?? [];
    const others = theirs
      .replace(`:${names}`, ":0000000000000000")
      .replace(/SOTTO:1:.{64}/, `SOTTO:1:${"0".repeat(64)}`);
    const cases = [
      [own, "own-code"],
      [others, "other-people"],
      [theirs.replace("SOTTO:1", "SOTTO:2"), "newer-version"],
      [theirs.toLowerCase(), "not-a-code"],
      ["", "not-a-code"],
    ] as const;
    for (const [code, kind] of cases) expect(await compareScannedCode(alice.state, "bob", code)).toEqual({ kind });
    expect(await compareScannedCode(alice.state, "carol", theirs)).toEqual({ kind: "no-key" });
    expect(await peerIdentity(alice.state, "bob")).toEqual({ kind: "unverified" });
    await appear();
    expect(await compareScannedCode(alice.state, "bob", theirs)).toEqual({ kind: "mismatch" });
    expect(await peerIdentity(alice.state, "bob")).toMatchObject({ kind: "changed" });
  });

  it("that matches a changed key accepts and verifies it", async () => {
    const { alice, appear, decide } = await pairAndImpostor();
    await appear();
    const { code, changed } = await digitsAndCode(alice, "bob");
    expect(changed).toBe(true);
    const [, ours, theirs] = /^SOTTO:1:([0-9A-F]{64}):([0-9A-F]{64}):/.exec(code) ?? [];
    // What the other's device shows: their fingerprint first, and the names the other way round.
    const names = (await bobsNames()).slice(-16);
    expect(await compareScannedCode(alice.state, "bob", `SOTTO:1:${theirs}:${ours}:${names}`)).toEqual({
      kind: "match",
    });
    expect(await peerIdentity(alice.state, "bob")).toEqual({ kind: "verified" });
    expect(await notices(alice, "bob")).toEqual(["identity-changed", "identity-accepted", "verified"]);
    expect(await decide("accept")).toEqual({ kind: "outdated" });

    async function bobsNames(): Promise<string> {
      const { bob } = await steppedPair();
      return (await digitsAndCode(bob, "alice")).code;
    }
  });
});

describe("a verified identity", () => {
  it("that changes is said to have been verified; accepting the other ends that", async () => {
    const { alice, appear, decide } = await pairAndImpostor();
    await verify(alice, "bob");
    await appear();
    expect(await peerIdentity(alice.state, "bob")).toMatchObject({ kind: "changed", wasVerified: true });
    expect(await digitsAndCode(alice, "bob")).toMatchObject({ verified: false, changed: true });
    expect(await decide("accept")).toEqual({ kind: "done" });
    expect(await peerIdentity(alice.state, "bob")).toEqual({ kind: "unverified" });
  });

  it("is verified again after the other one was refused", async () => {
    const { alice, appear, decide } = await pairAndImpostor();
    await verify(alice, "bob");
    await appear();
    expect(await decide("keep")).toEqual({ kind: "done" });
    expect(await peerIdentity(alice.state, "bob")).toEqual({ kind: "verified" });
    expect(await digitsAndCode(alice, "bob")).toMatchObject({ verified: true, changed: false });
  });

  it("does not lose that by what is said about the digits of the other one", async () => {
    const { alice, appear, decide } = await pairAndImpostor();
    await verify(alice, "bob");
    await appear();
    await verify(alice, "bob", false);
    await decide("keep");
    expect(await peerIdentity(alice.state, "bob")).toEqual({ kind: "verified" });
  });

  it("stays so when the engine starts again", async () => {
    const { alice } = await twoWhoTalked();
    const digits = (await alice.engine.safetyNumber("bob"))?.digits ?? "";
    expect(await alice.engine.setVerified("bob", digits, true)).toEqual({ kind: "done" });
    await alice.until(({ conversations }) => conversations[0]?.identity === "verified");
    const back = await alice.restart();
    await back.untilConversation("bob", ({ identity }) => identity.kind === "verified");
    await back.until(({ conversations }) => conversations[0]?.identity === "verified");
  });
});
