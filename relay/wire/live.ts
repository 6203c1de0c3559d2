/**
 * The live socket, `/api/live`: the frames both sides send (one JSON object per text frame) and the statement by which
 * a client proves which device it is.
 *
 *   relay  { type: "challenge", challenge }                 at once, 32 random bytes
 *   client { type: "authenticate", keyId, origin, signature }   within 10 seconds
 *   relay  { type: "ready" }                                from now on new mail is pushed
 *   relay  { type: "mail", envelope } | { type: "prekeys", remaining } | { type: "heartbeat" }
 *
 * `remaining` counts the device's one-time prekeys that are left after some were handed out, of the kind (X25519 or
 * ML-KEM) of which there are fewer.
 * A refusal closes the socket with code 4401 and an error code as reason. Mail that waited before `ready` is fetched
 * with `receive`.
 */
import * as v from "valibot";
import { type Bytes, concat, lengthPrefixed, toBase64url, utf8 } from "./bytes.ts";
import { formatReceivedEnvelope, receivedEnvelope } from "./mail.ts";
import { formatKeyId, type KeyId, parseKeyId } from "./request-signature.ts";
import { base64urlBytes } from "./schemas.ts";

/** Close code of a socket whose authentication was refused. */
export const CLOSE_UNAUTHENTICATED = 4401;

/** Bytes of a challenge. */
export const CHALLENGE_BYTES = 32;

/**
 * What the device key signs to open a live socket: lp("sotto/live/v1") || lp(origin) || lp(challenge) || lp(key id).
 * `origin` is the relay's as the client sees it, e.g. `https://chat.example`.
 */
export function liveStatement(origin: string, challenge: Uint8Array, keyId: KeyId): Bytes {
  return concat(
    lengthPrefixed(utf8("sotto/live/v1")),
    lengthPrefixed(utf8(origin)),
    lengthPrefixed(challenge),
    lengthPrefixed(utf8(formatKeyId(keyId))),
  );
}

const authenticateFrame = v.strictObject({
  type: v.literal("authenticate"),
  keyId: v.pipe(
    v.string(),
    v.maxLength(43),
    v.transform(parseKeyId),
    v.check((keyId) => keyId !== null),
    v.transform((keyId) => keyId as KeyId),
  ),
  origin: v.pipe(v.string(), v.maxLength(300)),
  signature: base64urlBytes(64),
});

export type AuthenticateFrame = v.InferOutput<typeof authenticateFrame>;

const relayFrame = v.variant("type", [
  v.object({ type: v.literal("challenge"), challenge: base64urlBytes(CHALLENGE_BYTES) }),
  v.object({ type: v.literal("ready") }),
  v.object({ type: v.literal("mail"), envelope: receivedEnvelope }),
  v.object({ type: v.literal("prekeys"), remaining: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) }),
  v.object({ type: v.literal("heartbeat") }),
]);

/** A frame from the relay, as the client reads it. */
export type RelayFrame = v.InferOutput<typeof relayFrame>;

export function formatAuthenticateFrame({ keyId, origin, signature }: Omit<AuthenticateFrame, "type">): string {
  return JSON.stringify({ type: "authenticate", keyId: formatKeyId(keyId), origin, signature: toBase64url(signature) });
}

export function formatRelayFrame(frame: RelayFrame): string {
  switch (frame.type) {
    case "challenge":
      return JSON.stringify({ type: frame.type, challenge: toBase64url(frame.challenge) });
    case "mail":
      return JSON.stringify({ type: frame.type, envelope: formatReceivedEnvelope(frame.envelope) });
    case "prekeys":
      return JSON.stringify({ type: frame.type, remaining: frame.remaining });
    case "ready":
    case "heartbeat":
      return JSON.stringify({ type: frame.type });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Parses the client's only frame; null when it is none. */
export function parseAuthenticateFrame(text: string): AuthenticateFrame | null {
  const parsed = v.safeParse(authenticateFrame, parseJson(text));
  return parsed.success ? parsed.output : null;
}

/** Parses a relay's frame; null when this version does not know it (such frames are ignored). */
export function parseRelayFrame(text: string): RelayFrame | null {
  const parsed = v.safeParse(relayFrame, parseJson(text));
  return parsed.success ? parsed.output : null;
}
