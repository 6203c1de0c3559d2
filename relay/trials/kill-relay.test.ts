import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Store } from "../store/store.ts";
import { type CompiledRelay, compileRelay, type Preload } from "../testing/compiled-relay.ts";
import { type KillOutcome, runKills } from "../testing/kill-run.ts";
import { freshEnvelope } from "../testing/test-client.ts";
import { sharedPostgres } from "../testing/test-postgres.ts";
import { TestRecipient } from "../testing/test-recipient.ts";
import { startTestRelay, temporaryFolder } from "../testing/test-relay.ts";

/** On each store; the longer run is `npm run test:kill-relay`. */
const KILLS = 20;

describe("a relay that is killed under load and started again at once", { timeout: 240_000 }, () => {
  const postgres = sharedPostgres();
  let compiled: CompiledRelay;
  beforeAll(() => {
    compiled = compileRelay();
  }, 60_000);
  afterAll(() => compiled.remove());

  function killSqlite(kills: number, preloads: readonly Preload[] = []) {
    return runKills({ relay: { compiled, environment: { RELAY_DATA: temporaryFolder() }, preloads }, kills });
  }

  function expectDelivered(outcome: KillOutcome) {
    expect(outcome).toMatchObject({ kills: KILLS, lost: 0, duplicated: 0 });
    // The relay was under load each time, live sockets included.
    expect(outcome.accepted).toBeGreaterThanOrEqual(KILLS);
    expect(outcome.repeated).toBeGreaterThan(0);
    expect(outcome.pushed).toBeGreaterThan(0);
  }

  it("delivers all it answered with success, each once, from SQLite", async () => {
    expectDelivered(await killSqlite(KILLS));
  });

  it("delivers all it answered with success, each once, from PostgreSQL", async () => {
    const environment = { RELAY_DATABASE_URL: await (await postgres()).freshDatabase() };
    expectDelivered(await runKills({ relay: { compiled, environment }, kills: KILLS }));
  });

  it("is seen to lose mail when it answers before it commits", async () => {
    expect((await killSqlite(4, ["answers-early"])).lost).toBeGreaterThan(0);
  });

  it("is seen to show mail twice when it does not keep acknowledgements", async () => {
    const forgetful = (store: Store): Store => ({ ...store, acknowledgeMail: async ({ names }) => names.length });
    const counts: number[] = [];
    for (const wrapStore of [(store: Store) => store, forgetful]) {
      const { member } = await startTestRelay({ wrapStore });
      const [alice, bob] = [await member("alice"), await member("bob")];
      await alice.send("bob", [freshEnvelope()]);
      const recipient = new TestRecipient(bob);
      await recipient.finish();
      counts.push(recipient.duplicated);
    }
    expect(counts).toEqual([0, expect.any(Number)]);
    expect(counts[1]).toBeGreaterThan(0);
  });
});
