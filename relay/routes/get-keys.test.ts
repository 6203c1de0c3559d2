import { describe, expect, it } from "vitest";
import { freshPrekeys } from "../testing/test-client.ts";
import { startTestRelay } from "../testing/test-relay.ts";
import { parseBundle } from "../wire/keys.ts";

describe("getting keys", () => {
  it("answers with manifest, signature and the oldest one-time prekey, and nothing else", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    const bob = relay.stranger("bob");
    const [first = new Uint8Array(32), second = first] = freshPrekeys(2);
    await bob.publish({ oneTimePrekeys: [first, second] });
    const { json } = await alice.getKeys("bob");
    const manifest = bob.manifest.statement;
    const device = { manifest, signature: bob.signManifest(bob.manifest), oneTimePrekey: first };
    expect(parseBundle(json)).toEqual({ devices: [device] });
    const [answered] = (json as { readonly devices: readonly object[] }).devices;
    expect(Object.keys(answered ?? {})).toEqual(["manifest", "signature", "oneTimePrekey"]);
    expect(await alice.claimOneTimePrekey("bob")).toEqual(second);
    expect(await alice.claimOneTimePrekey("bob")).toBeNull();
  });

  it("hands out each of a hundred one-time prekeys once, to a hundred requests at the same time", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    await relay.member("bob", 100);
    const claimed = await Promise.all(Array.from({ length: 105 }, () => alice.claimOneTimePrekey("bob")));
    const handedOut = claimed.filter((prekey) => prekey !== null);
    expect(handedOut).toHaveLength(100);
    expect(new Set(handedOut.map(String)).size).toBe(100);
  });

  it("hands none out to a request that is refused", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    await relay.member("bob", 1);
    const head = await alice.request({ method: "HEAD", target: "/api/get_keys/bob" });
    expect(head.status).toBe(405);
    expect((await relay.stranger("mallory").getKeys("bob")).json).toEqual({ error: "unknown-device" });
    expect(await alice.claimOneTimePrekey("bob")).not.toBeNull();
  });

  it("refuses names that nobody owns and names that nobody can own", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    expect(await alice.getKeys("nobody")).toMatchObject({ status: 404, json: { error: "unknown-user" } });
    for (const name of ["Al", "ab", "Alice", "alice%20", "a".repeat(33), "%E0%A4%A", "..%2falice"]) {
      expect((await alice.getKeys(name)).json, name).toEqual({ error: "username-invalid" });
    }
    for (const name of ["abc", "a".repeat(32)]) {
      expect((await alice.getKeys(name)).json, name).toEqual({ error: "unknown-user" });
    }
  });
});
