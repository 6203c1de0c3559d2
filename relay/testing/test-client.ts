/**
 * A client for tests: a device with its keys, which makes manifests, signs requests and opens live sockets. Everything
 * it does can be done wrong on purpose, by overriding what is signed or altering what was signed.
 */
import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { type Bytes, toBase64url } from "../wire/bytes.ts";
import { formatPublishRequest, parseBundle } from "../wire/keys.ts";
import { type EnvelopeName, formatAcknowledgeRequest, formatSendRequest, type SendRequest } from "../wire/mail.ts";
import { type Manifest, type ManifestFields, makeManifest, NO_PREVIOUS_MANIFEST } from "../wire/manifest.ts";
import {
  formatContentDigest,
  formatSignatureHeaders,
  type KeyId,
  NONCE_BYTES,
  signatureBase,
} from "../wire/request-signature.ts";
import { TestLiveSocket } from "./test-live-socket.ts";

export interface TestResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** undefined when the body is no JSON. */
  readonly json: unknown;
}

/** A request as it goes over the wire, after signing. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** What is signed instead of the truth. */
export interface SigningOverrides {
  readonly created?: number;
  readonly nonce?: Bytes;
  readonly keyId?: KeyId;
  readonly secretKey?: Bytes;
  readonly authority?: string;
}

export interface TestRequest {
  readonly method: "GET" | "POST" | "HEAD" | "PUT";
  readonly target: string;
  /** A string goes out as it stands, anything else as JSON. */
  readonly body?: unknown;
  readonly sign?: SigningOverrides;
  /** Changes the request after it was signed. */
  readonly alter?: (request: WireRequest) => WireRequest;
}

export interface TestPublication {
  readonly manifest?: Manifest;
  readonly signature?: Bytes;
  readonly oneTimePrekeys?: readonly Bytes[];
  readonly replace?: boolean;
  readonly sign?: SigningOverrides;
}

interface TestClientOptions {
  /** The relay's origin; `localhost` is reached at 127.0.0.1. */
  readonly origin: string;
  readonly username: string;
  /** Unix milliseconds. */
  readonly clock?: () => number;
}

const freshBytes = (length: number): Bytes => Uint8Array.from(randomBytes(length));
const sha256 = (bytes: Uint8Array): Bytes => Uint8Array.from(createHash("sha256").update(bytes).digest());

/** A fresh X25519 public key, 32 bytes. */
export function freshPrekey(): Bytes {
  return Uint8Array.from(x25519.getPublicKey(freshBytes(32)));
}

/** So many fresh X25519 public keys. */
export function freshPrekeys(count: number): readonly Bytes[] {
  return Array.from({ length: count }, freshPrekey);
}

/** An envelope with a fresh id; `body` defaults to fresh bytes. */
export function freshEnvelope(body: Bytes = freshBytes(64)): SendRequest["envelopes"][number] {
  return { toDevice: 1, id: freshBytes(16), body };
}

export class TestClient {
  readonly origin: string;
  readonly username: string;
  readonly keyId: KeyId;
  readonly identitySecretKey = freshBytes(32);
  readonly deviceSecretKey = freshBytes(32);
  readonly signedPrekey = freshPrekey();
  readonly #clock: () => number;
  #manifest: Manifest;

  constructor({ origin, username, clock = Date.now }: TestClientOptions) {
    this.origin = origin;
    this.username = username;
    this.keyId = { username, device: 1 };
    this.#clock = clock;
    this.#manifest = this.makeManifest();
  }

  /** The newest manifest this client made with `nextManifest`, or its first. */
  get manifest(): Manifest {
    return this.#manifest;
  }

