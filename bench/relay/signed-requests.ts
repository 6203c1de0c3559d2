/** Signed requests as the bytes that go over the wire, so that nothing but writing them is left while time is taken. */
import { createHash, randomBytes } from "node:crypto";
import { signQuickly } from "../../relay/testing/quick-signature.ts";
import { type Bytes, fromBase64url } from "../../relay/wire/bytes.ts";
import { formatSendRequest } from "../../relay/wire/mail.ts";
import { formatContentDigest, formatSignatureHeaders, signatureBase } from "../../relay/wire/request-signature.ts";
import type { Account } from "./jobs.ts";

/** A short text in its padding, with the header of its message. */
const BODY_BYTES = 400;

const fresh = (length: number) => Uint8Array.from(randomBytes(length));

export interface Request {
  readonly method: "GET" | "POST";
  readonly target: string;
  /** JSON; absent on a GET. */
  readonly json?: unknown;
}

const secretKeys = new Map<string, Bytes>();

/** The same array each time, for which a key is read once. */
export function secretKeyOf({ secretKey }: Account): Bytes {
  const bytes = secretKeys.get(secretKey) ?? fromBase64url(secretKey);
  if (!bytes) throw new Error("secret key must be base64url");
  secretKeys.set(secretKey, bytes);
  return bytes;
}

/** The bytes of a request that this account signs now. */
export function signedBytes(account: Account, port: number, { method, target, json }: Request): Buffer {
  const body = json === undefined ? "" : JSON.stringify(json);
  const authority = `localhost:${port}`;
  const contentDigest = formatContentDigest(createHash("sha256").update(body).digest());
  const keyId = { username: account.username, device: 1 };
  const parameters = { created: Math.floor(Date.now() / 1000), nonce: fresh(16), keyId };
  const [path = "", query = "?"] = target.split(/(?=\?)/);
  const signed = signatureBase({ method, authority, path, query, contentDigest }, parameters);
  const headers = formatSignatureHeaders(parameters, signQuickly(signed, secretKeyOf(account)));
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${authority}`,
    `Content-Digest: ${contentDigest}`,
    `Signature-Input: ${headers["signature-input"]}`,
    `Signature: ${headers.signature}`,
    ...(json === undefined ? [] : ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** The JSON of a `send` of so many fresh envelopes. */
export function sending(to: string, envelopes = 1): unknown {
  const make = () => ({ toDevice: 1, id: fresh(16), body: fresh(BODY_BYTES) });
  return formatSendRequest({ to, envelopes: Array.from({ length: envelopes }, make) });
}
