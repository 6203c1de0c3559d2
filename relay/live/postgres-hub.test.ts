import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { freshEnvelope } from "../testing/test-client.ts";
import { sharedPostgres } from "../testing/test-postgres.ts";
import { startTestRelay } from "../testing/test-relay.ts";
import type { Hub, LiveDevice, LiveEvent } from "./hub.ts";
import { openPostgresHub } from "./postgres-hub.ts";

const postgres = sharedPostgres();
const bob: LiveDevice = { username: "bob", device: 1, deviceKey: new Uint8Array(32).fill(1) };
const mail: LiveEvent = { kind: "mail" };

function freshDevice(): LiveDevice {
  return { ...bob, deviceKey: Uint8Array.from(randomBytes(32)) };
}

async function openHub(url: string): Promise<Hub> {
  const hub = await openPostgresHub({ url });
  onTestFinished(() => hub.close());
  return hub;
}

async function openTwoHubs() {
  const url = await (await postgres()).freshDatabase();
  return { url, here: await openHub(url), there: await openHub(url) };
}

/** Ends the listening connections of this database, and resolves to how many there were. */
async function cutListeners(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const cut = `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'sotto live' and datname = current_database()`;
  const { rows } = await client.query(cut);
  await client.end();
  return rows.length;
}

describe("two hubs on one PostgreSQL", () => {
  it("tell their own listeners at once, and each other's soon, each once", async () => {
    const { here, there } = await openTwoHubs();
    const [toldHere, toldThere]: [LiveEvent[], LiveEvent[]] = [[], []];
    here.subscribe(bob, (event) => toldHere.push(event));
    there.subscribe(bob, (event) => toldThere.push(event));
    here.publish(bob, mail);
    expect(toldHere).toEqual([mail]);
    await expect.poll(() => toldThere).toEqual([mail]);
    there.publish(bob, { kind: "prekeys", remaining: 7 });
    there.publish(bob, { kind: "deleted" });
    const others: readonly LiveEvent[] = [{ kind: "prekeys", remaining: 7 }, { kind: "deleted" }];
    await expect.poll(() => toldHere).toEqual([mail, ...others]);
    expect(toldThere).toEqual([mail, ...others]);
  });

  it("tell nothing to listeners of other devices, or of other keys, and to those that have gone", async () => {
    const { here, there } = await openTwoHubs();
    const told: string[] = [];
    const end = there.subscribe(bob, () => told.push("gone"));
    end();
    end();
    there.subscribe({ ...bob, device: 2 }, () => told.push("other device"));
    there.subscribe(freshDevice(), () => told.push("other key"));
    const last = freshDevice();
    there.subscribe(last, () => told.push("last"));
    here.publish(bob, mail);
    here.publish(last, mail);
    await expect.poll(() => told).toEqual(["last"]);
  });

  it("pass on news for more devices than one notification holds, and the newest of what repeats", async () => {
    const { here, there } = await openTwoHubs();
    const devices = Array.from({ length: 1000 }, freshDevice);
    const told = new Map<LiveDevice, LiveEvent[]>();
    for (const device of devices) {
      there.subscribe(device, (event) => told.set(device, [...(told.get(device) ?? []), event]));
      here.publish(device, { kind: "prekeys", remaining: 2 });
      here.publish(device, { kind: "prekeys", remaining: 1 });
    }
    await expect.poll(() => told.size).toBe(devices.length);
    expect([...told.values()].flat()).toEqual(devices.map(() => ({ kind: "prekeys", remaining: 1 })));
  });

  it("come back when they are cut off, tell everyone to look, and pass on what waited", async () => {
    const { url, here, there } = await openTwoHubs();
    const told: LiveEvent[] = [];
    const bystanders: LiveEvent[] = [];
    there.subscribe(bob, (event) => told.push(event));
    there.subscribe(freshDevice(), (event) => bystanders.push(event));
    expect(await cutListeners(url)).toBe(2);
    here.publish(bob, { kind: "prekeys", remaining: 3 });
    // Nobody published mail: it is told to look.
    await expect.poll(() => bystanders, { timeout: 10_000 }).toEqual([mail]);
    await expect.poll(() => told, { timeout: 10_000 }).toContainEqual(mail);
    here.publish(bob, { kind: "prekeys", remaining: 2 });
    await expect.poll(() => told, { timeout: 10_000 }).toContainEqual({ kind: "prekeys", remaining: 2 });
  });

  it("open while the database is out of reach, tell their own listeners, and find it once it is there", async () => {
    const server = await postgres();
    const url = await server.freshDatabase();
    const told: LiveEvent[] = [];
    const lost: unknown[] = [];
    let opened: Hub | null = null;
    await server.restart(async () => {
      opened = await openPostgresHub({ url, onLost: (error) => lost.push(error) });
      opened.subscribe(bob, (event) => told.push(event));
      opened.publish(bob, mail);
      expect(told).toEqual([mail]);
    });
    onTestFinished(() => opened?.close());
    expect(lost.length).toBeGreaterThan(0);
    const other = await openHub(url);
    await expect.poll(() => told.length, { timeout: 10_000 }).toBeGreaterThan(1);
    other.publish(bob, { kind: "deleted" });
    await expect.poll(() => told, { timeout: 10_000 }).toContainEqual({ kind: "deleted" });
  });

  it("send what waits before they close, and are silent afterwards", async () => {
    const { url, here, there } = await openTwoHubs();
    const told: LiveEvent[] = [];
    there.subscribe(bob, (event) => told.push(event));
    here.publish(bob, mail);
    await here.close();
    await expect.poll(() => told).toEqual([mail]);
    expect(await cutListeners(url)).toBe(1);
  });
});

describe("relays that share a PostgreSQL", () => {
  /** Alice's relay, and Bob's, on one database; `change` is made to the hub of Alice's. */
  async function startTwoRelays(pollMilliseconds: number, change: (hub: Hub) => Hub = (hub) => hub) {
    const databaseUrl = await (await postgres()).freshDatabase();
    const hubOf = () => openPostgresHub({ url: databaseUrl, pollMilliseconds });
    const [first, second] = [
      await startTestRelay({ databaseUrl, hub: change(await hubOf()) }),
      await startTestRelay({ databaseUrl, hub: await hubOf() }),
    ];
    return { alice: await first.member("alice"), bob: await second.member("bob", 2) };
  }
  const never = 3_600_000;

  it("push mail, and say how many prekeys are left, to the sockets of each other", async () => {
    const { alice, bob } = await startTwoRelays(never);
    const live = await bob.openLive().authenticate();
    const envelope = freshEnvelope();
    expect((await alice.send("bob", [envelope])).status).toBe(200);
    expect(await live.next()).toMatchObject({ type: "mail", envelope: { id: envelope.id, from: "alice" } });
    expect((await alice.getKeys("bob")).status).toBe(200);
    expect(await live.next()).toEqual({ type: "prekeys", remaining: 1 });
  });

  it("push mail of which no notification came once they look for it", async () => {
    const silent = (hub: Hub): Hub => ({
      pollMilliseconds: hub.pollMilliseconds,
      publish: () => {},
      subscribe: (device, listener) => hub.subscribe(device, listener),
      close: () => hub.close(),
    });
    const { alice, bob } = await startTwoRelays(50, silent);
    const live = await bob.openLive().authenticate();
    const envelope = freshEnvelope();
    expect((await alice.send("bob", [envelope])).status).toBe(200);
    expect(await live.next()).toMatchObject({ type: "mail", envelope: { id: envelope.id } });
  });
});
