/**
 * The HTTP server under the app and the live sockets: how long a request may take to arrive, how large its headers may
 * be, how many connections there may be, and what is answered when bytes are no request at all.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { HttpLimits } from "../limits.ts";
import type { ErrorCode } from "../wire/error-codes.ts";
import type { ClientAddresses } from "./client-address.ts";
import { rawRefusal } from "./raw-refusal.ts";
import { whenGone } from "./when-gone.ts";

/** Longer than the proxies in front of it keep theirs, so that they never write into a closed connection. */
const KEEP_ALIVE_MILLISECONDS = 75_000;

export interface HttpServerParts {
  readonly limits: HttpLimits;
  readonly addresses: ClientAddresses;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Told of what is refused before it is a request. */
  readonly onRefused: (code: ErrorCode) => void;
}

export function createHttpServer({ limits, addresses, handle, onRefused }: HttpServerParts): Server {
  const exchanges = new OpenExchanges();
  const take = (request: IncomingMessage, response: ServerResponse) => {
    exchanges.add(request, response);
    handle(request, response);
  };
  const server = createServer(
    {
      headersTimeout: limits.headersMilliseconds,
      requestTimeout: limits.requestMilliseconds,
      connectionsCheckingInterval: limits.checkMilliseconds,
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
      maxHeaderSize: limits.headerBytes,
    },
    take,
  );
  // An `Expect` that nobody knows may be ignored (RFC 9110 §10.1.1); Node would answer 417 without a body.
  server.on("checkExpectation", take);
  server.maxConnections = limits.connections;
  const refuse = (socket: Duplex, code: ErrorCode | null) => {
    if (code !== null && socket.writable && !exchanges.isAnswered(socket)) {
      onRefused(code);
      socket.write(rawRefusal(code));
    }
    socket.destroy();
  };
  // A connection on which nothing moves. Idle ones between requests have the time above, and live sockets their own.
  server.setTimeout(limits.stalledMilliseconds, (socket) =>
    refuse(socket, exchanges.isArriving(socket) ? "request-timeout" : null),
  );
  // Whoever reads nothing may still send something now and then, so that the connection never seems to stand still.
  const watch = setInterval(() => exchanges.endOlderThan(limits.answerMilliseconds), limits.checkMilliseconds);
  watch.unref();
  server.once("close", () => clearInterval(watch));
  limitConnections(server, { addresses, perAddress: limits.connectionsPerAddress });
  server.on("clientError", (error: Error, socket: Duplex) => refuse(socket, codeOf(error)));
  return server;
}

/** Ends at once what an address opens beyond its share; there is no request yet that could be answered. */
function limitConnections(
  server: Server,
  { addresses, perAddress }: { readonly addresses: ClientAddresses; readonly perAddress: number },
): void {
  const open = new Map<string, number>();
  server.on("connection", (socket) => {
    const address = addresses.ofPeer(socket.remoteAddress);
    if (address === null) return;
    const count = (open.get(address) ?? 0) + 1;
    if (count > perAddress) {
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once("close", () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Milliseconds of no particular beginning. */
  readonly since: number;
}

/** The requests that are arriving or being answered. */
class OpenExchanges {
  readonly #all = new Set<Exchange>();
  readonly #ofSocket = new WeakMap<Duplex, Set<Exchange>>();

  add(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const exchange: Exchange = { request, response, since: performance.now() };
    const beside = this.#ofSocket.get(socket) ?? new Set();
    this.#ofSocket.set(socket, beside.add(exchange));
    this.#all.add(exchange);
    whenGone(response, () => {
      beside.delete(exchange);
      this.#all.delete(exchange);
    });
  }

  /** Whether an answer is on its way there: a refusal in the midst of it would be taken for part of it. */
  isAnswered(socket: Duplex): boolean {
    return [...(this.#ofSocket.get(socket) ?? [])].some(({ response }) => response.headersSent);
  }

  /** Whether a request has not come whole. */
  isArriving(socket: Duplex): boolean {
    return [...(this.#ofSocket.get(socket) ?? [])].some(({ request }) => !request.complete);
  }

  /** Ends the connections of those that began so many milliseconds ago, or earlier. */
  endOlderThan(milliseconds: number): void {
    const now = performance.now();
    for (const { request, since } of this.#all) if (now - since >= milliseconds) request.socket.destroy();
  }
}

/** Null for a connection that broke, where nobody is left to be told. */
function codeOf(error: Error): ErrorCode | null {
  const code = "code" in error ? error.code : undefined;
  if (code === "HPE_HEADER_OVERFLOW") return "headers-too-large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "request-timeout";
  return typeof code === "string" && code.startsWith("HPE_") ? "bad-request" : null;
}
