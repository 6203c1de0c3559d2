/** Starts a relay within the test, on a free port, with a clock that only the test moves; it ends with the test. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { BlockList } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { parseAddressList } from "../configuration/address-list.ts";
import type { RelayContext } from "../context.ts";
import { createRelay, type Relay } from "../create-relay.ts";
import type { FairnessLimits } from "../fairness/fairness.ts";
import { createMemoryBuckets } from "../fairness/memory-buckets.ts";
import { RelayMetrics } from "../health/metrics.ts";
import { DEFAULT_LIMITS, type HttpLimits, type LiveLimits, type RelayLimits, type TransferLimits } from "../limits.ts";
import { createLocalHub, type Hub } from "../live/hub.ts";
import type { BlobLimits } from "../store/blob-store.ts";
import { openPostgresStore } from "../store/postgres-store.ts";
import { openSqliteStore } from "../store/sqlite-store.ts";
import type { Store } from "../store/store.ts";
import { freshPrekeys, TestClient } from "./test-client.ts";

/** 2026-11-24 12:00 UTC. */
export const NOON = Date.UTC(2026, 10, 24, 12);

export interface TestRelayOptions {
  readonly limits?: Partial<Omit<RelayLimits, "live" | "http" | "fairness" | "blobs" | "transfers">>;
  readonly blobs?: Partial<BlobLimits>;
  readonly transfers?: Partial<TransferLimits>;
  readonly live?: Partial<LiveLimits>;
  readonly http?: Partial<HttpLimits>;
  /** Those left out are as good as none: the relay's clock stands still, so that no bucket would fill again. */
  readonly fairness?: Partial<FairnessLimits>;
  readonly trustedProxies?: BlockList;
  readonly publicOrigin?: string;
  readonly allowedOrigins?: readonly string[];
  /** By default 127.0.0.1. */
  readonly metricsFrom?: BlockList;
  readonly registration?: RelayContext["registration"];
  readonly appFolder?: string;
  /** The data folder of a relay that has ended; by default a fresh one. */
  readonly folder?: string;
  /** The address of a PostgreSQL database, for a store there instead; the hub stays within this relay by default. */
  readonly databaseUrl?: string;
  /** Ended with the relay. */
  readonly hub?: Hub;
  /** Changes the store before it is used. */
  readonly wrapStore?: (store: Store) => Store;
}

export interface TestRelay {
  readonly origin: string;
  readonly folder: string;
  readonly relay: Relay;
  readonly hub: Hub;
  readonly store: Store;
  /** Every line of the log, at the most talkative level. */
  readonly logs: readonly string[];
  /** Lets so many milliseconds pass. */
  advance(milliseconds: number): void;
  /** Sets the relay's clock ahead, or back, by so many milliseconds, in which no time passes. */
  jump(milliseconds: number): void;
  /** The relay's clock, Unix milliseconds. */
  now(): number;
  /** A client with this relay's clock, which has not published anything. */
  stranger(username: string): TestClient;
  /** A client that has published its keys and so many one-time prekeys of each kind. */
  member(username: string, oneTimePrekeys?: number): Promise<TestClient>;
  /** Ends the relay, and its store. Happens by itself at the end of the test. */
  stop(): Promise<void>;
}

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sotto-relay-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const PLENTY = { capacity: 1_000_000, refillMilliseconds: 1 };
const GENEROUS: FairnessLimits = {
  addressRequests: PLENTY,
  addressRegistrations: PLENTY,
  accountRequests: PLENTY,
  accountEnvelopes: PLENTY,
  accountBlobs: PLENTY,
  accountChunksStored: PLENTY,
  accountChunksRead: PLENTY,
  accountSockets: PLENTY,
  prekeysByPair: PLENTY,
  prekeysOfTarget: PLENTY,
};

export async function startTestRelay(options: TestRelayOptions = {}): Promise<TestRelay> {
  const folder = options.folder ?? temporaryFolder();
  const limits = {
    ...DEFAULT_LIMITS,
    ...options.limits,
    blobs: { ...DEFAULT_LIMITS.blobs, ...options.blobs },
    transfers: { ...DEFAULT_LIMITS.transfers, ...options.transfers },
    live: { ...DEFAULT_LIMITS.live, ...options.live },
    http: { ...DEFAULT_LIMITS.http, ...options.http },
    fairness: { ...GENEROUS, ...options.fairness },
  };
  const metrics = new RelayMetrics();
  const opened = options.databaseUrl
    ? await openPostgresStore(options.databaseUrl, limits, { onCommit: metrics.observeCommit })
    : await openSqliteStore(folder, limits, { onCommit: metrics.observeCommit });
  const store = options.wrapStore?.(opened) ?? opened;
  const logs: string[] = [];
  const hub = options.hub ?? createLocalHub();
  let time = NOON;
  let uptime = 0;
  const relay = createRelay({
    store,
    hub,
    clock: () => time,
    uptime: () => uptime,
    limits,
    buckets: createMemoryBuckets(),
    trustedProxies: options.trustedProxies ?? new BlockList(),
    registration: options.registration ?? "open",
    logger: pino({ level: "trace" }, { write: (line: string) => void logs.push(line) }),
    metrics,
    metricsFrom: options.metricsFrom ?? parseAddressList("127.0.0.1") ?? new BlockList(),
    randomBytes: (length) => Uint8Array.from(randomBytes(length)),
    publicOrigin: options.publicOrigin ?? null,
    allowedOrigins: options.allowedOrigins ?? [],
    appFolder: options.appFolder ?? null,
  });
  relay.server.listen(0, "127.0.0.1");
  await once(relay.server, "listening");
  const origin = `http://localhost:${relay.port()}`;
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= relay
      .close()
      .then(() => hub.close())
      .then(() => opened.close());
    return stopped;
  };
  onTestFinished(stop);
  const stranger = (username: string) => new TestClient({ origin, username, clock: () => time });
  return {
    origin,
    folder,
    relay,
    hub,
    store,
    logs,
    advance: (milliseconds) => {
      time += milliseconds;
      uptime += milliseconds;
    },
    jump(milliseconds) {
      time += milliseconds;
    },
    now: () => time,
    stranger,
    async member(username, oneTimePrekeys = 0) {
      const client = stranger(username);
      const { status, text } = await client.publish({
        oneTimePrekeys: freshPrekeys(oneTimePrekeys),
        oneTimeKemPrekeys: client.freshKemPrekeys(oneTimePrekeys),
      });
      if (status !== 200) throw new Error(`publish_keys answered ${status} ${text}`);
      return client;
    },
    stop,
  };
}
