/** The live sockets of one relay: `/api/live` upgrades, subscriptions to the hub, heartbeats and the end. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ServerOptions, WebSocketServer } from "ws";
import type { RelayContext } from "../context.ts";
import { rawRefusal } from "../http/raw-refusal.ts";
import { describeError, toRefusal } from "../middleware/errors.ts";
import { Refusal } from "../refusal.ts";
import { StoreFailure } from "../store/store.ts";
import { formatKeyId } from "../wire/request-signature.ts";
import type { LiveDevice } from "./hub.ts";
import { LiveConnection } from "./live-connection.ts";
import { UnauthenticatedSockets } from "./unauthenticated-sockets.ts";

const LIVE_PATH = "/api/live";
/** The relay goes away (RFC 6455 §7.4.1): the client comes back by itself. */
const CLOSE_GOING_AWAY = 1001;
const CLOSE_POLICY = 1008;
/** How long a client may take to answer the close when the relay ends. */
const CLOSE_MILLISECONDS = 1000;

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Called when the socket has proved who it is, or is gone. */
  readonly leave: () => void;
}

/** In so many parts the sockets are looked after, within the time in which each is looked after once. */
const POLL_PARTS = 30;

export class LiveServer {
  readonly #relay: RelayContext;
  readonly #webSockets: WebSocketServer;
  readonly #connections = new Set<LiveConnection>();
  readonly #unauthenticated: UnauthenticatedSockets;
  readonly #ofDevice = new Map<string, Set<LiveConnection>>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #poll: NodeJS.Timeout | null;
  #pollTurn = 0;
  #closing = false;

  constructor(relay: RelayContext) {
    this.#relay = relay;
    const { frameBytes, fragments, closeMilliseconds, unauthenticatedPerAddress } = relay.limits.live;
    this.#unauthenticated = new UnauthenticatedSockets(unauthenticatedPerAddress);
    // The types do not know `closeTimeout` yet.
    const options: ServerOptions & { readonly closeTimeout: number } = {
      noServer: true,
      // Of a whole message, whatever its fragments.
      maxPayload: frameBytes,
      maxFragments: fragments,
      // Answered by the connection's SocketWatch.
      autoPong: false,
      closeTimeout: closeMilliseconds,
      perMessageDeflate: false,
    };
    this.#webSockets = new WebSocketServer(options);
    // An upgrade that is none of a WebSocket; ws would answer in prose.
    this.#webSockets.on("wsClientError", (_error, socket) => this.#refuse(socket, new Refusal("bad-request")));
    this.#heartbeat = setInterval(() => this.#beat(), relay.limits.live.heartbeatMilliseconds);
    this.#heartbeat.unref();
    const { pollMilliseconds } = relay.hub;
    this.#poll = pollMilliseconds === null ? null : setInterval(() => this.#pollSome(), pollMilliseconds / POLL_PARTS);
    this.#poll?.unref();
  }

  /** How many sockets are open. */
  get size(): number {
    return this.#connections.size;
  }

  /** Pushes what is new in the store, for which news may have got lost. */
  deliverMail(): void {
    for (const connection of this.#connections) connection.deliverMail();
  }

  /** Looks for some of the sockets, so that the store is not asked for all of them at once. */
  #pollSome(): void {
    this.#pollTurn = (this.#pollTurn + 1) % POLL_PARTS;
    let place = 0;
    for (const connection of this.#connections) {
      if (place % POLL_PARTS === this.#pollTurn) connection.deliverMail();
      place += 1;
    }
  }

  /** Takes over an upgrade request of the http server, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // While it is decided whether there is room, the connection may break.
    socket.on("error", () => {});
    this.#admit(request).then(
      (leave) => this.#open({ request, socket, head, leave }),
      (error: unknown) => this.#refuse(socket, error),
    );
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

  /** Refuses by throwing; otherwise the socket counts as one that has not proved who it is until `leave` is called. */
  async #admit(request: IncomingMessage): Promise<() => void> {
    const { fairness, clientAddress, allowed, limits, requests } = this.#relay;
    const address = clientAddress(request);
    await fairness.admitAddress(address);
    if (this.#closing || requests.isClosing) throw new Refusal("unavailable");
    if (request.url !== LIVE_PATH) throw new Refusal("not-found");
    // Browsers always name the page's origin; other clients name none and prove themselves in the first frame.
    const { origin } = request.headers;
    if (origin !== undefined && !allowed().pages.has(origin)) throw new Refusal("forbidden");
    const leave = this.#unauthenticated.enter(address);
    if (leave) return leave;
    const retryAfterSeconds = Math.ceil(limits.live.authenticationMilliseconds / 1000);
    throw new Refusal("rate-limited", { retryAfterSeconds });
  }

  #open({ request, socket, head, leave }: Upgrade): void {
    socket.once("close", leave);
    if (socket.destroyed) {
      leave();
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const onReady = (ready: LiveConnection, device: LiveDevice) => {
        leave();
        this.#subscribe(ready, device);
      };
      const bytesRead = () => request.socket.bytesRead;
      const connection = new LiveConnection(this.#relay, { socket: webSocket, bytesRead, onReady });
      this.#connections.add(connection);
      connection.onGone(() => this.#connections.delete(connection));
    });
  }

  #refuse(socket: Duplex, error: unknown): void {
    if (error instanceof StoreFailure) this.#relay.health.report(error);
    const known = toRefusal(error);
    if (known === null) this.#relay.logger.error(describeError(error), "live upgrade failed");
    const refusal = known ?? new Refusal("internal");
    this.#relay.counts.refuse(refusal.code);
    const { code, retryAfterSeconds } = refusal;
    socket.once("finish", () => socket.destroy());
    socket.end(rawRefusal(code, retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]));
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

  #beat(): void {
    for (const connection of this.#connections) if (connection.isReady) connection.heartbeat();
  }
}
