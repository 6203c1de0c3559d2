/**
 * The relay's operations, each signed with the device key as an HTTP message signature (RFC 9421; relay/wire/
 * request-signature.ts has the profile). Keeps the relay's clock: when a request is refused as expired, the answer
 * carries the relay's time, and the request is signed once more by that. Where a relay says that it is too much, nothing
 * of that kind leaves before the time that it named, whoever asks for it.
 */

import {
  type EpochRequest,
  type EpochResponse,
  formatEpochRequest,
  parseEpochResponse,
} from "../../relay/wire/epoch.ts";
import { type ErrorCode, parseErrorBody } from "../../relay/wire/error-codes.ts";
import {
  type Bundle,
  formatPublishRequest,
  type PublishRequest,
  type PublishResponse,
  parseBundle,
  parsePublishResponse,
} from "../../relay/wire/keys.ts";
import { liveStatement } from "../../relay/wire/live.ts";
import {
  type EnvelopeName,
  formatAcknowledgeRequest,
  formatSendRequest,
  parseReceiveResponse,
  parseSendResponse,
  type ReceiveResponse,
  type SendRequest,
  type SendResponse,
} from "../../relay/wire/mail.ts";
import {
  formatContentDigest,
  formatSignatureHeaders,
  type KeyId,
  NONCE_BYTES,
  signatureBase,
} from "../../relay/wire/request-signature.ts";
import { type Bytes, utf8 } from "../protocol/bytes.ts";
import { sha256 } from "../protocol/kdf.ts";
import type { DeviceSecretKey } from "../protocol/keys.ts";
import { signStatement } from "../protocol/signature.ts";
import {
  type EnginePorts,
  MAX_RETRY_AFTER_MS,
  type RelayRequest,
  type RelayResponse,
  UnreachableError,
} from "./ports.ts";

const TOO_MANY_REQUESTS = 429;

/** The pause where a relay names none. */
const RETRY_LIMITED_MS = 5_000;

/** It was too much for the relay: asking again is right after so many milliseconds. */
export interface Limited {
  readonly kind: "limited";
  readonly milliseconds: number;
}

/** A relay's answer: what was asked for, a refusal by its code, or none (then asking again later is right). */
export type Answer<Value> =
  | { readonly kind: "ok"; readonly value: Value }
  | { readonly kind: "refused"; readonly code: ErrorCode | "not-understood" }
  | { readonly kind: "unreachable" }
  | Limited;

/** Whether the relay does not have our present keys: publishing them comes first. */
export function lacksOurKeys(answer: { readonly kind: string; readonly code?: string }): boolean {
  return answer.kind === "refused" && (answer.code === "unknown-device" || answer.code === "signature-invalid");
}

/** What a page is told of an answer that does not give what was asked for. */
export function notGranted(
  answer: Exclude<Answer<never>, { readonly kind: "ok" }>,
): { readonly kind: "offline" } | { readonly kind: "refused"; readonly code: string } {
  if (answer.kind === "unreachable") return { kind: "offline" };
  return answer.kind === "limited" ? { kind: "refused", code: "rate-limited" } : answer;
}

/** Whose requests these are, and the device key that signs them. */
export interface Signer {
  readonly keyId: KeyId;
  readonly secretKey: DeviceSecretKey;
}

/** A request before it is signed. */
type Call = Omit<RelayRequest, "headers">;

function get(target: string): Call {
  return { method: "GET", target, body: null };
}

function post(target: string, json: unknown): Call {
  return { method: "POST", target, body: JSON.stringify(json) };
}

export class RelayClient {
  readonly #ports: Pick<EnginePorts, "network" | "clock" | "randomBytes">;
  readonly #readSigner: () => Signer;
  /** The relay's clock less ours, in milliseconds. */
  #offset = 0;

  /** The relay's time as far as it is known here, in Unix milliseconds. */
  now(): number {
    return this.#ports.clock.now() + this.#offset;
  }
  /** When each operation may be asked for again, where the relay has named a time. */
  readonly #notBefore = new Map<string, number>();

  /** `readSigner` gives the device's present keys, which may be renewed. */
  constructor(ports: Pick<EnginePorts, "network" | "clock" | "randomBytes">, readSigner: () => Signer) {
    this.#ports = ports;
    this.#readSigner = readSigner;
  }

