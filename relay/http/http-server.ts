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
  const answers = new OpenAnswers();
  const take = (request: IncomingMessage, response: ServerResponse) => {
    answers.add(request.socket, response);
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
  // Without anybody listening for it, a connection on which nothing moves is destroyed, its unread answer with it. Idle
  // connections between requests have the time above, and live sockets their own.
  server.timeout = limits.stalledMilliseconds;
  limitConnections(server, { addresses, perAddress: limits.connectionsPerAddress });
  server.on("clientError", (error: Error, socket: Duplex) => {
    const code = codeOf(error);
    if (code !== null && socket.writable && !answers.hasBegun(socket)) {
      onRefused(code);
      socket.write(rawRefusal(code));
    }
    socket.destroy();
  });
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

/** Which answers are on their way on each connection: a refusal in the midst of one would be taken for part of it. */
class OpenAnswers {
  readonly #ofSocket = new WeakMap<Duplex, Set<ServerResponse>>();

  add(socket: Duplex, response: ServerResponse): void {
    const responses = this.#ofSocket.get(socket) ?? new Set();
    this.#ofSocket.set(socket, responses.add(response));
    response.once("close", () => responses.delete(response));
  }

  hasBegun(socket: Duplex): boolean {
    return [...(this.#ofSocket.get(socket) ?? [])].some(({ headersSent }) => headersSent);
  }
}

/** Null for a connection that broke, where nobody is left to be told. */
function codeOf(error: Error): ErrorCode | null {
  const code = "code" in error ? error.code : undefined;
  if (code === "HPE_HEADER_OVERFLOW") return "headers-too-large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "request-timeout";
  return typeof code === "string" && code.startsWith("HPE_") ? "bad-request" : null;
}
