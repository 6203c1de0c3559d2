/**
 * One live socket from its opening to its loss (relay/wire/live.ts):
 *
 *   "challenge"       the relay's challenge is awaited, 10 s at most, the opening included
 *   "authentication"  our signature of it is on its way, and "ready" is awaited, 10 s at most
 *   "up"              mail comes; two and a half heartbeats without any frame mean that the relay is gone
 *   "lost"            the end, reported once
 */
import { LIVE_AUTHENTICATION_SECONDS, LIVE_HEARTBEAT_SECONDS } from "../../relay/wire/limits.ts";
import { formatAuthenticateFrame, parseRelayFrame } from "../../relay/wire/live.ts";
import type { Clock, LiveHandlers } from "../engine/ports.ts";
import type { Socket, SocketConstructor } from "./socket.ts";

/** How long each of the two steps of the handshake may take, in milliseconds. */
export const HANDSHAKE_TIME_LIMIT = LIVE_AUTHENTICATION_SECONDS * 1000;

/** How long an open socket may be silent, in milliseconds. */
export const SILENCE_LIMIT = LIVE_HEARTBEAT_SECONDS * 2.5 * 1000;

/** A relay's reason for closing that can be a code; anything else is dropped. */
const CODE = /^[a-z][a-z-]{0,63}$/;

export interface LiveAttemptOptions {
  readonly url: string;
  /** The origin that is signed for. */
  readonly origin: string;
  readonly WebSocket: SocketConstructor;
  readonly clock: Clock;
  readonly handlers: Omit<LiveHandlers, "onDown">;
  /** Called once, when the socket is gone or could not be had; not after `end`. */
  readonly onLost: (code: string | null) => void;
}

type Step = "challenge" | "authentication" | "up" | "lost";

export class LiveAttempt {
  readonly #options: LiveAttemptOptions;
  #step: Step = "challenge";
  #socket: Socket | null = null;
  #cancelDeadline: () => void;

  /** Opens the socket. What goes wrong at once, such as an address that the browser refuses, is reported at once. */
  constructor(options: LiveAttemptOptions) {
    this.#options = options;
    this.#cancelDeadline = options.clock.after(HANDSHAKE_TIME_LIMIT, () => this.#lose(null));
    try {
      const socket = new options.WebSocket(options.url);
      this.#socket = socket;
      socket.addEventListener("message", ({ data }) => this.#receive(data));
      socket.addEventListener("close", ({ reason }) => this.#lose(CODE.test(reason) ? reason : null));
      // Nothing to do, since a close follows; but without a listener `ws` would throw.
      socket.addEventListener("error", () => undefined);
    } catch {
      this.#lose(null);
    }
  }

  /** Closes the socket without a report. */
  end(): void {
    if (this.#step === "lost") return;
    this.#step = "lost";
    this.#cancelDeadline();
    this.#socket?.close();
  }

  #lose(code: string | null): void {
    if (this.#step === "lost") return;
    this.end();
    this.#options.onLost(code);
  }

  #receive(data: unknown): void {
    const frame = typeof data === "string" && this.#step !== "lost" ? parseRelayFrame(data) : null;
    if (this.#step === "up") this.#expectWithin(SILENCE_LIMIT);
    if (frame === null) return;
    const { handlers } = this.#options;
    switch (frame.type) {
      case "challenge":
        if (this.#step === "challenge") void this.#authenticate(frame.challenge);
        return;
      case "ready":
        if (this.#step !== "authentication") return;
        this.#step = "up";
        this.#expectWithin(SILENCE_LIMIT);
        handlers.onUp();
        return;
      case "mail":
        if (this.#step === "up") handlers.onMail(frame.envelope);
        return;
      case "prekeys":
        if (this.#step === "up") handlers.onPrekeys(frame.remaining);
        return;
      case "heartbeat":
        return;
    }
  }

  async #authenticate(challenge: Parameters<LiveHandlers["authenticate"]>[0]): Promise<void> {
    const { handlers, origin } = this.#options;
    this.#step = "authentication";
    this.#expectWithin(HANDSHAKE_TIME_LIMIT);
    try {
      const { keyId, signature } = await handlers.authenticate(challenge);
      // It may be lost by now, and closed sockets differ in what they make of a frame.
      if (this.#step === "authentication") this.#socket?.send(formatAuthenticateFrame({ keyId, origin, signature }));
    } catch {
      // Whatever kept the engine from signing is the engine's to tell; here it is an attempt that failed.
      this.#lose(null);
    }
  }

  #expectWithin(milliseconds: number): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#options.clock.after(milliseconds, () => this.#lose(null));
  }
}
