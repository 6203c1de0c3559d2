/** The proxy's live sockets: each client's frames are passed to the relay, and the relay's mail goes through the script. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { formatRelayFrame, parseAuthenticateFrame, parseRelayFrame } from "../../relay/wire/live.ts";
import type { ReceivedEnvelope } from "../../relay/wire/mail.ts";

export interface LiveRelaysOptions {
  readonly relayPort: () => number;
  /** What a recipient gets in place of an envelope. */
  readonly mail: (envelope: ReceivedEnvelope, recipient: string) => readonly ReceivedEnvelope[];
}

export class LiveRelays {
  readonly #options: LiveRelaysOptions;
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  /** Who each client has said to be. */
  readonly #usernames = new Map<WebSocket, string>();

  constructor(options: LiveRelaysOptions) {
    this.#options = options;
  }

  /** Opens a socket to the relay first, and answers the client once that stands: a relay that is away looks away. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { host = "", origin } = request.headers;
    const relay = new WebSocket(`ws://127.0.0.1:${this.#options.relayPort()}${request.url ?? ""}`, {
      headers: origin === undefined ? { host } : { host, origin },
      perMessageDeflate: false,
    });
    relay.on("error", () => socket.destroy());
    relay.once("open", () => {
      this.#server.handleUpgrade(request, socket, head, (client) => this.#join(client, relay));
    });
  }

  push(recipient: string, envelope: ReceivedEnvelope): void {
    for (const [client, username] of this.#usernames) {
      if (username === recipient) client.send(formatRelayFrame({ type: "mail", envelope }));
    }
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }

  #join(client: WebSocket, relay: WebSocket): void {
    client.on("message", (frame) => {
      const text = textOf(frame);
      const authenticate = parseAuthenticateFrame(text);
      if (authenticate !== null) this.#usernames.set(client, authenticate.keyId.username);
      relay.send(text);
    });
    relay.on("message", (frame) => {
      for (const text of this.#mutate(textOf(frame), client)) client.send(text);
    });
    client.on("close", () => {
      this.#usernames.delete(client);
      relay.terminate();
    });
    client.on("error", () => relay.terminate());
    relay.on("close", (code, reason) => closeLike(client, code, reason));
  }

  #mutate(text: string, client: WebSocket): readonly string[] {
    const frame = parseRelayFrame(text);
    if (frame?.type !== "mail") return [text];
    const recipient = this.#usernames.get(client) ?? "";
    return this.#options
      .mail(frame.envelope, recipient)
      .map((envelope) => formatRelayFrame({ type: "mail", envelope }));
  }
}

function textOf(frame: RawData): string {
  return Buffer.isBuffer(frame) ? frame.toString("utf8") : "";
}

/** The codes 1005 and 1006 say that there was none, and may not be sent. */
function closeLike(client: WebSocket, code: number, reason: Buffer): void {
  if (code === 1005 || code === 1006) client.terminate();
  else client.close(code, reason.toString("utf8"));
}
