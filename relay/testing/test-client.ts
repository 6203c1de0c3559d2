/**
 * A client for tests: a device with its keys, which makes manifests, signs requests and opens live sockets. Everything
 * it does can be done wrong on purpose, by overriding what is signed or altering what was signed.
 */
import { createHash, randomBytes } from "node:crypto";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { formatDeleteAccountRequest } from "../wire/account.ts";
import { blobPath, chunkPath, formatCreateBlobRequest } from "../wire/blob.ts";
import { type Bytes, toBase64url } from "../wire/bytes.ts";
import { type EpochRequest, formatEpochRequest } from "../wire/epoch.ts";
import { identityChangeStatement, kemPrekeyStatement } from "../wire/key-statements.ts";
import {
  type Bundle,
  formatPublishRequest,
  type IdentityChange,
  KEM_PUBLIC_KEY_BYTES,
  parseBundle,
  type SignedKemPrekey,
} from "../wire/keys.ts";
import { type EnvelopeName, formatAcknowledgeRequest, formatSendRequest, type SendRequest } from "../wire/mail.ts";
import { type Manifest, type ManifestFields, makeManifest, NO_PREVIOUS_MANIFEST } from "../wire/manifest.ts";
import {
  formatContentDigest,
  formatSignatureHeaders,
  type KeyId,
  NONCE_BYTES,
  signatureBase,
} from "../wire/request-signature.ts";
import { signQuickly } from "./quick-signature.ts";
import { exchange, type TestResponse, type WireRequest } from "./test-exchange.ts";
import { TestLiveSocket } from "./test-live-socket.ts";

/** What is signed instead of the truth. */
export interface SigningOverrides {
  readonly created?: number;
  readonly nonce?: Bytes;
  readonly keyId?: KeyId;
  readonly secretKey?: Bytes;
  readonly authority?: string;
}

export interface TestRequest {
  readonly method: "GET" | "POST" | "HEAD" | "PUT" | "DELETE";
  readonly target: string;
  /** A string and bytes go out as they stand, anything else as JSON. */
  readonly body?: unknown;
  readonly sign?: SigningOverrides;
  /** Changes the request after it was signed. */
  readonly alter?: (request: WireRequest) => WireRequest;
}

export interface TestPublication {
  readonly manifest?: Manifest;
  readonly signature?: Bytes;
  readonly oneTimePrekeys?: readonly Bytes[];
  readonly oneTimeKemPrekeys?: readonly SignedKemPrekey[];
  readonly identityChange?: IdentityChange | null;
  readonly replace?: boolean;
  readonly invite?: string;
  readonly sign?: SigningOverrides;
}

interface TestClientOptions {
  /** The relay's origin; `localhost` is reached at 127.0.0.1. */
  readonly origin: string;
  readonly username: string;
  /** Unix milliseconds. */
  readonly clock?: () => number;
}

export const freshBytes = (length: number): Bytes => Uint8Array.from(randomBytes(length));
const sha256 = (bytes: Uint8Array): Bytes => Uint8Array.from(createHash("sha256").update(bytes).digest());

/** A fresh X25519 public key, 32 bytes. */
export function freshPrekey(): Bytes {
  return Uint8Array.from(x25519.getPublicKey(freshBytes(32)));
}

/** So many fresh X25519 public keys. */
export function freshPrekeys(count: number): readonly Bytes[] {
  return Array.from({ length: count }, freshPrekey);
}

