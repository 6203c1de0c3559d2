/**
 * `npm run test:fuzz-relay -- [requests] [seed]`: fuzzes a relay, with 200,000 requests and a fresh seed unless said
 * otherwise. Prints the seed, and ends with 1 when something was found.
 */
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileRelay } from "../relay/testing/compiled-relay.ts";
import { HEAP_GROWTH_BYTES, runFuzz } from "../relay/testing/fuzz/fuzz-run.ts";

const REQUESTS = 200_000;
const REQUESTS_BETWEEN_LINES = 10_000;

async function main(requests: number, seed: number): Promise<void> {
  const compiled = compileRelay();
  const folder = mkdtempSync(join(tmpdir(), "sotto-fuzz-"));
  console.log(`seed ${seed}`);
  try {
    const { sent, faults, answered, heapBefore, heapAfter } = await runFuzz({
      compiled,
      folder,
      requests,
      seed,
      onProgress(done) {
        if (done % REQUESTS_BETWEEN_LINES === 0) console.log(`${done} sent`);
      },
    });
    const counts = [...answered].sort(([, one], [, other]) => other - one);
    for (const [name, count] of counts) console.log(`${String(count).padStart(8)}  ${name}`);
    console.log(
      `${sent} sent, ${faults.length} faults; heap ${megabytes(heapBefore)}, at the end ${megabytes(heapAfter)}`,
    );
    for (const fault of faults) console.error(fault);
    if (faults.length > 0) console.error(`To see it again: npm run test:fuzz-relay -- ${requests} ${seed}`);
    if (faults.length > 0 || heapAfter > heapBefore + HEAP_GROWTH_BYTES) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    compiled.remove();
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const [, , requests = REQUESTS, seed = randomInt(2 ** 31)] = process.argv;
await main(Number(requests), Number(seed));
