/**
 * Keeps one live socket open. After a loss the next attempt waits 250 ms, doubling to 3 s at most, of which a random
 * half is taken off at most, so that a relay that comes back is not met by everybody at once. A connection that held
 * for 3 s begins anew; one that breaks sooner does not, or a relay that drops everybody would be called without pause.
 */
import type { Clock, LiveConnection, LiveHandlers } from "../engine/ports.ts";
import { LiveAttempt } from "./live-attempt.ts";
import type { SocketConstructor } from "./socket.ts";

/** The wait before the second attempt, in milliseconds. */
const FIRST_BACKOFF = 250;

/** The longest wait between attempts, in milliseconds. */
export const MAX_BACKOFF = 3000;

export interface LiveConnectionOptions {
  /** `wss:` or `ws:` address of `/api/live`. */
  readonly url: string;
  /** The relay's origin, which is signed for. */
  readonly origin: string;
  readonly WebSocket: SocketConstructor;
  readonly clock: Clock;
  /** From 0 (included) to 1 (not included), for the jitter only. */
  readonly random: () => number;
}

/** Opens the live connection; handlers are called from now on, though never before this returns, until `close`. */
export function connectLive(options: LiveConnectionOptions, handlers: LiveHandlers): LiveConnection {
  return new ReconnectLoop(options, handlers);
}

class ReconnectLoop implements LiveConnection {
  readonly #options: LiveConnectionOptions;
  readonly #handlers: LiveHandlers;
  #closed = false;
  #backoff = FIRST_BACKOFF;
  #attempt: LiveAttempt | null = null;
  #cancelWait: () => void = () => undefined;
  /** When the current attempt was accepted, or null. */
  #upSince: number | null = null;

  constructor(options: LiveConnectionOptions, handlers: LiveHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#wait(0);
  }

  /** Does nothing while a socket is open or being opened. */
  retryNow(): void {
    if (this.#closed || this.#attempt !== null) return;
    this.#cancelWait();
    this.#backoff = FIRST_BACKOFF;
    this.#wait(0);
  }

  close(): void {
    this.#closed = true;
    this.#cancelWait();
    this.#attempt?.end();
    this.#attempt = null;
  }

  #wait(milliseconds: number): void {
    this.#cancelWait = this.#options.clock.after(milliseconds, () => this.#open());
  }

  #open(): void {
    const { url, origin, WebSocket, clock } = this.#options;
    const given = this.#handlers;
    const handlers: Omit<LiveHandlers, "onDown"> = {
      authenticate: (challenge) => given.authenticate(challenge),
      onUp: () => this.#up(),
      onMail: (envelope) => given.onMail(envelope),
      onPrekeys: (remaining) => given.onPrekeys(remaining),
    };
    // Should the constructor report the loss at once, the assignment must not undo what that did.
    let lost = false;
    const onLost = (code: string | null) => {
      lost = true;
      this.#lost(code);
    };
    const attempt = new LiveAttempt({ url, origin, WebSocket, clock, handlers, onLost });
    if (!lost) this.#attempt = attempt;
  }

  #up(): void {
    this.#upSince = this.#options.clock.now();
    this.#handlers.onUp();
  }

  #lost(code: string | null): void {
    const { clock, random } = this.#options;
    if (this.#upSince !== null && clock.now() - this.#upSince >= MAX_BACKOFF) this.#backoff = FIRST_BACKOFF;
    this.#upSince = null;
    this.#attempt = null;
    this.#wait(this.#backoff * (1 - random() / 2));
    this.#backoff = Math.min(this.#backoff * 2, MAX_BACKOFF);
    this.#handlers.onDown(code);
  }
}
