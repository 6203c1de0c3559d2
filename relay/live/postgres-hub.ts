/**
 * A hub across the processes that share one PostgreSQL, by LISTEN and NOTIFY on a connection of its own. Listeners of
 * this process are told at once, those of others a few milliseconds later, together with other news: a commit that
 * notifies waits for every other one of the database. News that gets lost is made up for by looking: after each
 * reconnection, and every `pollMilliseconds`.
 */
import { randomBytes } from "node:crypto";
import { toBase64url } from "../wire/bytes.ts";
import type { Hub, LiveDevice, LiveEvent, LiveListener } from "./hub.ts";
import { ListeningConnection } from "./listening-connection.ts";
import { formatItem, formatPayload, newsName, parsePayload } from "./news.ts";

const POLL_MILLISECONDS = 15_000;
/** How long news waits for more. */
const BATCH_MILLISECONDS = 5;
/** News that waits while there is no connection; what comes after that, those who look will find. */
const MAX_WAITING = 10_000;
/** How long closing waits for a database that does not answer. */
const CLOSE_MILLISECONDS = 1000;

export interface PostgresHubOptions {
  /** PostgreSQL's address, `postgres://...`. */
  readonly url: string;
  /** How often sockets look for mail by themselves. */
  readonly pollMilliseconds?: number;
  /** Told each time that the connection is lost or cannot be made. */
  readonly onLost?: (error: unknown) => void;
}

/** Resolves once the hub listens, or could not connect at first: it then goes on trying. */
export async function openPostgresHub(options: PostgresHubOptions): Promise<Hub> {
  const hub = new PostgresHub(options);
  await hub.open();
  return hub;
}

class PostgresHub implements Hub {
  readonly pollMilliseconds: number;
  readonly #connection: ListeningConnection;
  /** By which this process knows its own notifications. */
  readonly #name = toBase64url(randomBytes(6));
  readonly #listeners = new Map<string, Set<LiveListener>>();
  /** Items by device and kind: later news of a kind replaces what still waits. */
  readonly #waiting = new Map<string, string>();
  #batchTimer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;

  constructor({ url, pollMilliseconds = POLL_MILLISECONDS, onLost = () => {} }: PostgresHubOptions) {
    this.pollMilliseconds = pollMilliseconds;
    this.#connection = new ListeningConnection({
      url,
      onPayload: (payload) => this.#receive(payload),
      onListening: () => this.#comeBack(),
      onLost,
    });
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  publish(device: LiveDevice, event: LiveEvent): void {
    const name = newsName(device);
    this.#tell(name, event);
    if (this.#waiting.size >= MAX_WAITING) return;
    this.#waiting.set(`${name} ${event.kind}`, formatItem({ device: name, event }));
    this.#batchTimer ??= setTimeout(() => void this.#sendWaiting(), BATCH_MILLISECONDS);
  }

  subscribe(device: LiveDevice, listener: LiveListener): () => void {
    const name = newsName(device);
    const ofDevice = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, ofDevice.add(listener));
    return () => {
      ofDevice.delete(listener);
      if (ofDevice.size === 0 && this.#listeners.get(name) === ofDevice) this.#listeners.delete(name);
    };
  }

  async close(): Promise<void> {
    let impatience: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      impatience = setTimeout(resolve, CLOSE_MILLISECONDS);
    });
    await Promise.race([this.#sendWaiting().then(() => this.#connection.close()), tooLong]);
    clearTimeout(impatience);
  }

  /** Others may have published what this process did not hear: everyone looks. What waited here goes out. */
  #comeBack(): void {
    for (const name of this.#listeners.keys()) this.#tell(name, { kind: "mail" });
    void this.#sendWaiting();
  }

  #receive(payload: string): void {
    const { sender, news } = parsePayload(payload);
    if (sender === this.#name) return;
    for (const { device, event } of news) this.#tell(device, event);
  }

  #tell(name: string, event: LiveEvent): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event);
  }

  /** Sends what waits; when another call is at it, that one takes it along. */
  async #sendWaiting(): Promise<void> {
    if (this.#batchTimer) clearTimeout(this.#batchTimer);
    this.#batchTimer = null;
    this.#sending ??= this.#sendPayloads().finally(() => {
      this.#sending = null;
    });
    await this.#sending;
  }

  async #sendPayloads(): Promise<void> {
    while (this.#waiting.size > 0 && this.#connection.isListening) {
      const entries = [...this.#waiting];
      const { payload, count } = formatPayload(
        this.#name,
        entries.map(([, item]) => item),
      );
      const taken = entries.slice(0, count);
      for (const [key] of taken) this.#waiting.delete(key);
      if (await this.#connection.send(payload)) continue;
      for (const [key, item] of taken) if (!this.#waiting.has(key)) this.#waiting.set(key, item);
      return;
    }
  }
}
