/**
 * Who sent a request, by its HTTP Message Signature (RFC 9421, the profile of wire/request-signature.ts). Cheap checks
 * come first, and the body last: what is signed is its digest, so nobody makes the relay parse one before proving who
 * they are. Only a request whose signature verified counts against the account's limits, or anybody could use them up,
 * and only one that is within them burns its nonce.
 */
import { createHash } from "node:crypto";
import type { Context } from "koa";
import type { RelayContext } from "../context.ts";
import { verifyQuickly } from "../public-keys.ts";
import { Refusal } from "../refusal.ts";
import type { Bytes } from "../wire/bytes.ts";
import {
  formatContentDigest,
  type KeyId,
  parseSignature,
  parseSignatureInput,
  type SignatureParameters,
  type SignedRequestParts,
  signatureBase,
} from "../wire/request-signature.ts";
import type { ReadBody, RequestBody } from "./json-body.ts";

/** A request that is in time and meant for this relay, its body unread; nobody has proved to have sent it yet. */
export interface UnprovenRequest {
  readonly ctx: Context;
  readonly parts: SignedRequestParts;
  readonly parameters: SignatureParameters;
  readonly signature: Bytes;
}

/** A request whose sender is known. */
export interface AuthenticatedRequest {
  readonly signer: KeyId;
  /** The key that signed: Ed25519, 32 bytes. */
  readonly deviceKey: Bytes;
  /** The body, whose bytes match the signed digest; undefined on a GET. */
  readonly json: unknown;
}

/** A request for a chunk of a blob, whose sender is known. */
export interface AuthenticatedTransfer {
  readonly signer: KeyId;
  /** The body as it came, of which the digest was signed; empty on a GET. */
  readonly bytes: Uint8Array;
}

/** How bodies are read. */
export interface BodyReaders {
  readonly json: ReadBody;
  readonly chunk: ReadBody;
}

export interface RequestSignatures {
  /** Authority, headers and time. */
  read(ctx: Context): UnprovenRequest;
  /** Whether the request was signed with this key. */
  isSignedBy(request: UnprovenRequest, deviceKey: Bytes): boolean;
  /** Reads the body, to undefined on a GET; `signature-invalid` when its digest is another than was signed. */
  readBody(request: UnprovenRequest): Promise<unknown>;
  /** Burns the nonce: `request-replayed`. */
  burn(request: UnprovenRequest, deviceKey: Bytes): Promise<void>;
  /**
   * All of it, under the key that was published for the device that the request names: also `unknown-device`. Counts as
   * one request of the account, and as what `admit` makes of its body.
   */
  authenticate(ctx: Context, admit?: Admit): Promise<AuthenticatedRequest>;
  /**
   * The same for a request whose body is a chunk, or that asks for one: `admit` says by which limits it goes, in place of
   * those of all other requests, and before the body is read.
   */
  authenticateTransfer(ctx: Context, admit: (signer: KeyId) => Promise<void>): Promise<AuthenticatedTransfer>;
}

/** Whether what the body asks for is within the sender's limits; refuses with `rate-limited`. */
export type Admit = (signer: KeyId, json: unknown) => Promise<void>;

/** Makes the checks for one relay. They refuse by throwing a Refusal. */
export function createRequestSignatures(relay: RelayContext, readers: BodyReaders): RequestSignatures {
  function read(ctx: Context): UnprovenRequest {
    const authority = ctx.get("host").toLowerCase();
    if (!relay.allowed().authorities.has(authority)) throw new Refusal("wrong-authority");
    const { parameters, signature, contentDigest } = readHeaders(ctx);
    const time = Math.floor(relay.clock() / 1000);
    if (Math.abs(time - parameters.created) > relay.limits.clockSkewSeconds) {
      throw new Refusal("request-expired", { time });
    }
    const target = splitTarget(ctx.req.url ?? "");
    const parts = { method: ctx.method, authority, path: target.path, query: target.query, contentDigest };
    return { ctx, parts, parameters, signature };
  }

  function isSignedBy({ parts, parameters, signature }: UnprovenRequest, deviceKey: Bytes): boolean {
    return verifyQuickly({ signature, signed: signatureBase(parts, parameters), publicKey: deviceKey });
  }

  /** Reads the body, of which the digest must be the one that was signed. */
  async function readWith(reader: ReadBody, { ctx, parts }: UnprovenRequest): Promise<RequestBody> {
    const body = await reader(ctx);
    const digest = createHash("sha256").update(body.bytes).digest();
    if (parts.contentDigest !== formatContentDigest(digest)) throw new Refusal("signature-invalid");
    return body;
  }

  async function readBody(request: UnprovenRequest): Promise<unknown> {
    return (await readWith(readers.json, request)).json;
  }

  /** Whose request it is; nothing of its body was read. */
  async function prove(ctx: Context) {
    const request = read(ctx);
    const signer = request.parameters.keyId;
    const deviceKey = await relay.store.readDeviceKey(signer);
    if (!deviceKey) throw new Refusal("unknown-device");
    if (!isSignedBy(request, deviceKey)) throw new Refusal("signature-invalid");
    return { request, signer, deviceKey };
  }

  async function burn({ parameters }: UnprovenRequest, deviceKey: Bytes): Promise<void> {
    // Twice the skew, so that a clock set back by a little still finds the nonce.
    const expiresAt = (parameters.created + 2 * relay.limits.clockSkewSeconds) * 1000;
    const first = await relay.store.claimNonce({ deviceKey, nonce: parameters.nonce, expiresAt });
    if (!first) throw new Refusal("request-replayed");
  }

  return {
    read,
    isSignedBy,
    readBody,
    burn,
    async authenticate(ctx, admit) {
      const { request, signer, deviceKey } = await prove(ctx);
      await relay.fairness.admitAccount(signer.username);
      const json = await readBody(request);
      await admit?.(signer, json);
      await burn(request, deviceKey);
      return { signer, deviceKey, json };
    },
    async authenticateTransfer(ctx, admit) {
      const { request, signer, deviceKey } = await prove(ctx);
      await admit(signer);
      const { bytes } = await readWith(readers.chunk, request);
      await burn(request, deviceKey);
      return { signer, bytes };
    },
  };
}

function readHeaders(ctx: Context) {
  const contentDigest = ctx.get("content-digest");
  const signatureInput = ctx.get("signature-input");
  const signatureHeader = ctx.get("signature");
  if (!contentDigest || !signatureInput || !signatureHeader) throw new Refusal("signature-missing");
  const parameters = parseSignatureInput(signatureInput);
  const signature = parseSignature(signatureHeader);
  if (!parameters || !signature) throw new Refusal("signature-malformed");
  return { parameters, signature, contentDigest };
}

/** Path and query exactly as sent (RFC 9421 §2.2.6, §2.2.7). */
function splitTarget(target: string): { readonly path: string; readonly query: string } {
  if (!target.startsWith("/")) throw new Refusal("bad-request");
  const mark = target.indexOf("?");
  return mark < 0 ? { path: target, query: "?" } : { path: target.slice(0, mark), query: target.slice(mark) };
}