  makeManifest(overrides: Partial<ManifestFields> = {}): Manifest {
    return makeManifest({
      username: this.username,
      device: 1,
      identityKey: Uint8Array.from(ed25519.getPublicKey(this.identitySecretKey)),
      deviceKey: Uint8Array.from(ed25519.getPublicKey(this.deviceSecretKey)),
      protocolVersions: [1],
      signedPrekey: this.signedPrekey,
      signedPrekeyDay: Math.floor(this.#clock() / 86_400_000),
      sequence: 1,
      previousHash: NO_PREVIOUS_MANIFEST,
      lastResortKemPrekey: new Uint8Array(0),
      ...overrides,
    });
  }

  /** A manifest that follows the newest one, with a fresh signed prekey. */
  nextManifest(): Manifest {
    const previousHash = sha256(this.#manifest.statement);
    const sequence = this.#manifest.sequence + 1;
    this.#manifest = this.makeManifest({ sequence, previousHash, signedPrekey: freshPrekey() });
    return this.#manifest;
  }

  signManifest(manifest: Manifest): Bytes {
    return Uint8Array.from(ed25519.sign(manifest.statement, this.identitySecretKey));
  }

  publish(publication: TestPublication = {}): Promise<TestResponse> {
    const { manifest = this.#manifest, oneTimePrekeys = [], replace = false, sign } = publication;
    const signature = publication.signature ?? this.signManifest(manifest);
    const body = formatPublishRequest({
      manifest: manifest.statement,
      signature,
      oneTimePrekeys: [...oneTimePrekeys],
      replace,
    });
    return this.request({ method: "POST", target: "/api/publish_keys", body, ...(sign ? { sign } : {}) });
  }

  getKeys(username: string): Promise<TestResponse> {
    return this.request({ method: "GET", target: `/api/get_keys/${username}` });
  }

  /** The one-time prekey that `getKeys` hands out; null when there is none. */
  async claimOneTimePrekey(username: string): Promise<Bytes | null> {
    const bundle = parseBundle((await this.getKeys(username)).json);
    if (!bundle) throw new Error("get_keys did not answer with a bundle");
    return bundle.devices[0]?.oneTimePrekey ?? null;
  }

  send(to: string, envelopes: SendRequest["envelopes"]): Promise<TestResponse> {
    return this.request({ method: "POST", target: "/api/send", body: formatSendRequest({ to, envelopes }) });
  }

  receive(after?: string): Promise<TestResponse> {
    const query = after === undefined ? "" : `?after=${after}`;
    return this.request({ method: "GET", target: `/api/receive/${this.username}${query}` });
  }

  acknowledge(names: readonly EnvelopeName[]): Promise<TestResponse> {
    const target = `/api/acknowledge/${this.username}`;
    return this.request({ method: "POST", target, body: formatAcknowledgeRequest(names) });
  }

  /** Opens `/api/live` without authenticating; `headers` go with the upgrade. */
  openLive(headers: Readonly<Record<string, string>> = {}): TestLiveSocket {
    return new TestLiveSocket({ url: `${this.#address().replace(/^http/, "ws")}/api/live`, headers, client: this });
  }

  request(request: TestRequest): Promise<TestResponse> {
    const signed = this.sign(request);
    return this.exchange(request.alter ? request.alter(signed) : signed);
  }

  /** Signs a request without sending it. */
  sign({ method, target, body, sign = {} }: TestRequest): WireRequest {
    const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    const authority = new URL(this.origin).host;
    const [path = "", query = ""] = target.split(/(?=\?)/);
    const contentDigest = formatContentDigest(sha256(Buffer.from(text)));
    const parameters = {
      created: sign.created ?? Math.floor(this.#clock() / 1000),
      nonce: sign.nonce ?? freshBytes(NONCE_BYTES),
      keyId: sign.keyId ?? this.keyId,
    };
    const parts = { method, authority: sign.authority ?? authority, path, query: query || "?", contentDigest };
    const signature = ed25519.sign(signatureBase(parts, parameters), sign.secretKey ?? this.deviceSecretKey);
    const headers = {
      host: authority,
      "content-digest": contentDigest,
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
      ...formatSignatureHeaders(parameters, signature),
    };
    return { method, target, headers, body: text };
  }

  /** Sends a request as it stands. */
  exchange({ method, target, headers, body }: WireRequest): Promise<TestResponse> {
    const { hostname, port } = new URL(this.#address());
    const length = Buffer.byteLength(body);
    const lengthHeader = length > 0 || method === "POST" ? { "content-length": String(length) } : {};
    return new Promise((resolve, reject) => {
      const sent = httpRequest(
        { hostname, port, method, path: target, headers: { ...headers, ...lengthHeader }, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parseJson(text) });
          });
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  }

  #address(): string {
    return this.origin.replace("//localhost", "//127.0.0.1");
  }
}

export { toBase64url as encode };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
