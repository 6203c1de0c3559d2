/**
 * Watches one live socket below its frames: whether pings are answered, and whether the client sends more than such
 * answers, which is all that it has to send once it is ready. Looks when it is told to, with each heartbeat.
 */
import type { WebSocket } from "ws";
import type { LiveLimits } from "../limits.ts";

export interface SocketWatchParts {
  readonly socket: WebSocket;
  /** Bytes that came in so far. */
  readonly bytesRead: () => number;
  readonly limits: Pick<LiveLimits, "pongMilliseconds" | "bytesPerHeartbeat">;
}

export class SocketWatch {
  readonly #parts: SocketWatchParts;
  /** When the ping was sent that has no answer yet, in milliseconds of no particular beginning. */
  #pingedAt: number | null = null;
  #bytesRead: number;

  constructor(parts: SocketWatchParts) {
    this.#parts = parts;
    this.#bytesRead = parts.bytesRead();
    const { socket } = parts;
    socket.on("pong", () => {
      this.#pingedAt = null;
    });
    // Who sends pings without reading the answers would fill our memory with them.
    socket.on("ping", (payload) => {
      if (socket.bufferedAmount === 0) socket.pong(payload);
    });
  }

  /** Ends a socket whose other end is silent or noisy; pings it otherwise. */
  look(): void {
    const { socket, limits } = this.#parts;
    const now = performance.now();
    const bytesRead = this.#parts.bytesRead();
    const isNoisy = bytesRead - this.#bytesRead > limits.bytesPerHeartbeat;
    const isSilent = this.#pingedAt !== null && now - this.#pingedAt > limits.pongMilliseconds;
    this.#bytesRead = bytesRead;
    if (isNoisy || isSilent) {
      socket.terminate();
    } else if (this.#pingedAt === null) {
      this.#pingedAt = now;
      socket.ping();
    }
  }
}