  get #signer(): Signer {
    return this.#readSigner();
  }

  publishKeys(request: PublishRequest): Promise<Answer<PublishResponse>> {
    return this.call(post("/api/publish_keys", formatPublishRequest(request)), parsePublishResponse);
  }

  getKeys(username: string): Promise<Answer<Bundle>> {
    return this.call(get(`/api/get_keys/${username}`), parseBundle);
  }

  send(request: SendRequest): Promise<Answer<SendResponse>> {
    return this.call(post("/api/send", formatSendRequest(request)), parseSendResponse);
  }

  /** One page of our mailbox, from `after`, the `next` of the page before. */
  receive(after: string | null): Promise<Answer<ReceiveResponse>> {
    const query = after === null ? "" : `?after=${encodeURIComponent(after)}`;
    return this.call(get(`/api/receive/${this.#signer.keyId.username}${query}`), parseReceiveResponse);
  }

  acknowledge(names: readonly EnvelopeName[]): Promise<Answer<true>> {
    const target = `/api/acknowledge/${this.#signer.keyId.username}`;
    return this.call(post(target, formatAcknowledgeRequest(names)), () => true);
  }

  /** Compares and sets this device's epoch; the one it has then. */
  setEpoch(request: EpochRequest): Promise<Answer<EpochResponse>> {
    const target = `/api/epoch/${this.#signer.keyId.username}`;
    return this.call(post(target, formatEpochRequest(request)), parseEpochResponse);
  }

  /** Signs the challenge of a live socket. */
  async authenticate(challenge: Bytes): Promise<{ readonly keyId: KeyId; readonly signature: Bytes }> {
    const { keyId, secretKey } = this.#signer;
    return { keyId, signature: signStatement(secretKey, liveStatement(this.#ports.network.origin, challenge, keyId)) };
  }

  /** Signs one request and makes it; `parse` reads the answer's JSON, to null when this version does not understand it. */
  async call<Value>(call: Call, parse: (json: unknown) => Value | null): Promise<Answer<Value>> {
    const { clock } = this.#ports;
    // The path without names and query.
    const [, , operation = ""] = call.target.split(/[/?]/);
    const pause = (this.#notBefore.get(operation) ?? 0) - clock.now();
    // Longer than any pause can be: the clock was set back.
    if (pause > 0 && pause <= MAX_RETRY_AFTER_MS) return { kind: "limited", milliseconds: pause };
    try {
      let response = await this.#attempt(call);
      const refusal = parseErrorBody(response.json);
      if (refusal?.error === "request-expired" && refusal.time !== undefined) {
        this.#offset = refusal.time * 1000 - clock.now();
        response = await this.#attempt(call);
        // A proxy on the way repeated the request, and the first answer is lost.
      } else if (refusal?.error === "request-replayed") response = await this.#attempt(call);
      if (response.status === TOO_MANY_REQUESTS) {
        const milliseconds = response.retryAfterMilliseconds ?? RETRY_LIMITED_MS;
        this.#notBefore.set(operation, clock.now() + milliseconds);
        return { kind: "limited", milliseconds };
      }
      return interpret(response, parse);
    } catch (error) {
      if (error instanceof UnreachableError) return { kind: "unreachable" };
      throw error;
    }
  }

  async #attempt(call: Call): Promise<RelayResponse> {
    return await this.#ports.network.request(await this.#sign(call));
  }

  async #sign({ method, target, body }: Call): Promise<RelayRequest> {
    const [path = target] = target.split("?", 1);
    const contentDigest = formatContentDigest(await sha256(utf8(body ?? "")));
    const parameters = {
      created: Math.floor(this.now() / 1000),
      nonce: this.#ports.randomBytes(NONCE_BYTES),
      keyId: this.#signer.keyId,
    };
    const parts = {
      method,
      authority: this.#ports.network.authority,
      path,
      query: target.slice(path.length) || "?",
      contentDigest,
    };
    const signature = signStatement(this.#signer.secretKey, signatureBase(parts, parameters));
    const headers = { ...formatSignatureHeaders(parameters, signature), "content-digest": contentDigest };
    return {
      method,
      target,
      headers: body === null ? headers : { ...headers, "content-type": "application/json" },
      body,
    };
  }
}

function interpret<Value>(response: RelayResponse, parse: (json: unknown) => Value | null): Answer<Value> {
  if (response.status === 200) {
    const value = parse(response.json);
    return value === null ? { kind: "refused", code: "not-understood" } : { kind: "ok", value };
  }
  const code = parseErrorBody(response.json)?.error;
  // A relay in trouble, or the proxy before it: the same as no answer.
  if (code === "internal" || code === "unavailable" || (code === undefined && response.status >= 500)) {
    return { kind: "unreachable" };
  }
  return { kind: "refused", code: code ?? "not-understood" };
}
