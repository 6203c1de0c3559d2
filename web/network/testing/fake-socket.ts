/** Sockets that do what the test says, and remember what was done with them. */
import { formatRelayFrame, type RelayFrame } from "../../../relay/wire/live.ts";
import type { Socket, SocketConstructor } from "../socket.ts";

type Listener = (event: { readonly data: unknown; readonly reason: string }) => void;

export class FakeSocket implements Socket {
  readonly url: string;
  readonly sent: string[] = [];
  closed = false;
  readonly #listeners = new Map<string, Listener>();

  constructor(url: string) {
    this.url = url;
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }

  /** The relay sends a frame, or any other text. */
  receive(frame: RelayFrame | string): void {
    const data = typeof frame === "string" ? frame : formatRelayFrame(frame);
    this.#listeners.get("message")?.({ data, reason: "" });
  }

  /** The connection ends. */
  lose(reason = ""): void {
    this.closed = true;
    this.#listeners.get("close")?.({ data: undefined, reason });
  }
}

/** A constructor of fake sockets, and the sockets it made so far, the latest last. */
export function fakeSockets(): { readonly WebSocket: SocketConstructor; readonly sockets: readonly FakeSocket[] } {
  const sockets: FakeSocket[] = [];
  const WebSocket = class extends FakeSocket {
    constructor(url: string) {
      super(url);
      sockets.push(this);
    }
  };
  return { WebSocket, sockets };
}
