/**
 * A relay's evil twin for tests: an HTTP and WebSocket proxy in front of an honest relay, told by a script what to do to
 * requests, key bundles and mail. It keeps the Host header, so that signatures made for it still verify behind it.
 */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { type Bundle, formatBundle, parseBundle } from "../../relay/wire/keys.ts";
import { MAX_ENVELOPES_PER_PAGE } from "../../relay/wire/limits.ts";
import { formatReceivedEnvelope, parseReceiveResponse, type ReceivedEnvelope } from "../../relay/wire/mail.ts";
import { parseSignatureInput } from "../../relay/wire/request-signature.ts";
import { LiveRelays } from "./live-relays.ts";

/** A request that has come to the proxy. */
export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Who signed it, or null. */
  readonly username: string | null;
  readonly body: Buffer;
}

/** A request that has been answered. */
export interface AnsweredRequest extends SeenRequest {
  readonly status: number;
  /** Bytes of the answer's body as they were moved, compressed if they were. */
  readonly bytes: number;
  readonly contentType: string;
  readonly contentEncoding: string | null;
}

/** What the proxy does beyond passing things on. */
export interface ProxyScript {
  /** "drop" closes the connection without an answer, before the relay has seen the request. */
  readonly request?: (request: SeenRequest) => "forward" | "drop";
  /** "drop" closes the connection after the relay has answered, as if the answer was lost on the way. */
  readonly response?: (request: SeenRequest) => "forward" | "drop";
  /** What is put before the code of the account's worker, which browsers then ask for each time. */
  readonly workerPrelude?: () => string;
  /** The JSON to hand out in place of an account's bundle. */
  readonly bundle?: (bundle: Bundle, username: string) => unknown;
  /** What a recipient gets in place of an envelope, live and from the mailbox. */
  readonly mail?: (envelope: ReceivedEnvelope, recipient: string) => readonly ReceivedEnvelope[];
}

const HONEST: ProxyScript = {};

export class MutatingProxy {
  /** Everything answered so far, oldest first. */
  readonly answered: AnsweredRequest[] = [];
  /** Every request that the script dropped. */
  readonly dropped: SeenRequest[] = [];
  readonly #server: Server;
  readonly #live: LiveRelays;
  #script: ProxyScript = HONEST;
  #relayPort = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    this.#live = new LiveRelays({ relayPort: () => this.#relayPort, mail: (envelope, to) => this.#mail(envelope, to) });
    this.#server.on("upgrade", (request, socket, head) => this.#live.accept(request, socket, head));
  }

  /** Listens on any free port of this machine. */
  static async open(): Promise<MutatingProxy> {
    const proxy = new MutatingProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** What people open, and what the relay must be told is its public origin. */
  get origin(): string {
    // A listening TCP server's address is an AddressInfo; the type also covers pipes.
    const { port } = this.#server.address() as AddressInfo;
    return `http://localhost:${port}`;
  }

  standInFrontOf(relayPort: number): void {
    this.#relayPort = relayPort;
  }

  /** Follows this script from now on. */
  follow(script: ProxyScript): void {
    this.#script = script;
  }

  beHonest(): void {
    this.#script = HONEST;
  }

  /** Pushes an envelope to everyone who is connected as this account. */
  push(recipient: string, envelope: ReceivedEnvelope): void {
    this.#live.push(recipient, envelope);
  }

  async close(): Promise<void> {
    this.#live.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #mail(envelope: ReceivedEnvelope, recipient: string): readonly ReceivedEnvelope[] {
    return this.#script.mail?.(envelope, recipient) ?? [envelope];
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = await readRequest(request);
    if (this.#script.request?.(seen) === "drop") {
      this.dropped.push(seen);
      response.destroy();
      return;
    }
    const answer = await this.#forward(request, seen.body);
    if (this.#script.response?.(seen) === "drop") {
      response.destroy();
      return;
    }
    const body = this.#mutate(seen, answer) ?? answer.body;
    const caching = this.#isWorkerToAlter(seen.path) ? { "cache-control": "no-store" } : {};
    const headers = { ...answer.headers, ...caching, "content-length": String(body.length) };
    response.writeHead(answer.status, headers).end(seen.method === "HEAD" ? undefined : body);
    this.answered.push({
      ...seen,
      status: answer.status,
      bytes: body.length,
      contentType: answer.headers["content-type"] ?? "",
      contentEncoding: answer.headers["content-encoding"] ?? null,
    });
  }

  #isWorkerToAlter(path: string): boolean {
    return this.#script.workerPrelude !== undefined && /^\/assets\/engine-worker-[^/]*\.js$/.test(path);
  }

  /** The answer's new body, or null to leave it as it is. */
  #mutate({ path }: SeenRequest, { status, body }: Answer): Buffer | null {
    if (status !== 200) return null;
    if (this.#isWorkerToAlter(path)) return Buffer.from(`${this.#script.workerPrelude?.()};${body}`);
    const [, operation, username = ""] = /^\/api\/(get_keys|receive)\/([^/]+)$/.exec(path) ?? [];
    if (operation === "get_keys" && this.#script.bundle) {
      const bundle = parseBundle(JSON.parse(body.toString("utf8")));
      if (bundle === null) return null;
      return Buffer.from(JSON.stringify(this.#script.bundle(bundle, username) ?? formatBundle(bundle)));
    }
    if (operation === "receive" && this.#script.mail) {
      const page = parseReceiveResponse(JSON.parse(body.toString("utf8")));
      if (page === null) return null;
      // The newest are kept: the honest envelope comes last.
      const envelopes = page.envelopes
        .flatMap((envelope) => this.#mail(envelope, username))
        .slice(-MAX_ENVELOPES_PER_PAGE);
      return Buffer.from(JSON.stringify({ ...page, envelopes: envelopes.map(formatReceivedEnvelope) }));
    }
    return null;
  }

  #forward(request: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { method, url: path = "/" } = request;
      const headers = { ...request.headers };
      if (this.#isWorkerToAlter(path)) delete headers["accept-encoding"];
      const forwarded = httpRequest({ host: "127.0.0.1", port: this.#relayPort, method, path, headers }, (answer) => {
        collect(answer).then((received) => {
          const answerHeaders = Object.fromEntries(
            Object.entries(answer.headers).flatMap(([name, value]) =>
              value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, String(value)]],
            ),
          );
          resolve({ status: answer.statusCode ?? 502, headers: answerHeaders, body: received });
        }, reject);
      });
      forwarded.on("error", reject);
      forwarded.end(body);
    });
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding"]);

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const signatureInput = request.headers["signature-input"];
  const parameters = typeof signatureInput === "string" ? parseSignatureInput(signatureInput) : null;
  return {
    method: request.method ?? "GET",
    path: (request.url ?? "/").replace(/\?.*$/, ""),
    username: parameters?.keyId.username ?? null,
    body: await collect(request),
  };
}

async function collect(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
