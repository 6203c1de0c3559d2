/**
 * What the relay does a second and how long it takes, next to what nothing durable can be faster than: a Koa route that
 * stores nothing, the same with a signature verified, and the disk. Interleaved in one run, since machines sway; the
 * ratios are the result (docs/benchmarks.md).
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CompiledRelay, compileRelay } from "../relay/testing/compiled-relay.ts";
import type { MemoryReport } from "../relay/testing/preloads/tells-memory.ts";
import { RelayProgram } from "../relay/testing/relay-program.ts";
import { TestClient } from "../relay/testing/test-client.ts";
import { toBase64url } from "../relay/wire/bytes.ts";
import { measureDisk } from "./relay/disk.ts";
import type { Account, Job, Results } from "./relay/jobs.ts";
import { type Round, reportLive, reportMailbox, reportRounds, reportSockets } from "./relay/report.ts";

const ROUNDS = 5;
const CONCURRENCY = 64;
const FLOOD_MILLISECONDS = 2000;
const DISK_MILLISECONDS = 500;
/** More than the relay gets through in that time; the others get the same ones again and again. */
const FLOOD_REQUESTS = 6000;
const REPEATED_REQUESTS = 500;
const ACCOUNTS = 50;
const SOCKETS_EACH = 10;
const LIVE_MESSAGES = 1000;
const MAILBOX_MESSAGES = 10_000;

interface Bench {
  readonly compiled: CompiledRelay;
  readonly load: ChildProcess;
  readonly baselinePort: number;
  readonly relay: RelayProgram;
  readonly accounts: readonly Account[];
  readonly folder: string;
}

async function main(): Promise<void> {
  const compiled = compileRelay();
  const folder = mkdtempSync(join(tmpdir(), "sotto-bench-"));
  const started: ChildProcess[] = [];
  const relay = await openRelay(compiled, folder);
  try {
    const clients = Array.from({ length: ACCOUNTS }, (_, index) => newClient(relay, index));
    for (const client of clients) await publish(client);
    const accounts = clients.map(({ username, deviceSecretKey }) => ({
      username,
      secretKey: toBase64url(deviceSecretKey),
    }));
    await measureSockets({ compiled, relay, accounts });
    const load = fork(compiled.file("bench/relay/load.ts"));
    const baseline = fork(compiled.file("bench/relay/baseline.ts"));
    started.push(load, baseline);
    const port = once(baseline, "message");
    baseline.send(Object.fromEntries(clients.map(({ username, deviceKey }) => [username, toBase64url(deviceKey)])));
    const [baselinePort] = await port;
    await measure({ compiled, load, baselinePort: Number(baselinePort), relay, accounts, folder });
  } finally {
    for (const child of started) child.kill();
    await relay.kill();
    rmSync(folder, { recursive: true, force: true });
    compiled.remove();
  }
}

function openRelay(compiled: CompiledRelay, folder: string): Promise<RelayProgram> {
  const database = process.env["RELAY_DATABASE_URL"];
  return RelayProgram.open({
    compiled,
    environment: {
      RELAY_DATA: folder,
      RELAY_MAILBOX_ENVELOPES: String(2 * MAILBOX_MESSAGES),
      ...(database === undefined ? {} : { RELAY_DATABASE_URL: database }),
    },
    preloads: ["lifts-rate-limits", "tells-memory"],
    nodeOptions: ["--expose-gc"],
  });
}

function newClient({ origin }: RelayProgram, index: number): TestClient {
  return new TestClient({ origin, username: `alice-${index}-${Date.now()}` });
}

async function publish(client: TestClient): Promise<void> {
  const { status, text } = await client.publish();
  if (status !== 200) throw new Error(`publish_keys answered ${status} ${text}`);
}

async function measure(bench: Bench): Promise<void> {
  const { relay, accounts } = bench;
  reportRounds(await measureRounds(bench));
  const [sender, recipient, late] = accounts;
  if (!sender || !recipient || !late) throw new Error("there are too few accounts");
  const { port } = relay;
  const live = await ask(bench.load, { kind: "live", port, sender, recipient, messages: LIVE_MESSAGES });
  reportLive(live);
  reportMailbox(await ask(bench.load, { kind: "mailbox", port, sender, recipient: late, messages: MAILBOX_MESSAGES }));
}

/** Sockets of a process that ends with the measurement, on a relay that has done nothing else yet. */
async function measureSockets({ compiled, relay, accounts }: Pick<Bench, "compiled" | "relay" | "accounts">) {
  const load = fork(compiled.file("bench/relay/load.ts"));
  try {
    // The first sockets also pay for the code that runs.
    await ask(load, { kind: "idle", port: relay.port, accounts, socketsEach: 1 });
    const before = await memoryOf(relay);
    const { sockets } = await ask(load, { kind: "idle", port: relay.port, accounts, socketsEach: SOCKETS_EACH - 1 });
    reportSockets({ sockets, before, after: await memoryOf(relay) });
  } finally {
    load.kill();
  }
}

/** Every round measures all of them, so that what else the machine does meets them alike. */
async function measureRounds(bench: Bench): Promise<readonly Round[]> {
  const { relay, baselinePort, folder } = bench;
  const flood = (path: "/bare" | "/signed" | "/api/send") => {
    const isRelay = path === "/api/send";
    // The first three are kept for what follows.
    const names = bench.accounts.slice(3);
    return ask(bench.load, {
      kind: "flood",
      port: isRelay ? relay.port : baselinePort,
      path,
      senders: names,
      recipients: names.map(({ username }) => username),
      concurrency: CONCURRENCY,
      milliseconds: FLOOD_MILLISECONDS,
      requests: isRelay ? FLOOD_REQUESTS : REPEATED_REQUESTS,
      repeats: !isRelay,
    });
  };
  const rounds: Round[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const bare = await flood("/bare");
    const signed = await flood("/signed");
    const accepted = await flood("/api/send");
    const disk = measureDisk(folder, DISK_MILLISECONDS);
    // The first round warms the programs up.
    if (round > 0) rounds.push({ bare, signed, accepted, disk });
  }
  return rounds;
}

async function ask<K extends Job["kind"]>(
  load: ChildProcess,
  job: Extract<Job, { readonly kind: K }>,
): Promise<Results[K]> {
  const answered = once(load, "message");
  load.send(job);
  const [answer] = (await answered) as [{ readonly result: Results[K] } | { readonly error: string }];
  if ("error" in answer) throw new Error(`${job.kind} failed: ${answer.error}`);
  return answer.result;
}

async function memoryOf({ child }: RelayProgram): Promise<MemoryReport> {
  const answered = once(child, "message");
  child.send("memory");
  const [report] = (await answered) as [MemoryReport];
  return report;
}

await main();
