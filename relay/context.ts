/** What the routes and the live socket of one relay share. */
import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import type { Fairness } from "./fairness/fairness.ts";
import type { RelayCounts } from "./health/counts.ts";
import type { RelayMetrics } from "./health/metrics.ts";
import type { StoreHealth } from "./health/store-health.ts";
import type { AllowedOrigins } from "./http/allowed-origins.ts";
import type { OpenRequests } from "./http/open-requests.ts";
import type { Transfers } from "./http/transfers.ts";
import type { RelayLimits } from "./limits.ts";
import type { Hub } from "./live/hub.ts";
import type { BlobCollector } from "./store/blob-collector.ts";
import type { Store } from "./store/store.ts";
import type { Bytes } from "./wire/bytes.ts";

/** Unix milliseconds. */
export type Clock = () => number;

export interface RelayContext {
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly limits: RelayLimits;
  readonly logger: Logger;
  /** Who may register a name that nobody owns. */
  readonly registration: "open" | "invite" | "closed";
  readonly counts: RelayCounts;
  readonly metrics: RelayMetrics;
  /** Whether a client at this address may read the metrics. */
  readonly mayReadMetrics: (request: IncomingMessage) => boolean;
  readonly health: StoreHealth;
  readonly requests: OpenRequests;
  readonly fairness: Fairness;
  readonly transfers: Transfers;
  readonly collector: BlobCollector;
  /** The address a request counts against (client-address.ts); never for the log. */
  readonly clientAddress: (request: IncomingMessage) => string;
  readonly randomBytes: (length: number) => Bytes;
  /** Known only once the relay listens, since a port may be chosen by the system. */
  readonly allowed: () => AllowedOrigins;
}
