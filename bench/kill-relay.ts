/**
 * `npm run test:kill-relay -- [kills] [sqlite|postgres]`: kills a relay under load, 200 times on each store unless said
 * otherwise, and prints what was accepted, lost and duplicated. Ends with 1 when anything was.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CompiledRelay, compileRelay } from "../relay/testing/compiled-relay.ts";
import { runKills } from "../relay/testing/kill-run.ts";
import { startPostgres } from "../relay/testing/test-postgres.ts";

const KILLS = 200;
const KILLS_BETWEEN_LINES = 20;

type Environment = Readonly<Record<string, string>>;
type Stores = "sqlite" | "postgres";

async function killOn(store: Stores, kills: number, compiled: CompiledRelay): Promise<void> {
  await withStore(store, async (environment) => {
    const outcome = await runKills({
      relay: { compiled, environment, preloads: ["lifts-rate-limits"] },
      kills,
      onKill(done, accepted) {
        if (done % KILLS_BETWEEN_LINES === 0) console.log(`${store}: ${done} kills, ${accepted} accepted`);
      },
    });
    const { accepted, lost, duplicated, repeated, pushed } = outcome;
    console.log(`${store}: ${accepted} accepted, ${lost} lost, ${duplicated} duplicated`);
    console.log(
      `${store}: ${kills} kills; ${repeated} requests made again after no answer; ${pushed} messages came live`,
    );
    if (lost > 0 || duplicated > 0) process.exitCode = 1;
  });
}

async function withStore(store: Stores, work: (environment: Environment) => Promise<void>): Promise<void> {
  if (store === "postgres") {
    const server = await startPostgres();
    try {
      await work({ RELAY_DATABASE_URL: server.urlOf("postgres") });
    } finally {
      await server.stop();
    }
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "sotto-kill-"));
  try {
    await work({ RELAY_DATA: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [, , count = String(KILLS), only] = process.argv;
const kills = Number(count);
const stores = (["sqlite", "postgres"] as const).filter((store) => only === undefined || only === store);
if (!Number.isSafeInteger(kills) || kills < 1 || stores.length === 0) {
  console.error("Say how many kills and on which store: npm run test:kill-relay -- 200 sqlite");
  process.exitCode = 1;
} else {
  const compiled = compileRelay();
  try {
    for (const store of stores) await killOn(store, kills, compiled);
  } finally {
    compiled.remove();
  }
}