/** As long as an ML-KEM-768 public key, which is all that a relay looks at. */
export function freshKemPublicKey(): Bytes {
  return freshBytes(KEM_PUBLIC_KEY_BYTES);
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
  readonly lastResortKemPrekey = freshKemPublicKey();
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

  get identityKey(): Bytes {
    return Uint8Array.from(ed25519.getPublicKey(this.identitySecretKey));
  }

  get deviceKey(): Bytes {
    return Uint8Array.from(ed25519.getPublicKey(this.deviceSecretKey));
  }

  makeManifest(overrides: Partial<ManifestFields> = {}): Manifest {
    return makeManifest({
      username: this.username,
      device: 1,
      identityKey: this.identityKey,
      deviceKey: this.deviceKey,
      protocolVersions: [2],
      signedPrekey: this.signedPrekey,
      signedPrekeyDay: Math.floor(this.#clock() / 86_400_000),
      sequence: 1,
      previousHash: NO_PREVIOUS_MANIFEST,
      lastResortKemPrekey: this.lastResortKemPrekey,
      ...overrides,
    });
  }

  /** A manifest that follows the newest one, or `previous`, with a fresh signed prekey. */
  nextManifest(previous: Manifest = this.#manifest): Manifest {
    const previousHash = sha256(previous.statement);
    const sequence = previous.sequence + 1;
    this.#manifest = this.makeManifest({ sequence, previousHash, signedPrekey: freshPrekey() });
    return this.#manifest;
  }

  /** So many fresh one-time KEM prekeys, signed by the identity key. */
  freshKemPrekeys(count: number): readonly SignedKemPrekey[] {
    return Array.from({ length: count }, () => this.signKemPrekey(freshKemPublicKey()));
  }

  signKemPrekey(publicKey: Bytes, name: Partial<KeyId> = {}): SignedKemPrekey {
    const statement = kemPrekeyStatement({ ...this.keyId, ...name, publicKey });
    return { publicKey, signature: Uint8Array.from(ed25519.sign(statement, this.identitySecretKey)) };
  }

  /** Hands this client's name, or `username`, on to another identity. */
  signIdentityChange(next: TestClient, username = this.username): IdentityChange {
    const previousIdentityKey = this.identityKey;
    const statement = identityChangeStatement({ username, previousIdentityKey, identityKey: next.identityKey });
    return { previousIdentityKey, signature: Uint8Array.from(ed25519.sign(statement, this.identitySecretKey)) };
  }

  signManifest(manifest: Manifest): Bytes {
    return Uint8Array.from(ed25519.sign(manifest.statement, this.identitySecretKey));
  }

  publish(publication: TestPublication = {}): Promise<TestResponse> {
    const {
      manifest = this.#manifest,
      oneTimePrekeys = [],
      oneTimeKemPrekeys = [],
      replace = false,
      sign,
    } = publication;
    const signature = publication.signature ?? this.signManifest(manifest);
    const body = formatPublishRequest({
      manifest: manifest.statement,
      signature,
      oneTimePrekeys: [...oneTimePrekeys],
      oneTimeKemPrekeys: [...oneTimeKemPrekeys],
      identityChange: publication.identityChange ?? null,
      replace,
      invite: publication.invite ?? null,
    });
    return this.request({ method: "POST", target: "/api/publish_keys", body, ...(sign ? { sign } : {}) });
  }

  getKeys(username: string): Promise<TestResponse> {
    return this.request({ method: "GET", target: `/api/get_keys/${username}` });
  }

  /** What `getKeys` hands out; throws when it is refused. */
  async fetchBundle(username: string): Promise<Bundle> {
    const bundle = parseBundle((await this.getKeys(username)).json);
    if (!bundle) throw new Error("get_keys did not answer with a bundle");
    return bundle;
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

  epoch(request: EpochRequest, username = this.username): Promise<TestResponse> {
    return this.request({ method: "POST", target: `/api/epoch/${username}`, body: formatEpochRequest(request) });
  }

  /** `named` is what the body says; by default the path's name. */
  deleteAccount(username = this.username, named = username): Promise<TestResponse> {
    const target = `/api/delete_account/${username}`;
    return this.request({ method: "POST", target, body: formatDeleteAccountRequest({ username: named }) });
  }

  createBlob(id: Bytes, length: number): Promise<TestResponse> {
    return this.request({ method: "POST", target: "/api/blobs", body: formatCreateBlobRequest({ id, length }) });
  }

  describeBlob(id: Bytes): Promise<TestResponse> {
    return this.request({ method: "GET", target: blobPath(id) });
  }

  deleteBlob(id: Bytes): Promise<TestResponse> {
    return this.request({ method: "DELETE", target: blobPath(id) });
  }

  putChunk(id: Bytes, index: number, bytes: Uint8Array): Promise<TestResponse> {
    return this.request({ method: "PUT", target: chunkPath(id, index), body: bytes });
  }

  getChunk(id: Bytes, index: number): Promise<TestResponse> {
    return this.request({ method: "GET", target: chunkPath(id, index) });
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
    const isChunk = body instanceof Uint8Array;
    const content = isChunk ? Buffer.from(body) : textOf(body);
    const authority = new URL(this.origin).host;
    const [path = "", query = ""] = target.split(/(?=\?)/);
    const contentDigest = formatContentDigest(sha256(Buffer.from(content)));
    const parameters = {
      created: sign.created ?? Math.floor(this.#clock() / 1000),
      nonce: sign.nonce ?? freshBytes(NONCE_BYTES),
      keyId: sign.keyId ?? this.keyId,
    };
    const parts = { method, authority: sign.authority ?? authority, path, query: query || "?", contentDigest };
    const signature = signQuickly(signatureBase(parts, parameters), sign.secretKey ?? this.deviceSecretKey);
    const headers = {
      host: authority,
      "content-digest": contentDigest,
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
      ...(isChunk ? { "content-type": "application/octet-stream" } : {}),
      ...formatSignatureHeaders(parameters, signature),
    };
    return { method, target, headers, body: content };
  }

  /** Sends a request as it stands. */
  exchange(request: WireRequest): Promise<TestResponse> {
    return exchange(this.#address(), request);
  }

  #address(): string {
    return this.origin.replace("//localhost", "//127.0.0.1");
  }
}

function textOf(body: unknown): string {
  if (body === undefined) return "";
  return typeof body === "string" ? body : JSON.stringify(body);
}

export { toBase64url as encode };
