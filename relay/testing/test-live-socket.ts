/** A client's end of a live socket for tests: frames can be awaited in order, and so can the end. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { WebSocket } from "ws";
import type { Bytes } from "../wire/bytes.ts";
import { formatAuthenticateFrame, liveStatement, parseRelayFrame, type RelayFrame } from "../wire/live.ts";
import type { KeyId } from "../wire/request-signature.ts";

interface Device {
  readonly origin: string;
  readonly keyId: KeyId;
  readonly deviceSecretKey: Bytes;
}

export interface TestLiveSocketOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly client: Device;
}

/** What is claimed or signed instead of the truth. */
export interface AuthenticationOverrides {
  readonly keyId?: KeyId;
  readonly origin?: string;
  readonly secretKey?: Bytes;
  readonly challenge?: Bytes;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class TestLiveSocket {
  readonly socket: WebSocket;
  /** Resolves when the socket is gone; `reason` of a refused upgrade is its HTTP status. */
  readonly closed: Promise<Closed>;
  readonly #client: Device;
  readonly #frames: RelayFrame[] = [];
  #wake: (() => void) | null = null;

  constructor({ url, headers, client }: TestLiveSocketOptions) {
    this.#client = client;
    this.socket = new WebSocket(url, { headers: { ...headers } });
    this.closed = new Promise((resolve) => {
      this.socket.on("unexpected-response", (request, response) => {
        resolve({ code: 0, reason: String(response.statusCode) });
        request.destroy();
      });
      this.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.socket.on("error", () => {});
    this.socket.on("message", (message) => {
      const frame = parseRelayFrame(message.toString());
      if (!frame) throw new Error("relay sent an unknown frame");
      this.#frames.push(frame);
      this.#wake?.();
    });
  }

  /** The next frame; rejects when the socket closes first. */
  async next(): Promise<RelayFrame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame) return frame;
      const arrived = new Promise<null>((resolve) => {
        this.#wake = () => resolve(null);
      });
      const end = await Promise.race([arrived, this.closed]);
      if (end && this.#frames.length === 0) throw new Error(`socket closed with ${end.code} ${end.reason}`);
    }
  }

  /** The next frame of this type; others on the way are dropped. */
  async nextOf<T extends RelayFrame["type"]>(type: T): Promise<Extract<RelayFrame, { readonly type: T }>> {
    for (;;) {
      const frame = await this.next();
      if (isOf(frame, type)) return frame;
    }
  }

  /** Answers the challenge and waits for "ready". */
  async authenticate(): Promise<this> {
    await this.answerChallenge();
    await this.nextOf("ready");
    return this;
  }

  /** Waits for the challenge and answers it, truthfully or not. */
  async answerChallenge(overrides: AuthenticationOverrides = {}): Promise<void> {
    const { challenge } = await this.nextOf("challenge");
    const keyId = overrides.keyId ?? this.#client.keyId;
    const origin = overrides.origin ?? this.#client.origin;
    const statement = liveStatement(origin, overrides.challenge ?? challenge, keyId);
    const signature = Uint8Array.from(ed25519.sign(statement, overrides.secretKey ?? this.#client.deviceSecretKey));
    this.socket.send(formatAuthenticateFrame({ keyId, origin, signature }));
  }
}

function isOf<T extends RelayFrame["type"]>(
  frame: RelayFrame,
  type: T,
): frame is Extract<RelayFrame, { readonly type: T }> {
  return frame.type === type;
}
