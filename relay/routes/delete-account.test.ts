import { describe, expect, it } from "vitest";
import { freshEnvelope, freshPrekeys } from "../testing/test-client.ts";
import { startTestRelay } from "../testing/test-relay.ts";

/** Alice with mail and prekeys on the relay, and Bob, who wrote to her and has mail from her. */
async function startWithMail() {
  const relay = await startTestRelay();
  const alice = await relay.member("alice", 3);
  const bob = await relay.member("bob");
  await bob.send("alice", [freshEnvelope()]);
  await alice.send("bob", [freshEnvelope()]);
  return { relay, alice, bob };
}

describe("deleting an account", () => {
  it("takes its keys and its mail off the relay, and closes its sockets", async () => {
    const { relay, alice, bob } = await startWithMail();
    const sockets = [await alice.openLive().authenticate(), await alice.openLive().authenticate()];
    const ofBob = await bob.openLive().authenticate();
    expect(await alice.deleteAccount()).toMatchObject({ status: 200, json: {} });
    for (const { closed } of sockets) expect(await closed).toEqual({ code: 4401, reason: "unknown-device" });
    expect((await bob.getKeys("alice")).json).toEqual({ error: "unknown-user" });
    expect((await bob.send("alice", [freshEnvelope()])).json).toEqual({ error: "unknown-user" });
    const newcomer = alice.openLive();
    await newcomer.answerChallenge();
    expect(await newcomer.closed).toEqual({ code: 4401, reason: "unknown-device" });
    const { accounts, waitingEnvelopes, oneTimePrekeys } = await relay.store.statistics();
    expect({ accounts, waitingEnvelopes, oneTimePrekeys }).toEqual({
      accounts: 1,
      waitingEnvelopes: 1,
      oneTimePrekeys: 0,
    });
    expect(ofBob.socket.readyState).toBe(ofBob.socket.OPEN);
  });

  it("leaves the mail that it sent in other mailboxes", async () => {
    const { alice, bob } = await startWithMail();
    await alice.deleteAccount();
    expect((await bob.receive()).json).toMatchObject({ envelopes: [{ from: "alice" }] });
  });

  it("is done once: a repeat comes from an unknown device", async () => {
    const { alice } = await startWithMail();
    expect((await alice.deleteAccount()).status).toBe(200);
    expect(await alice.deleteAccount()).toMatchObject({ status: 401, json: { error: "unknown-device" } });
  });

  it("leaves the name to its own identity, which finds nothing of the earlier account", async () => {
    const { relay, alice, bob } = await startWithMail();
    await alice.deleteAccount();
    const stranger = relay.stranger("alice");
    expect(await stranger.publish()).toMatchObject({ status: 409, json: { error: "name-taken" } });
    const identityChange = alice.signIdentityChange(stranger);
    expect((await stranger.publish({ identityChange })).json).toEqual({ error: "name-taken" });
    expect((await alice.publish({ oneTimePrekeys: freshPrekeys(1) })).status).toBe(200);
    expect((await alice.receive()).json).toEqual({ envelopes: [], next: null });
    await bob.send("alice", [freshEnvelope()]);
    expect((await alice.receive()).json).toMatchObject({ envelopes: [{ from: "bob" }] });
    expect((await stranger.publish()).json).toEqual({ error: "name-taken" });
  });

  it("is refused to everybody else, and changes nothing then", async () => {
    const { relay, alice, bob } = await startWithMail();
    const mallory = await relay.member("mallory");
    expect(await mallory.deleteAccount("alice")).toMatchObject({ status: 403, json: { error: "forbidden" } });
    const impostor = relay.stranger("alice");
    expect(await impostor.deleteAccount()).toMatchObject({ status: 401, json: { error: "signature-invalid" } });
    expect(await alice.deleteAccount("bob", "alice")).toMatchObject({ status: 403, json: { error: "forbidden" } });
    for (const client of [alice, bob, mallory]) expect((await client.receive()).status).toBe(200);
    expect((await alice.receive()).json).toMatchObject({ envelopes: [{ from: "bob" }] });
  });

  it("is refused when the body does not name the account once more", async () => {
    const { alice } = await startWithMail();
    const target = "/api/delete_account/alice";
    for (const body of [{}, { username: "bob" }, { username: "alice", device: 1 }, "", "alice"]) {
      const answer = await alice.request({ method: "POST", target, body });
      expect(answer, JSON.stringify(body)).toMatchObject({ status: 400, json: { error: "bad-request" } });
    }
    expect((await alice.receive()).status).toBe(200);
  });

  it("is refused when it is sent a second time as it was, also after its sender registered again", async () => {
    const { alice } = await startWithMail();
    const target = "/api/delete_account/alice";
    const signed = alice.sign({ method: "POST", target, body: { username: "alice" } });
    expect((await alice.exchange(signed)).status).toBe(200);
    expect((await alice.exchange(signed)).json).toEqual({ error: "unknown-device" });
    expect((await alice.publish()).status).toBe(200);
    expect((await alice.exchange(signed)).json).toEqual({ error: "request-replayed" });
    expect((await alice.receive()).status).toBe(200);
  });

  it("is refused to an earlier owner of the name whose request is overtaken by the next", async () => {
    const relay = await startTestRelay({
      wrapStore: (store) => ({
        ...store,
        // The name goes on between the signature and the deletion.
        async deleteAccount(deletion) {
          const answer = await successor.publish({ manifest, identityChange: alice.signIdentityChange(successor) });
          expect(answer.status).toBe(200);
          return store.deleteAccount(deletion);
        },
      }),
    });
    const alice = await relay.member("alice");
    const successor = relay.stranger("alice");
    const manifest = successor.nextManifest(alice.manifest);
    expect((await alice.deleteAccount()).json).toEqual({ error: "unknown-device" });
    expect((await successor.receive()).status).toBe(200);
  });
});
