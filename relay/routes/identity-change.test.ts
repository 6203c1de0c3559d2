import { describe, expect, it } from "vitest";
import { freshEnvelope, freshPrekeys, type TestClient, type TestPublication } from "../testing/test-client.ts";
import { startTestRelay } from "../testing/test-relay.ts";

/** Alice, who has published, and another identity of hers, which is about to follow in the same manifest sequence. */
async function startWithSuccessor() {
  const relay = await startTestRelay();
  const alice = await relay.member("alice", 2);
  const bob = await relay.member("bob");
  const successor = relay.stranger("alice");
  const manifest = successor.nextManifest(alice.manifest);
  return { relay, alice, bob, successor, manifest, identityChange: alice.signIdentityChange(successor) };
}

async function expectRefusal(client: TestClient, publication: TestPublication, status: number, error: string) {
  expect(await client.publish(publication)).toMatchObject({ status, json: { error } });
}

describe("an identity change", () => {
  it("gives the name to another identity, with its own prekeys only, and is told to who asks", async () => {
    const { alice, bob, successor, identityChange } = await startWithSuccessor();
    expect((await bob.fetchBundle("alice")).identityChange).toBeNull();
    const [oneTimePrekey = null] = freshPrekeys(1);
    const oneTimePrekeys = oneTimePrekey ? [oneTimePrekey] : [];
    const [oneTimeKemPrekey = null] = successor.freshKemPrekeys(1);
    const oneTimeKemPrekeys = oneTimeKemPrekey ? [oneTimeKemPrekey] : [];
    const publication = { identityChange, oneTimePrekeys, oneTimeKemPrekeys };
    const answer = await successor.publish(publication);
    expect(answer.status).toBe(200);
    expect(await successor.publish(publication)).toMatchObject({ status: 200, json: answer.json });
    const device = {
      manifest: successor.manifest.statement,
      signature: successor.signManifest(successor.manifest),
      oneTimePrekey,
      oneTimeKemPrekey,
    };
    expect(await bob.fetchBundle("alice")).toEqual({ devices: [device], identityChange });
    await expectRefusal(alice, { manifest: alice.nextManifest() }, 409, "name-taken");
    expect((await alice.receive()).json).toEqual({ error: "signature-invalid" });
    expect((await successor.receive()).status).toBe(200);
  });

  it("is refused when its signature does not verify over this name and both keys", async () => {
    const { relay, alice, bob, successor, identityChange } = await startWithSuccessor();
    const mallory = relay.stranger("alice");
    const flipped = identityChange.signature.map((byte, index) => (index === 40 ? byte ^ 1 : byte));
    const unsound = {
      "a flipped signature": { ...identityChange, signature: flipped },
      "for another name": alice.signIdentityChange(successor, "bob"),
      "to another identity": alice.signIdentityChange(mallory),
      "signed by another identity": {
        ...mallory.signIdentityChange(successor),
        previousIdentityKey: alice.identityKey,
      },
      "signed by the successor": { ...identityChange, signature: successor.signIdentityChange(successor).signature },
      "from itself": successor.signIdentityChange(successor),
    };
    for (const change of Object.values(unsound)) {
      await expectRefusal(successor, { identityChange: change }, 400, "manifest-invalid");
    }
    expect((await bob.fetchBundle("alice")).devices[0]?.manifest).toEqual(alice.manifest.statement);
    expect((await successor.publish({ identityChange })).status).toBe(200);
  });

  it("is refused when the identity it comes from does not own the name", async () => {
    const { relay, alice, successor, identityChange } = await startWithSuccessor();
    const mallory = relay.stranger("alice");
    await expectRefusal(successor, {}, 409, "name-taken");
    await expectRefusal(successor, { identityChange: mallory.signIdentityChange(successor) }, 409, "name-taken");
    await expectRefusal(mallory, { identityChange: alice.signIdentityChange(mallory) }, 409, "manifest-outdated");
    expect((await successor.publish({ identityChange })).status).toBe(200);
    mallory.nextManifest(successor.manifest);
    await expectRefusal(mallory, { identityChange: alice.signIdentityChange(mallory) }, 409, "name-taken");
  });

  it("is refused from a key that no honest device can have", async () => {
    const { successor, identityChange } = await startWithSuccessor();
    const previousIdentityKey = Uint8Array.of(1, ...new Uint8Array(31));
    await expectRefusal(successor, { identityChange: { ...identityChange, previousIdentityKey } }, 400, "key-invalid");
  });

  it("comes back to a relay that lost its data, and stays when the next publication is without", async () => {
    const relay = await startTestRelay();
    const bob = await relay.member("bob");
    const alice = await relay.member("alice");
    const identityChange = relay.stranger("alice").signIdentityChange(alice);
    expect((await bob.fetchBundle("alice")).identityChange).toBeNull();
    const toAnother = relay.stranger("alice").signIdentityChange(bob);
    await expectRefusal(alice, { identityChange: toAnother }, 400, "manifest-invalid");
    expect((await alice.publish({ identityChange })).status).toBe(200);
    expect((await alice.publish({ manifest: alice.nextManifest() })).status).toBe(200);
    expect((await bob.fetchBundle("alice")).identityChange).toEqual(identityChange);
    const first = relay.stranger("carol");
    const ofCarol = relay.stranger("carol").signIdentityChange(first);
    expect((await first.publish({ identityChange: ofCarol })).status).toBe(200);
    expect((await bob.fetchBundle("carol")).identityChange).toEqual(ofCarol);
  });

  it("leaves the mail that waits to the next identity", async () => {
    const { bob, successor, identityChange } = await startWithSuccessor();
    await bob.send("alice", [freshEnvelope()]);
    await successor.publish({ identityChange });
    expect((await successor.receive()).json).toMatchObject({ envelopes: [{ from: "bob" }] });
  });

  it("ends the pushes to sockets that an earlier device key opened", async () => {
    const { alice, bob, successor, identityChange } = await startWithSuccessor();
    const earlier = await alice.openLive().authenticate();
    await successor.publish({ identityChange, oneTimePrekeys: freshPrekeys(1) });
    const later = await successor.openLive().authenticate();
    const envelope = freshEnvelope();
    await bob.getKeys("alice");
    await bob.send("alice", [envelope]);
    expect(await later.next()).toEqual({ type: "prekeys", remaining: 0 });
    expect(await later.next()).toMatchObject({ type: "mail", envelope: { id: envelope.id } });
    earlier.socket.close();
    await expect(earlier.next()).rejects.toThrow("socket closed");
  });
});
