/**
 * Who may read the metrics: a client at one of the operator's addresses that is connected directly. What came through a
 * proxy comes from the proxy's own address, so such a request counts only where the proxy is trusted to say for whom.
 */
import type { IncomingMessage } from "node:http";
import type { BlockList } from "node:net";
import { includesAddress } from "../configuration/address-list.ts";
import type { ClientAddresses } from "../http/client-address.ts";

const FORWARDING_HEADERS = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

export interface MetricsReadersParts {
  readonly metricsFrom: BlockList;
  readonly trustedProxies: BlockList;
  readonly addresses: ClientAddresses;
}

export function createMetricsReaders({ metricsFrom, trustedProxies, addresses }: MetricsReadersParts) {
  return (request: IncomingMessage): boolean => {
    if (!FORWARDING_HEADERS.some((name) => request.headers[name] !== undefined)) {
      return includesAddress(metricsFrom, request.socket.remoteAddress ?? "");
    }
    // Of an IPv6 client only the network is known, which is no address and in no list.
    const client = addresses.of(request);
    // A proxy that is not trusted, or one that does not say for whom, stands for itself.
    const isResolved =
      addresses.ofPeer(request.socket.remoteAddress) === null && !includesAddress(trustedProxies, client);
    // Nobody comes from this very machine through a proxy: whoever says so is a client within a trusted network.
    return isResolved && !client.startsWith("127.") && includesAddress(metricsFrom, client);
  };
}
