import { describe, expect, it } from "vitest";
import { freePort } from "../testing/free-port.ts";
import { LiveRecipient } from "../testing/live-recipient.ts";
import { startRoundRobinProxy } from "../testing/round-robin-proxy.ts";
import { freshEnvelope, TestClient } from "../testing/test-client.ts";
import { sharedPostgres } from "../testing/test-postgres.ts";
import { addressOf, run } from "../testing/test-program.ts";
import { toBase64url } from "../wire/bytes.ts";

const postgres = sharedPostgres();
const RELAYS = 3;
/** Messages with each fault. */
const STRETCH = 24;
/** How many are on their way at a time. */
const SENDERS = 3;
const DEADLINE_MILLISECONDS = 50_000;
const RETRY_MILLISECONDS = 20;

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

async function startRelays() {
  const server = await postgres();
  const databaseUrl = await server.freshDatabase();
  const ports: number[] = [];
  while (ports.length < RELAYS) ports.push(await freePort());
  const proxy = await startRoundRobinProxy(ports);
  const origin = `http://localhost:${proxy.port}`;
  const programs = ports.map((port) =>
    run({ PORT: String(port), RELAY_DATABASE_URL: databaseUrl, RELAY_PUBLIC_ORIGIN: origin }),
  );
  expect(await Promise.all(programs.map(addressOf))).toEqual(programs.map(() => origin));
  const member = async (username: string) => {
    const client = new TestClient({ origin, username });
    expect((await client.publish()).status).toBe(200);
    return client;
  };
  return { server, proxy, programs, member };
}

/** Sends one envelope after the other, each again and again until it is accepted; knows when each was. */
class Sender {
  readonly acceptedAt = new Map<string, number>();
  readonly #client: TestClient;
  readonly #deadline: number;
  #refused = 0;

  constructor(client: TestClient, deadline: number) {
    this.#client = client;
    this.#deadline = deadline;
  }

  /** How many attempts were answered with something else than 200, or not at all. */
  get refused(): number {
    return this.#refused;
  }

  async send(count: number): Promise<void> {
    for (let sent = 0; sent < count; sent += 1) await this.#sendOne();
  }

  async #sendOne(): Promise<void> {
    const envelope = freshEnvelope();
    while (performance.now() < this.#deadline) {
      const status = await this.#client.send("bob", [envelope]).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) {
        this.acceptedAt.set(toBase64url(envelope.id), performance.now());
        return;
      }
      this.#refused += 1;
      await pause(RETRY_MILLISECONDS);
    }
    throw new Error("envelope was not accepted in time");
  }
}

/** From the answer to the sender until the recipient had it, in milliseconds. */
function longestDelay(accepted: readonly (readonly [string, number])[], receivedAt: ReadonlyMap<string, number>) {
  return Math.round(Math.max(0, ...accepted.map(([id, at]) => (receivedAt.get(id) ?? Number.POSITIVE_INFINITY) - at)));
}

describe("three relays on one PostgreSQL, behind a proxy", { timeout: 60_000 }, () => {
  it("deliver all they accepted, once, though one is killed, the database restarted and news lost", async () => {
    const { server, proxy, programs, member } = await startRelays();
    const deadline = performance.now() + DEADLINE_MILLISECONDS;
    const sender = new Sender(await member("alice"), deadline);
    const bob = new LiveRecipient(await member("bob"));
    const online = bob.run();
    await expect.poll(() => bob.sockets, { timeout: 10_000 }).toBe(1);
    // Nothing else is on its way: it is the one that Bob's socket went to.
    const bobsRelay = programs[proxy.busy()];

    const faults: Readonly<Record<string, () => Promise<unknown>>> = {
      calm: async () => {},
      "one relay killed": async () => expect(bobsRelay?.child.kill("SIGKILL")).toBe(true),
      "PostgreSQL restarted": () => server.restart(() => pause(300)),
      "listeners cut off": () =>
        server.order("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sotto live'"),
    };
    const delaysOf: (() => string)[] = [];
    for (const [name, fault] of Object.entries(faults)) {
      const before = new Set(sender.acceptedAt.keys());
      await Promise.all([fault(), ...Array.from({ length: SENDERS }, () => sender.send(STRETCH / SENDERS))]);
      const sent = [...sender.acceptedAt].filter(([id]) => !before.has(id));
      delaysOf.push(() => `${name} ${longestDelay(sent, bob.receivedAt)} ms`);
    }
    const accepted = STRETCH * Object.keys(faults).length;
    expect(sender.acceptedAt.size).toBe(accepted);
    await expect.poll(() => bob.receivedAt.size, { timeout: 20_000 }).toBe(accepted);
    bob.stop();
    await online;
    // What was pushed to the last socket may not be acknowledged; after that nothing is left.
    await bob.fetch();
    expect(await bob.fetch()).toBe(0);

    const lost = [...sender.acceptedAt.keys()].filter((id) => !bob.receivedAt.has(id)).length;
    process.stdout.write(
      `several relays: accepted ${accepted}, lost ${lost}, duplicated ${bob.duplicated}; longest delay: ` +
        `${delaysOf.map((describe) => describe()).join(", ")}; attempts refused ${sender.refused}, ` +
        `sockets ${bob.sockets}, connections ${proxy.connections.join("+")}\n`,
    );
    expect({ lost, duplicated: bob.duplicated }).toEqual({ lost: 0, duplicated: 0 });
    expect(bob.sockets).toBeGreaterThan(1);
    expect([...bob.receivedAt.keys()].sort()).toEqual([...sender.acceptedAt.keys()].sort());
    // The proxy did spread the load.
    expect(proxy.connections.filter((count) => count > 0)).toHaveLength(RELAYS);
  });
});
