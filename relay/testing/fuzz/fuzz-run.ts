/**
 * Fuzzes a relay: requests for every route with something wrong in them, raw bytes, and frames on live socket. What
 * comes out of the seed is the same each time; keys, nonces and times are not.
 */
import { once } from "node:events";
import fc from "fast-check";
import { parseBlobErrorBody } from "../../wire/blob-errors.ts";
import { toBase64url } from "../../wire/bytes.ts";
import { formatReceivedEnvelope, parseReceiveResponse } from "../../wire/mail.ts";
import type { CompiledRelay, Preload } from "../compiled-relay.ts";
import type { MemoryReport } from "../preloads/tells-memory.ts";
import { RelayProgram } from "../relay-program.ts";
import { freshEnvelope } from "../test-client.ts";
import { FuzzDriver } from "./fuzz-driver.ts";
import { faultOf, faultOfBytes, faultOfFrames } from "./fuzz-faults.ts";
import { type RawSocket, rawHttp, rawSocket } from "./fuzz-raw.ts";
import { type FuzzRequest, fuzzRequest } from "./fuzz-requests.ts";
import { sendFrames, sendRaw } from "./fuzz-sockets.ts";

/** Drawn from the seed at a time, and on their way together. */
const BATCH = 500;
const CONCURRENCY = 16;

/** How much more the heap may hold after all requests than after a quarter of them, caches and all. */
export const HEAP_GROWTH_BYTES = 10_000_000;

export interface FuzzRun {
  readonly compiled: CompiledRelay;
  /** The relay's data folder. */
  readonly folder: string;
  readonly requests: number;
  readonly seed: number;
  readonly preloads?: readonly Preload[];
  readonly onProgress?: (sent: number) => void;
}

export interface FuzzOutcome {
  readonly sent: number;
  /** What went wrong, each with what it took; at most twenty. */
  readonly faults: readonly string[];
  /** How often each route was answered with success, and each error came. */
  readonly answered: ReadonlyMap<string, number>;
  /** Bytes of the relay's heap after a quarter of the requests, and after all. */
  readonly heapBefore: number;
  readonly heapAfter: number;
}

type Attack =
  | { readonly kind: "request"; readonly request: FuzzRequest }
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | { readonly kind: "socket"; readonly socket: RawSocket };

const attack: fc.Arbitrary<Attack> = fc.oneof(
  { weight: 16, arbitrary: fc.record({ kind: fc.constant("request" as const), request: fuzzRequest }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("bytes" as const), bytes: rawHttp }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("socket" as const), socket: rawSocket }) },
);

/** Runs it all against a relay of its own. Rejects when that does not start. */
export async function runFuzz(run: FuzzRun): Promise<FuzzOutcome> {
  const relay = await RelayProgram.open({
    compiled: run.compiled,
    environment: { RELAY_DATA: run.folder },
    // What changes the language comes before anything of the relay is loaded.
    preloads: [...(run.preloads ?? []), "lifts-rate-limits", "tells-memory"],
    nodeOptions: ["--expose-gc"],
  });
  try {
    const fuzzer = new Fuzzer(relay, await FuzzDriver.open(relay.origin));
    return await fuzzer.run(run);
  } finally {
    await relay.kill();
  }
}

class Fuzzer {
  readonly #relay: RelayProgram;
  readonly #driver: FuzzDriver;
  readonly #answered = new Map<string, number>();
  readonly #faults: string[] = [];

  constructor(relay: RelayProgram, driver: FuzzDriver) {
    this.#relay = relay;
    this.#driver = driver;
  }

  async run({ requests, seed, onProgress }: FuzzRun): Promise<FuzzOutcome> {
    let heapBefore = 0;
    let sent = 0;
    for (let batch = 0; sent < requests && this.#faults.length < 20 && this.#relay.isRunning; batch++) {
      const attacks = fc.sample(attack, { numRuns: Math.min(BATCH, requests - sent), seed: seed + batch });
      await this.#sendAll(attacks);
      sent += attacks.length;
      await this.#checkHonestRequest();
      if (heapBefore === 0 && sent >= requests / 4) heapBefore = await this.#heap();
      onProgress?.(sent);
    }
    const heapAfter = this.#relay.isRunning ? await this.#heap() : 0;
    this.#driver.close();
    const failures = this.#relay.output.split("\n").filter((line) => /"level":(50|60)/.test(line));
    const faults = [...this.#faults, ...failures.slice(0, 5).map((line) => `the log says: ${line}`)];
    if (!this.#relay.isRunning) faults.push(`the relay ended: ${this.#relay.output.slice(-2000)}`);
    return { sent, faults: faults.slice(0, 20), answered: this.#answered, heapBefore, heapAfter };
  }

  async #sendAll(attacks: readonly Attack[]): Promise<void> {
    const waiting = attacks.values();
    const work = async () => {
      for (const one of waiting) {
        if (!this.#relay.isRunning) return;
        const fault = await this.#send(one).catch((error: unknown) => `no answer: ${String(error)}`);
        if (fault !== null) this.#faults.push(`${fault}\n  to ${describe(one)}`);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  }

  async #send(one: Attack): Promise<string | null> {
    const { port } = this.#relay;
    switch (one.kind) {
      case "bytes":
        return this.#count("raw bytes", faultOfBytes(await sendRaw(port, one.bytes)));
      case "socket":
        return this.#count(
          "frames",
          faultOfFrames(await sendFrames(this.#driver.client("bob"), port, one.socket), one.socket.frames),
        );
      case "request": {
        const request = this.#driver.prepare(one.request);
        const answer = await this.#driver.send(request);
        const isSuccess = answer.status < 400;
        if (isSuccess && one.request.route === "delete_account") await this.#driver.register("carol");
        const error = isSuccess ? null : parseBlobErrorBody(parseJson(answer.text))?.error;
        return this.#count(error ?? one.request.route, faultOf(answer, request.method));
      }
    }
  }

  #count<T>(name: string, outcome: T): T {
    this.#answered.set(name, (this.#answered.get(name) ?? 0) + 1);
    return outcome;
  }

  /** Someone honest sends a message, and it arrives. */
  async #checkHonestRequest(): Promise<void> {
    if (!this.#relay.isRunning) return;
    const [alice, bob] = [this.#driver.client("alice"), this.#driver.client("bob")];
    const envelope = freshEnvelope();
    const id = toBase64url(envelope.id);
    const { status, text } = await alice.send("bob", [envelope]);
    if (status !== 200) this.#faults.push(`an honest send is answered ${status} ${text}`);
    let after: string | undefined;
    let isThere = false;
    do {
      const page = parseReceiveResponse((await bob.receive(after)).json);
      isThere ||= page?.envelopes.some((one) => formatReceivedEnvelope(one).id === id) ?? false;
      // Keeps the mailbox short, so that it never is full.
      const names = page?.envelopes.map(({ from, fromDevice, id: name }) => ({ from, fromDevice, id: name })) ?? [];
      if (names.length > 0) await bob.acknowledge(names);
      after = page?.next ?? undefined;
    } while (after !== undefined);
    if (!isThere) this.#faults.push("an honest message does not arrive");
  }

  /** Bytes, after a collection of garbage. */
  async #heap(): Promise<number> {
    const { child } = this.#relay;
    const answer = once(child, "message");
    child.send("memory");
    const [report] = await answer;
    return (report as MemoryReport).heapUsed;
  }
}

function describe(one: Attack): string {
  const shown = (_name: string, value: unknown) => (Buffer.isBuffer(value) ? value.toString("latin1") : value);
  return JSON.stringify(one, shown).slice(0, 1000);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
