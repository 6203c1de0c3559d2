/** The relay as the engine sees it: one origin, requests over `fetch`, and a live socket. */
import type { Clock, RelayNetwork } from "../engine/ports.ts";
import { type Fetch, fetchRelay } from "./fetch-relay.ts";
import { connectLive } from "./live-connection.ts";
import type { SocketConstructor } from "./socket.ts";

export interface RelayNetworkOptions {
  /** The relay's, `https://` or `http://`; only its origin is used. */
  readonly origin: string;
  readonly fetch: Fetch;
  readonly WebSocket: SocketConstructor;
  readonly clock: Clock;
  /** From 0 (included) to 1 (not included), for the jitter of reconnecting. */
  readonly random: () => number;
}

/** Throws TypeError when `origin` is no http or https address. */
export function createRelayNetwork({ origin, fetch, WebSocket, clock, random }: RelayNetworkOptions): RelayNetwork {
  const url = new URL(origin);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new TypeError(`relay must be an http or https address, got ${url.protocol}`);
  }
  const live = `${url.protocol === "https:" ? "wss" : "ws"}://${url.host}/api/live`;
  return {
    origin: url.origin,
    authority: url.host,
    request: fetchRelay({ origin: url.origin, fetch }),
    connectLive: (handlers) => connectLive({ url: live, origin: url.origin, WebSocket, clock, random }, handlers),
  };
}
