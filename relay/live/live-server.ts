/** The live sockets of one relay: `/api/live` upgrades, subscriptions to the hub, heartbeats and the end. */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { RelayContext } from "../context.ts";
import { ERROR_STATUS, type ErrorCode } from "../wire/error-codes.ts";
import { formatKeyId } from "../wire/request-signature.ts";
import type { LiveDevice } from "./hub.ts";
import { LiveConnection } from "./live-connection.ts";

const LIVE_PATH = "/api/live";
/** The relay goes away (RFC 6455 §7.4.1): the client comes back by itself. */
const CLOSE_GOING_AWAY = 1001;
const CLOSE_POLICY = 1008;
/** How long a client may take to answer a close. */
const CLOSE_MILLISECONDS = 1000;

export class LiveServer {
  readonly #relay: RelayContext;
  readonly #webSockets: WebSocketServer;
  readonly #connections = new Set<LiveConnection>();
  readonly #ofDevice = new Map<string, Set<LiveConnection>>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #poll: NodeJS.Timeout | null;
  #closing = false;

  constructor(relay: RelayContext) {
    this.#relay = relay;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: relay.limits.live.frameBytes,
      perMessageDeflate: false,
    });
    this.#heartbeat = setInterval(() => this.#beat(), relay.limits.live.heartbeatMilliseconds);
    this.#heartbeat.unref();
    const { pollMilliseconds } = relay.hub;
    this.#poll = pollMilliseconds === null ? null : setInterval(() => this.#lookForMail(), pollMilliseconds);
    this.#poll?.unref();
  }

  /** How many sockets are open. */
  get size(): number {
    return this.#connections.size;
  }

  /** Takes over an upgrade request of the http server, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#upgradeRefusal(request);
    if (refusal) {
      refuseUpgrade(socket, refusal);
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new LiveConnection(this.#relay, webSocket, (ready, device) => this.#subscribe(ready, device));
      this.#connections.add(connection);
      connection.onGone(() => this.#connections.delete(connection));
    });
  }

  /** Closes every socket with 1001 and resolves when they are gone. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#heartbeat);
    if (this.#poll) clearInterval(this.#poll);
    const connections = [...this.#connections];
    const gone = Promise.all(connections.map((connection) => new Promise<void>((done) => connection.onGone(done))));
    for (const connection of connections) connection.close(CLOSE_GOING_AWAY, "");
    const impatience = setTimeout(() => {
      for (const connection of connections) connection.terminate();
    }, CLOSE_MILLISECONDS);
    await gone;
    clearTimeout(impatience);
  }

  #upgradeRefusal(request: IncomingMessage): ErrorCode | null {
    if (this.#closing) return "unavailable";
    if (request.url !== LIVE_PATH) return "not-found";
    // Browsers always name the page's origin; other clients name none and prove themselves in the first frame.
    const { origin } = request.headers;
    return origin === undefined || this.#relay.allowed().origins.has(origin) ? null : "forbidden";
  }

  #subscribe(connection: LiveConnection, device: LiveDevice): void {
    const name = formatKeyId(device);
    const siblings = this.#ofDevice.get(name) ?? new Set();
    // The oldest gives way, since it is the likeliest to be a connection that died unnoticed.
    const [oldest] = siblings;
    if (oldest && siblings.size >= this.#relay.limits.live.socketsPerDevice) {
      siblings.delete(oldest);
      oldest.close(CLOSE_POLICY, "too-many-sockets");
    }
    this.#ofDevice.set(name, siblings.add(connection));
    const unsubscribe = this.#relay.hub.subscribe(device, (event) => connection.tell(event));
    connection.onGone(() => {
      unsubscribe();
      siblings.delete(connection);
      if (siblings.size === 0 && this.#ofDevice.get(name) === siblings) this.#ofDevice.delete(name);
    });
  }

  /** Covers news that got lost on its way between processes. */
  #lookForMail(): void {
    for (const connection of this.#connections) connection.deliverMail();
  }

  #beat(): void {
    for (const connection of this.#connections) if (connection.isReady) connection.heartbeat();
  }
}

function refuseUpgrade(socket: Duplex, code: ErrorCode): void {
  const status = ERROR_STATUS[code];
  const body = JSON.stringify({ error: code });
  socket.on("error", () => {});
  socket.once("finish", () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
      "Connection: close",
      "Content-Type: application/json; charset=utf-8",
      "X-Content-Type-Options: nosniff",
      "Cache-Control: no-store",
      `Content-Length: ${body.length}`,
      "",
      body,
    ].join("\r\n"),
  );
}
