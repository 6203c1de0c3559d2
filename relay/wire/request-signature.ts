/**
 * The one profile of HTTP Message Signatures (RFC 9421) in which every request but `GET /ready` is signed: Ed25519,
 * label `sotto`, components `@method` `@authority` `@path` `@query` `content-digest`, parameters created, nonce, keyid
 * and tag, in that order. Anything spelled differently is refused. This file writes and reads the three headers and
 * the signature base; keys, clocks and nonces are the caller's.
 */
import { base64 } from "@scure/base";
import { type Bytes, fromBase64url, toBase64url } from "./bytes.ts";
import { isUsername } from "./username.ts";

const COMPONENTS = '("@method" "@authority" "@path" "@query" "content-digest")';
const TAG = "sotto/request/v1";
const PARAMETERS =
  /^\("@method" "@authority" "@path" "@query" "content-digest"\);created=(0|[1-9][0-9]{0,11});nonce="([A-Za-z0-9_-]{22})";keyid="([^"]{5,43})";tag="sotto\/request\/v1"$/;
const KEY_ID = /^([^/]+)\/([1-9][0-9]{0,9})$/;

/** Bytes of a nonce, which base64url spells in 22 characters. */
export const NONCE_BYTES = 16;

/** Who signs: an account and one of its devices. On the wire `<username>/<device>`. */
export interface KeyId {
  readonly username: string;
  readonly device: number;
}

export function formatKeyId(keyId: KeyId): string {
  return `${keyId.username}/${keyId.device}`;
}

/** Parses `<username>/<device>`; null when it is not one. */
export function parseKeyId(text: string): KeyId | null {
  const [, username = "", device = ""] = KEY_ID.exec(text) ?? [];
  const number = Number(device);
  return isUsername(username) && number >= 1 && number <= 0xffff_ffff ? { username, device: number } : null;
}

export interface SignatureParameters {
  /** Unix seconds. */
  readonly created: number;
  /** 16 random bytes, never used before by this key. */
  readonly nonce: Bytes;
  readonly keyId: KeyId;
}

/** The parts of a request that its signature covers. */
export interface SignedRequestParts {
  /** Upper case. */
  readonly method: string;
  /** Host, lower case, with the port unless it is the scheme's own. */
  readonly authority: string;
  /** Absolute path as sent, without the query. */
  readonly path: string;
  /** The query as sent, with its leading `?`; `?` alone when there is none (RFC 9421 §2.2.7). */
  readonly query: string;
  /** The value of the `Content-Digest` header. */
  readonly contentDigest: string;
}

/** `Content-Digest` (RFC 9530) for the SHA-256 of a body, the empty one included. */
export function formatContentDigest(sha256OfBody: Uint8Array): string {
  return `sha-256=:${base64.encode(sha256OfBody)}:`;
}

/** The value of `@signature-params`, and after `sotto=` of the `Signature-Input` header (RFC 9421 §2.3). */
export function formatSignatureParameters({ created, nonce, keyId }: SignatureParameters): string {
  return `${COMPONENTS};created=${created};nonce="${toBase64url(nonce)}";keyid="${formatKeyId(keyId)}";tag="${TAG}"`;
}

/** The text that is signed, as ASCII bytes (RFC 9421 §2.5). */
export function signatureBase(parts: SignedRequestParts, parameters: SignatureParameters): Bytes {
  const lines = [
    `"@method": ${parts.method}`,
    `"@authority": ${parts.authority}`,
    `"@path": ${parts.path}`,
    `"@query": ${parts.query}`,
    `"content-digest": ${parts.contentDigest}`,
    `"@signature-params": ${formatSignatureParameters(parameters)}`,
  ];
  return Uint8Array.from(new TextEncoder().encode(lines.join("\n")));
}

/** The two signature headers, for a 64-byte Ed25519 signature of the signature base. */
export function formatSignatureHeaders(parameters: SignatureParameters, signature: Uint8Array) {
  return {
    "signature-input": `sotto=${formatSignatureParameters(parameters)}`,
    signature: `sotto=:${base64.encode(signature)}:`,
  } as const;
}

/** Parses `Signature-Input`; null unless it is in this profile, letter for letter. */
export function parseSignatureInput(header: string): SignatureParameters | null {
  if (!header.startsWith("sotto=")) return null;
  const [, created = "", nonceText = "", keyIdText = ""] = PARAMETERS.exec(header.slice("sotto=".length)) ?? [];
  const nonce = fromBase64url(nonceText);
  const keyId = parseKeyId(keyIdText);
  return nonce?.length === NONCE_BYTES && keyId ? { created: Number(created), nonce, keyId } : null;
}

/** Parses `Signature`; null unless it is `sotto=:<base64 of 64 bytes>:`. */
export function parseSignature(header: string): Bytes | null {
  const [, text = ""] = /^sotto=:([A-Za-z0-9+/]{86}==):$/.exec(header) ?? [];
  try {
    const signature = Uint8Array.from(base64.decode(text));
    return signature.length === 64 ? signature : null;
  } catch {
    return null;
  }
}
