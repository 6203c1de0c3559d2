/** `POST /api/publish_keys`: stores a device's manifest and one-time prekeys. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { RequestSignatures } from "../middleware/request-signature.ts";
import { isEd25519PublicKey, isX25519PublicKey, verifyStatement } from "../public-keys.ts";
import { Refusal } from "../refusal.ts";
import { formatPublishResponse, type PublishRequest, parsePublishRequest } from "../wire/keys.ts";
import { type Manifest, parseManifest } from "../wire/manifest.ts";
import type { KeyId } from "../wire/request-signature.ts";

/** The only device an account has in this version. */
const ONLY_DEVICE = 1;

/**
 * The request is signed with the device key that its own manifest names, so the keys are checked before the signature.
 * Refuses with `bad-request`, `manifest-invalid`, `key-invalid`, `forbidden`, `name-taken`, `manifest-outdated` and
 * `too-many-prekeys`, besides what every signed request may be refused for.
 */
export function publishKeys(relay: RelayContext, signatures: RequestSignatures) {
  return async (ctx: RouterContext): Promise<void> => {
    const request = await signatures.read(ctx);
    const publication = parsePublishRequest(request.json);
    if (!publication) throw new Refusal("bad-request");
    const manifest = readManifest(publication, request.parameters.keyId);
    checkKeys(manifest, publication);
    await signatures.prove(request, manifest.deviceKey);
    const statement = { signature: publication.signature, signed: manifest.statement, publicKey: manifest.identityKey };
    if (!verifyStatement(statement)) throw new Refusal("manifest-invalid");

    const outcome = await relay.store.publishKeys({
      username: manifest.username,
      device: manifest.device,
      identityKey: manifest.identityKey,
      deviceKey: manifest.deviceKey,
      statement: manifest.statement,
      signature: publication.signature,
      sequence: manifest.sequence,
      previousHash: manifest.previousHash,
      oneTimePrekeys: publication.oneTimePrekeys,
      replace: publication.replace,
      now: relay.clock(),
    });
    if (outcome.kind !== "published") throw new Refusal(outcome.kind);
    relay.counts.published += 1;
    ctx.body = formatPublishResponse(outcome.oneTimePrekeyIds);
  };
}

function readManifest(publication: PublishRequest, signer: KeyId): Manifest {
  const manifest = parseManifest(publication.manifest);
  if (!manifest) throw new Refusal("manifest-invalid");
  if (manifest.username !== signer.username || manifest.device !== signer.device) throw new Refusal("forbidden");
  if (manifest.device !== ONLY_DEVICE) throw new Refusal("manifest-invalid");
  return manifest;
}

function checkKeys(manifest: Manifest, { oneTimePrekeys }: PublishRequest): void {
  const sound =
    isEd25519PublicKey(manifest.identityKey) &&
    isEd25519PublicKey(manifest.deviceKey) &&
    isX25519PublicKey(manifest.signedPrekey) &&
    oneTimePrekeys.every(isX25519PublicKey);
  if (!sound) throw new Refusal("key-invalid");
}
