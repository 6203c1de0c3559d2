/** Publishing and fetching keys: the shapes of `publish_keys` and `get_keys`. */
import * as v from "valibot";
import { type Bytes, toBase64url } from "./bytes.ts";
import { MAX_ONE_TIME_PREKEYS } from "./limits.ts";
import { base64urlBetween, base64urlBytes } from "./schemas.ts";

/** Bytes of a prekey id: the first 16 of SHA-256(type || public key). */
export const PREKEY_ID_BYTES = 16;

/** The type byte hashed into a prekey's id. */
export const PREKEY_TYPE = { signed: 1, oneTime: 2 } as const;

const manifestStatement = base64urlBetween(1, 2048);
const signature = base64urlBytes(64);
const x25519PublicKey = base64urlBytes(32);

const publishRequest = v.strictObject({
  manifest: manifestStatement,
  signature,
  oneTimePrekeys: v.pipe(v.array(x25519PublicKey), v.maxLength(MAX_ONE_TIME_PREKEYS)),
  replace: v.boolean(),
});

/**
 * `POST /api/publish_keys`: a manifest, its signature by the identity key, and one-time prekeys to add. With `replace`
 * the one-time prekeys held so far are dropped first. Signed with the device key that the manifest names.
 */
export type PublishRequest = v.InferOutput<typeof publishRequest>;

export function parsePublishRequest(json: unknown): PublishRequest | null {
  const parsed = v.safeParse(publishRequest, json);
  return parsed.success ? parsed.output : null;
}

export function formatPublishRequest(request: PublishRequest): unknown {
  return {
    manifest: toBase64url(request.manifest),
    signature: toBase64url(request.signature),
    oneTimePrekeys: request.oneTimePrekeys.map((prekey) => toBase64url(prekey)),
    replace: request.replace,
  };
}

const publishResponse = v.object({
  oneTimePrekeyIds: v.pipe(v.array(base64urlBytes(PREKEY_ID_BYTES)), v.maxLength(MAX_ONE_TIME_PREKEYS)),
});

/** The answer to `publish_keys`: the ids of the one-time prekeys that are still to be handed out. */
export type PublishResponse = v.InferOutput<typeof publishResponse>;

export function parsePublishResponse(json: unknown): PublishResponse | null {
  const parsed = v.safeParse(publishResponse, json);
  return parsed.success ? parsed.output : null;
}

export function formatPublishResponse(ids: readonly Bytes[]) {
  return { oneTimePrekeyIds: ids.map((id) => toBase64url(id)) };
}

const bundle = v.object({
  devices: v.pipe(
    v.array(v.object({ manifest: manifestStatement, signature, oneTimePrekey: v.nullable(x25519PublicKey) })),
    v.minLength(1),
    v.maxLength(16),
  ),
});

/** The answer to `GET /api/get_keys/:username`: one entry per device, each with a one-time prekey taken off its list. */
export type Bundle = v.InferOutput<typeof bundle>;

export function parseBundle(json: unknown): Bundle | null {
  const parsed = v.safeParse(bundle, json);
  return parsed.success ? parsed.output : null;
}

export function formatBundle(value: Bundle) {
  return {
    devices: value.devices.map(({ manifest, signature: signed, oneTimePrekey }) => ({
      manifest: toBase64url(manifest),
      signature: toBase64url(signed),
      oneTimePrekey: oneTimePrekey === null ? null : toBase64url(oneTimePrekey),
    })),
  };
}
