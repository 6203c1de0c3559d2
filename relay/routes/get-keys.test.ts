import { describe, expect, it } from "vitest";
import { freshPrekeys } from "../testing/test-client.ts";
import { startTestRelay } from "../testing/test-relay.ts";
import { parseBundle } from "../wire/keys.ts";

describe("getting keys", () => {
  it("answers with manifest, signature and the oldest one-time prekey of each kind, and nothing else", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    const bob = relay.stranger("bob");
    const oneTimePrekeys = freshPrekeys(2);
    const oneTimeKemPrekeys = bob.freshKemPrekeys(2);
    await bob.publish({ oneTimePrekeys, oneTimeKemPrekeys });
    const { json } = await alice.getKeys("bob");
    const device = {
      manifest: bob.manifest.statement,
      signature: bob.signManifest(bob.manifest),
      oneTimePrekey: oneTimePrekeys[0],
      oneTimeKemPrekey: oneTimeKemPrekeys[0],
    };
    expect(parseBundle(json)).toEqual({ devices: [device], identityChange: null });
    const answered = json as { readonly devices: readonly object[] };
    expect(Object.keys(answered)).toEqual(["devices", "identityChange"]);
    expect(Object.keys(answered.devices[0] ?? {})).toEqual([
      "manifest",
      "signature",
      "oneTimePrekey",
      "oneTimeKemPrekey",
    ]);
    const [second] = (await alice.fetchBundle("bob")).devices;
    expect(second).toMatchObject({ oneTimePrekey: oneTimePrekeys[1], oneTimeKemPrekey: oneTimeKemPrekeys[1] });
    const [none] = (await alice.fetchBundle("bob")).devices;
    expect(none).toMatchObject({ oneTimePrekey: null, oneTimeKemPrekey: null });
  });

  it("hands out each of a hundred prekeys of each kind once, to a hundred requests at the same time", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    await relay.member("bob", 100);
    const bundles = await Promise.all(Array.from({ length: 105 }, () => alice.fetchBundle("bob")));
    for (const kind of ["oneTimePrekey", "oneTimeKemPrekey"] as const) {
      const handedOut = bundles.flatMap(({ devices }) =>
        devices[0]?.[kind] ? [JSON.stringify(devices[0][kind])] : [],
      );
      expect(handedOut).toHaveLength(100);
      expect(new Set(handedOut).size).toBe(100);
    }
  });

  it("hands none out to a request that is refused", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    await relay.member("bob", 1);
    const head = await alice.request({ method: "HEAD", target: "/api/get_keys/bob" });
    expect(head.status).toBe(405);
    expect((await relay.stranger("mallory").getKeys("bob")).json).toEqual({ error: "unknown-device" });
    const [device] = (await alice.fetchBundle("bob")).devices;
    expect(device?.oneTimePrekey).not.toBeNull();
    expect(device?.oneTimeKemPrekey).not.toBeNull();
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
