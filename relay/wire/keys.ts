/** Publishing and fetching keys: the shapes of `publish_keys` and `get_keys`. */
import * as v from "valibot";
import { type Bytes, toBase64url } from "./bytes.ts";
import { MAX_ONE_TIME_PREKEYS } from "./limits.ts";
import { base64urlBetween, base64urlBytes } from "./schemas.ts";

/** Bytes of a prekey id: the first 16 of SHA-256(type || public key). */
export const PREKEY_ID_BYTES = 16;

/** The type byte hashed into a prekey's id. */
export const PREKEY_TYPE = { signed: 1, oneTime: 2, oneTimeKem: 3, lastResortKem: 4 } as const;

/** Bytes of an ML-KEM-768 public key (FIPS 203, table 3). */
export const KEM_PUBLIC_KEY_BYTES = 1184;

/** A one-time KEM prekey, 1,184 bytes, and the identity key's signature over `kemPrekeyStatement`, 64 bytes. */
export interface SignedKemPrekey {
  readonly publicKey: Bytes;
  readonly signature: Bytes;
}

/** The identity key before, 32 bytes, and its signature over `identityChangeStatement`, 64 bytes. */
export interface IdentityChange {
  readonly previousIdentityKey: Bytes;
  readonly signature: Bytes;
}

const manifestStatement = base64urlBetween(1, 2048);
const signature = base64urlBytes(64);
const x25519PublicKey = base64urlBytes(32);
const ed25519PublicKey = base64urlBytes(32);
const kemPublicKey = base64urlBytes(KEM_PUBLIC_KEY_BYTES);

/** What an invite code consists of; the operator's command makes them. */
export const INVITE_CODE = /^[A-Za-z0-9_-]{16,64}$/;

const publishRequest = v.strictObject({
  manifest: manifestStatement,
  signature,
  oneTimePrekeys: v.pipe(v.array(x25519PublicKey), v.maxLength(MAX_ONE_TIME_PREKEYS)),
  oneTimeKemPrekeys: v.pipe(
    v.array(v.strictObject({ publicKey: kemPublicKey, signature })),
    v.maxLength(MAX_ONE_TIME_PREKEYS),
  ),
  identityChange: v.nullable(v.strictObject({ previousIdentityKey: ed25519PublicKey, signature })),
  replace: v.boolean(),
  invite: v.optional(v.nullable(v.pipe(v.string(), v.regex(INVITE_CODE))), null),
});

/**
 * `POST /api/publish_keys`: a manifest, its signature by the identity key, and one-time prekeys of both kinds to add;
 * with `replace` those of both kinds held so far are dropped first; `invite` may be left out, and counts only where a
 * name is registered on a relay that asks for one. Each one-time KEM prekey is signed by the identity
 * key, and an identity change by the previous one (key-statements.ts). Signed with the device key that the manifest
 * names.
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
    oneTimeKemPrekeys: request.oneTimeKemPrekeys.map(formatKemPrekey),
    identityChange: request.identityChange === null ? null : formatIdentityChange(request.identityChange),
    replace: request.replace,
    ...(request.invite === null ? {} : { invite: request.invite }),
  };
}

const prekeyIds = v.pipe(v.array(base64urlBytes(PREKEY_ID_BYTES)), v.maxLength(MAX_ONE_TIME_PREKEYS));

const publishResponse = v.object({ oneTimePrekeyIds: prekeyIds, oneTimeKemPrekeyIds: prekeyIds });

/** The answer to `publish_keys`: the ids of the one-time prekeys of each kind that are still to be handed out. */
export type PublishResponse = v.InferOutput<typeof publishResponse>;

export function parsePublishResponse(json: unknown): PublishResponse | null {
  const parsed = v.safeParse(publishResponse, json);
  return parsed.success ? parsed.output : null;
}

/** What an answer to `publish_keys` is made of. */
export interface UnclaimedPrekeyIds {
  readonly oneTimePrekeyIds: readonly Bytes[];
  readonly oneTimeKemPrekeyIds: readonly Bytes[];
}

export function formatPublishResponse({ oneTimePrekeyIds, oneTimeKemPrekeyIds }: UnclaimedPrekeyIds) {
  return {
    oneTimePrekeyIds: oneTimePrekeyIds.map((id) => toBase64url(id)),
    oneTimeKemPrekeyIds: oneTimeKemPrekeyIds.map((id) => toBase64url(id)),
  };
}

const bundleDevice = v.object({
  manifest: manifestStatement,
  signature,
  oneTimePrekey: v.nullable(x25519PublicKey),
  oneTimeKemPrekey: v.nullable(v.object({ publicKey: kemPublicKey, signature })),
});

const bundle = v.object({
  devices: v.pipe(v.array(bundleDevice), v.minLength(1), v.maxLength(16)),
  identityChange: v.nullable(v.object({ previousIdentityKey: ed25519PublicKey, signature })),
});

/**
 * The answer to `GET /api/get_keys/:username`: one entry per device, each with a one-time prekey of each kind taken off
 * its lists, and the statement by which the previous identity key named this one, if there is one.
 */
export type Bundle = v.InferOutput<typeof bundle>;

export function parseBundle(json: unknown): Bundle | null {
  const parsed = v.safeParse(bundle, json);
  return parsed.success ? parsed.output : null;
}

export function formatBundle(value: Bundle) {
  return {
    devices: value.devices.map(({ manifest, signature: signed, oneTimePrekey, oneTimeKemPrekey }) => ({
      manifest: toBase64url(manifest),
      signature: toBase64url(signed),
      oneTimePrekey: oneTimePrekey === null ? null : toBase64url(oneTimePrekey),
      oneTimeKemPrekey: oneTimeKemPrekey === null ? null : formatKemPrekey(oneTimeKemPrekey),
    })),
    identityChange: value.identityChange === null ? null : formatIdentityChange(value.identityChange),
  };
}

function formatKemPrekey({ publicKey, signature: signed }: SignedKemPrekey) {
  return { publicKey: toBase64url(publicKey), signature: toBase64url(signed) };
}

function formatIdentityChange({ previousIdentityKey, signature: signed }: IdentityChange) {
  return { previousIdentityKey: toBase64url(previousIdentityKey), signature: toBase64url(signed) };
}
