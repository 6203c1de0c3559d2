/** One live socket, from its challenge to its end (the frames are in wire/live.ts). */
import { type RawData, WebSocket } from "ws";
import type { RelayContext } from "../context.ts";
import { describeError } from "../middleware/errors.ts";
import { verifyQuickly } from "../public-keys.ts";
import { Refusal } from "../refusal.ts";
import { StoreFailure } from "../store/store.ts";
import type { Bytes } from "../wire/bytes.ts";
import {
  type AuthenticateFrame,
  CHALLENGE_BYTES,
  CLOSE_UNAUTHENTICATED,
  formatRelayFrame,
  liveStatement,
  parseAuthenticateFrame,
  type RelayFrame,
} from "../wire/live.ts";
import type { LiveDevice, LiveEvent } from "./hub.ts";
import { LiveMail } from "./live-mail.ts";
import { SocketWatch } from "./socket-watch.ts";

/** Close code for a client that breaks the rules after it proved who it is (RFC 6455 §7.4.1). */
const CLOSE_POLICY = 1008;

export interface LiveSocket {
  readonly socket: WebSocket;
  /** Bytes that came in on it so far. */
  readonly bytesRead: () => number;
  /** Called once the client has proved which device it is, before it is told so. */
  readonly onReady: (connection: LiveConnection, device: LiveDevice) => void;
}

type Phase = "challenged" | "checking" | "ready";

export class LiveConnection {
  readonly #relay: RelayContext;
  readonly #socket: WebSocket;
  readonly #challenge: Bytes;
  readonly #onReady: LiveSocket["onReady"];
  readonly #authenticationTimer: NodeJS.Timeout;
  readonly #watch: SocketWatch;
  #phase: Phase = "challenged";
  #mail: LiveMail | null = null;

  /** Sends the challenge. */
  constructor(relay: RelayContext, { socket, bytesRead, onReady }: LiveSocket) {
    this.#relay = relay;
    this.#socket = socket;
    this.#onReady = onReady;
    this.#watch = new SocketWatch({ socket, bytesRead, limits: relay.limits.live });
    this.#challenge = relay.randomBytes(CHALLENGE_BYTES);
    this.#authenticationTimer = setTimeout(
      () => this.#refuse("signature-missing"),
      relay.limits.live.authenticationMilliseconds,
    );
    socket.on("message", (frame, isBinary) => this.#receive(frame, isBinary));
    socket.on("close", () => clearTimeout(this.#authenticationTimer));
    // An error (a frame too large, a broken connection) is always followed by "close".
    socket.on("error", () => {});
    void this.#send({ type: "challenge", challenge: this.#challenge });
  }

  get isReady(): boolean {
    return this.#phase === "ready";
  }

  /** Tells the client. One that reads too slowly is cut off; it fetches its mail later. */
  tell(event: LiveEvent): void {
    if (event.kind === "mail") this.deliverMail();
    else if (event.kind === "prekeys") void this.#send({ type: "prekeys", remaining: event.remaining });
    // What any other request of the device is answered from now on.
    else this.close(CLOSE_UNAUTHENTICATED, "unknown-device");
  }

  /** Pushes what has come into the device's mailbox since the client authenticated. */
  deliverMail(): void {
    this.#mail?.deliver().catch((error: unknown) => {
      if (error instanceof StoreFailure) {
        // The socket stays: once the store works again, what is new there is pushed.
        this.#relay.health.report(error);
        return;
      }
      this.#relay.logger.error(describeError(error), "live delivery failed");
      // It comes back, and fetches what it has missed.
      this.terminate();
    });
  }

  /** Also ends a socket whose other end is gone or misbehaves. */
  heartbeat(): void {
    this.#watch.look();
    void this.#send({ type: "heartbeat" });
  }

  /** Calls back when the socket is gone. */
  onGone(callback: () => void): void {
    this.#socket.on("close", callback);
  }

  /** Closes politely; `terminate` does not wait. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(frame: RawData, isBinary: boolean): void {
    if (this.#phase === "ready") {
      this.close(CLOSE_POLICY, "bad-request");
    } else if (this.#phase === "checking" || isBinary) {
      this.#refuse("bad-request");
    } else {
      this.#phase = "checking";
      this.#authenticate(frame.toString()).catch((error: unknown) => this.#fail(error));
    }
  }

  async #authenticate(text: string): Promise<void> {
    const frame = parseAuthenticateFrame(text);
    if (!frame) throw new Refusal("bad-request");
    if (!this.#relay.allowed().origins.has(frame.origin)) throw new Refusal("wrong-authority");
    const deviceKey = await this.#relay.store.readDeviceKey(frame.keyId);
    if (!deviceKey) throw new Refusal("unknown-device");
    if (!this.#verify(frame, deviceKey)) throw new Refusal("signature-invalid");
    await this.#relay.fairness.admitSocket(frame.keyId.username);
    // What waits by now the client fetches with `receive` once it is ready.
    const after = await this.#relay.store.newestMail(frame.keyId);
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    clearTimeout(this.#authenticationTimer);
    this.#phase = "ready";
    const device = { ...frame.keyId, deviceKey };
    // Subscribed before "ready" leaves: mail that comes in between is pushed, never missed.
    this.#onReady(this, device);
    void this.#send({ type: "ready" });
    this.#mail = new LiveMail({
      relay: this.#relay,
      device,
      after,
      push: (envelope) => this.#send({ type: "mail", envelope }),
    });
    this.deliverMail();
  }

  #verify({ origin, keyId, signature }: AuthenticateFrame, deviceKey: Bytes): boolean {
    return verifyQuickly({ signature, signed: liveStatement(origin, this.#challenge, keyId), publicKey: deviceKey });
  }

  #fail(error: unknown): void {
    if (error instanceof StoreFailure) {
      this.#relay.health.report(error);
      this.#refuse("unavailable");
    } else if (error instanceof Refusal) {
      this.#refuse(error.code);
    } else {
      this.#relay.logger.error(describeError(error), "live authentication failed");
      this.#refuse("internal");
    }
  }

  #refuse(code: Refusal["code"]): void {
    clearTimeout(this.#authenticationTimer);
    this.#relay.counts.refuse(code);
    this.#socket.close(CLOSE_UNAUTHENTICATED, code);
  }

  /** Resolves once the frame left this process, to whether it did; a client that takes too long to read is cut off. */
  #send(frame: RelayFrame): Promise<boolean> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve(false);
    return new Promise((resolve) => {
      const impatience = setTimeout(() => this.terminate(), this.#relay.limits.live.slowReaderMilliseconds);
      this.#socket.send(formatRelayFrame(frame), (error) => {
        clearTimeout(impatience);
        resolve(!error);
      });
    });
  }
}
