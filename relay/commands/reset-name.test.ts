import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DATABASE_FILE } from "../store/sqlite-store.ts";
import { operate } from "../testing/operate.ts";
import { freshEnvelope, TestClient } from "../testing/test-client.ts";
import { addressOf, run } from "../testing/test-program.ts";
import { startTestRelay, temporaryFolder } from "../testing/test-relay.ts";

/** The command's one line, on the output where it belongs, and its exit code. */
async function reset(folder: string, args: readonly string[]) {
  const { code, out, complaints } = await run({ RELAY_DATA: folder }, args).ended;
  return { code, out, complaints };
}

const freed = (username: string) => ({
  code: 0,
  out: `The name ${username} is free: the next device that registers it owns it, but not the earlier one.\n`,
  complaints: "",
});

describe("reset-name", { timeout: 60_000 }, () => {
  it("frees a name for another identity while the relay runs, and shuts the earlier one out", async () => {
    const folder = temporaryFolder();
    const relay = run({ RELAY_DATA: folder });
    const origin = await addressOf(relay);
    const [alice, bob] = [new TestClient({ origin, username: "alice" }), new TestClient({ origin, username: "bob" })];
    const successor = new TestClient({ origin, username: "alice" });
    for (const client of [alice, bob]) expect((await client.publish()).status).toBe(200);
    const live = await alice.openLive().authenticate();
    await bob.send("alice", [freshEnvelope()]);
    expect((await live.next()).type).toBe("mail");
    expect((await successor.publish()).json).toEqual({ error: "name-taken" });

    expect(await reset(folder, ["reset-name", "alice"])).toEqual(freed("alice"));

    expect((await alice.receive()).json).toEqual({ error: "unknown-device" });
    expect((await bob.getKeys("alice")).json).toEqual({ error: "unknown-user" });
    expect((await bob.send("alice", [freshEnvelope()])).json).toEqual({ error: "unknown-user" });
    for (const manifest of [alice.manifest, alice.nextManifest()]) {
      expect((await alice.publish({ manifest })).json).toEqual({ error: "name-taken" });
    }
    const identityChange = alice.signIdentityChange(successor);
    expect((await successor.publish({ identityChange })).json).toEqual({ error: "name-taken" });
    expect((await successor.publish()).status).toBe(200);
    expect((await successor.receive()).json).toMatchObject({ envelopes: [] });

    await bob.send("alice", [freshEnvelope()]);
    expect((await successor.receive()).json).toMatchObject({ envelopes: [{ from: "bob" }] });
    live.socket.close();
    await expect(live.next()).rejects.toThrow("socket closed");
  });

  it("frees a name while the relay is down, and leaves other names alone", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    const bob = await relay.member("bob");
    await relay.stop();
    expect(await reset(relay.folder, ["reset-name", "alice"])).toEqual(freed("alice"));
    const again = await startTestRelay({ folder: relay.folder });
    expect(await again.store.claimKeys("alice")).toBeNull();
    expect(await again.store.readDeviceKey(bob.keyId)).toEqual(bob.deviceKey);
    expect(await again.store.readDeviceKey(alice.keyId)).toBeNull();
  });

  it("says when nobody owns the name, and changes nothing", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    expect(await reset(relay.folder, ["reset-name", "alicia"])).toEqual({
      code: 1,
      out: "",
      complaints: `Nobody owns the name alicia in the database in ${relay.folder}: check the name, and RELAY_DATA.\n`,
    });
    expect((await alice.receive()).status).toBe(200);
  });

  it("says how it is used when it is used otherwise, and touches no data", async () => {
    const folder = join(temporaryFolder(), "data");
    const usage = "Usage: node build/relay/main.js reset-name <username>";
    for (const args of [["reset-name"], ["reset-name", "alice", "bob"]]) {
      const refused = { code: 1, out: [], complaints: [usage] };
      expect(await operate({ RELAY_DATA: folder }, args), args.join(" ")).toEqual(refused);
    }
    const rule = "A username has 3 to 32 characters: a-z, 0-9, dots, dashes and underscores.";
    const refused = { code: 1, out: [], complaints: [`${rule} "Alice" is none.`] };
    expect(await operate({ RELAY_DATA: folder }, ["reset-name", "Alice"])).toEqual(refused);
    expect(existsSync(folder)).toBe(false);
  });

  it("frees the name of a deleted account, but not for the identity that deleted it", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    const successor = relay.stranger("alice");
    await alice.deleteAccount();
    expect((await successor.publish()).json).toEqual({ error: "name-taken" });
    expect((await operate({ RELAY_DATA: relay.folder }, ["reset-name", "alice"])).code).toBe(0);
    expect((await alice.publish()).json).toEqual({ error: "name-taken" });
    expect((await successor.publish()).status).toBe(200);
  });

  it("makes no database where there is none, and complains of one that it cannot open", async () => {
    const folder = temporaryFolder();
    const missing = `There is no database in ${folder}: set RELAY_DATA as it is for the relay.\n`;
    expect(await reset(folder, ["reset-name", "alice"])).toEqual({ code: 1, out: "", complaints: missing });
    expect(existsSync(join(folder, DATABASE_FILE))).toBe(false);
    mkdirSync(join(folder, DATABASE_FILE));
    const unusable = `The database in ${folder} cannot be opened (EISDIR): see RELAY_DATA.\n`;
    expect(await reset(folder, ["reset-name", "alice"])).toEqual({ code: 1, out: "", complaints: unusable });
  });

  it("complains of a faulty configuration as the relay does", async () => {
    const { code, complaints } = await run({ PORT: "http", RELAY_DATA: temporaryFolder() }, ["reset-name", "alice"])
      .ended;
    expect(code).toBe(1);
    expect(complaints).toBe('PORT must be a number from 0 to 65535, got "http"\n');
  });
});
