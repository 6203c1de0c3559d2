/** What is looked up when someone asks for `/metrics`: the store's sizes, live sockets, and how the process is. */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { RelayContext } from "../context.ts";
import { StoreFailure, type StoreStatistics } from "../store/store.ts";

/** Counting a large store takes long, so it is asked at most this often. */
const STATISTICS_MILLISECONDS = 30_000;
const NANOSECONDS = 1e9;

/** Registers the gauges of one relay; returns what ends the measuring. */
export function registerGauges(relay: RelayContext, sockets: () => number): () => void {
  const { metrics } = relay;
  const statistics = createStatisticsReader(relay);
  const ofStore = (read: (statistics: StoreStatistics) => number) => async () => {
    const known = await statistics();
    return known === null ? null : read(known);
  };
  metrics.gauge(
    "sotto_accounts",
    "Accounts that the relay knows",
    ofStore(({ accounts }) => accounts),
  );
  metrics.gauge(
    "sotto_waiting_envelopes",
    "Envelopes that wait for their recipients",
    ofStore(({ waitingEnvelopes }) => waitingEnvelopes),
  );
  metrics.gauge(
    "sotto_waiting_bytes",
    "Bytes of the envelopes that wait",
    ofStore(({ waitingBytes }) => waitingBytes),
  );
  metrics.gauge(
    "sotto_one_time_prekeys",
    "One-time prekeys of both kinds that can still be handed out",
    ofStore(({ oneTimePrekeys }) => oneTimePrekeys),
  );
  metrics.gauge(
    "sotto_devices_without_one_time_prekeys",
    "Devices without a one-time prekey of one of the kinds",
    ofStore(({ devicesWithoutPrekeys }) => devicesWithoutPrekeys),
  );
  metrics.gauge(
    "sotto_blobs",
    "Blobs in the store, those included whose deletion is under way",
    ofStore(({ blobs }) => blobs),
  );
  metrics.gauge(
    "sotto_blob_bytes",
    "Bytes of all chunks of blobs in the store",
    ofStore(({ blobBytes }) => blobBytes),
  );
  metrics.gauge("sotto_chunks_under_way", "Chunks of blobs on their way in or out", () => relay.transfers.size);
  metrics.gauge("sotto_live_sockets", "Live sockets that are open", sockets);
  metrics.gauge("sotto_store_failing", "1 while the database fails and no mail is accepted", () =>
    relay.health.failing === null ? 0 : 1,
  );
  metrics.gauge("sotto_heap_bytes", "Heap that is in use", () => process.memoryUsage().heapUsed);
  metrics.gauge("sotto_resident_bytes", "Memory of the process", () => process.memoryUsage.rss());
  return measureEventLoop(relay);
}

/** Lag since the last time somebody asked. */
function measureEventLoop({ metrics }: RelayContext): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  metrics.gauge(
    "sotto_event_loop_lag_p99_seconds",
    "Lag of the event loop since the last reading, 99th percentile",
    () => readLag(delay),
  );
  return () => {
    delay.disable();
  };
}

function readLag(delay: IntervalHistogram): number | null {
  const nanoseconds = delay.count === 0 ? null : delay.percentile(99);
  delay.reset();
  return nanoseconds === null ? null : nanoseconds / NANOSECONDS;
}

/** Reads the statistics once for all who ask within half a minute; null while the store does not tell them. */
function createStatisticsReader({ store, clock, health }: RelayContext): () => Promise<StoreStatistics | null> {
  let readAt = Number.NEGATIVE_INFINITY;
  let latest: Promise<StoreStatistics | null> = Promise.resolve(null);
  return () => {
    if (Math.abs(clock() - readAt) < STATISTICS_MILLISECONDS) return latest;
    readAt = clock();
    latest = store.statistics().catch((error: unknown) => {
      if (error instanceof StoreFailure) health.report(error);
      return null;
    });
    return latest;
  };
}
