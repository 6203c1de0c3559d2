/**
 * What `/metrics` shows, as Prometheus reads it. Every relay has a registry of its own. Labels are codes, route patterns
 * and status classes: never a name, a key, an id, an address or a path.
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { RelayCounts } from "./counts.ts";

/** From a millisecond, of which a signature takes part, to the time that requests may take at most. */
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Up to the most that shares a commit. */
const COMMIT_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export interface ObservedRequest {
  /** The pattern, such as `/api/receive/:username`. */
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
}

export class RelayMetrics {
  readonly registry = new Registry();
  readonly counts = new RelayCounts();
  readonly #requests: Histogram<"route" | "status">;
  readonly #commits: Histogram;

  constructor() {
    const registers = [this.registry];
    this.#requests = new Histogram({
      name: "sotto_request_seconds",
      help: "Time from a request's arrival to its answer",
      labelNames: ["route", "status"],
      buckets: REQUEST_SECONDS,
      registers,
    });
    this.#commits = new Histogram({
      name: "sotto_commit_size",
      help: "Pieces of work that shared one commit of the database",
      buckets: COMMIT_SIZES,
      registers,
    });
    this.#count("sotto_published_total", "Publications of keys that were stored", () => this.counts.published);
    this.#count("sotto_accepted_total", "Envelopes stored for their recipients", () => this.counts.accepted);
    this.#count("sotto_delivered_total", "Envelopes that recipients acknowledged", () => this.counts.acknowledged);
    this.#count("sotto_chunks_stored_total", "Chunks of blobs that were stored", () => this.counts.chunksStored);
    this.#count("sotto_chunks_read_total", "Chunks of blobs that were handed out", () => this.counts.chunksRead);
    this.#count(
      "sotto_chunks_refused_total",
      "Chunks of blobs that were not taken, for whatever reason",
      () => this.counts.chunksRefused,
    );
    this.#count("sotto_failed_total", "Requests that failed by a fault of the relay", () => this.counts.failed);
    this.#countRefusals();
  }

  observeRequest({ route, status, milliseconds }: ObservedRequest): void {
    this.#requests.observe({ route, status: `${Math.floor(status / 100)}xx` }, milliseconds / 1000);
  }

  /** To be told by the store how many pieces of work each commit held. */
  readonly observeCommit = (size: number): void => this.#commits.observe(size);

  /** Shows what `read` returns whenever someone asks; null when that is not known now. */
  gauge(name: string, help: string, read: () => number | null | Promise<number | null>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        const value = await read();
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  }

  #count(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #countRefusals(): void {
    const { counts } = this;
    new Counter({
      name: "sotto_refused_total",
      help: "Requests and live sockets that were refused, by the code of the answer",
      labelNames: ["code"],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [code, count] of counts.refusals) this.inc({ code }, count);
      },
    });
  }
}
