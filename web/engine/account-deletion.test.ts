/** Deleting an account on the relay, by the client that signs as the engine does. */
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startTestRelay, type TestRelay } from "../../relay/testing/test-relay.ts";
import { createRelayNetwork } from "../network/relay-network.ts";
import { deleteAccount } from "./account-deletion.ts";
import { RelayClient } from "./relay-client.ts";
import { type Person, randomBytes, startPerson, systemClock } from "./testing/person.ts";

/** Somebody's own client, after their engine has stopped. */
async function clientOf(person: Person, { origin }: TestRelay): Promise<RelayClient> {
  await person.engine.stop();
  const account = await (await person.openStore()).read("account", []);
  if (account === null) throw new Error("the person must have an account");
  const network = createRelayNetwork({ origin, fetch, WebSocket, clock: systemClock, random: Math.random });
  const { username, device, deviceKeys } = account;
  const signer = { keyId: { username, device }, secretKey: deviceKeys.secretKey };
  return new RelayClient({ network, clock: systemClock, randomBytes }, () => signer);
}

async function twoPeople() {
  const relay = await startTestRelay();
  const alice = startPerson({ username: "alice", origin: relay.origin });
  const bob = startPerson({ username: "bob", origin: relay.origin });
  await Promise.all([alice.register(), bob.register()]);
  return { relay, alice, bob };
}

describe("an account that is deleted on the relay", () => {
  it("is unknown to others, who see that there is nobody of that name", async () => {
    const { relay, alice, bob } = await twoPeople();
    const client = await clientOf(alice, relay);
    expect(await deleteAccount(client, "alice")).toEqual({ kind: "ok", value: true });
    expect(await deleteAccount(client, "alice")).toEqual({ kind: "refused", code: "unknown-device" });
    expect(await bob.engine.startConversation("alice")).toEqual({ kind: "unknown-user" });
  });

  it("comes back with its own keys, and with no others", async () => {
    const { relay, alice, bob } = await twoPeople();
    await deleteAccount(await clientOf(alice, relay), "alice");
    const stranger = startPerson({ username: "alice", origin: relay.origin });
    expect(await stranger.engine.register()).toEqual({ kind: "name-taken" });
    const back = startPerson({ username: "alice", origin: relay.origin, disk: alice.disk });
    await back.until(({ connection }) => connection === "online");
    await expect.poll(() => bob.engine.startConversation("alice")).toEqual({ kind: "started" });
  });
});
