/** `POST /api/publish_keys`: stores a device's manifest and one-time prekeys. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { RequestSignatures, UnprovenRequest } from "../middleware/request-signature.ts";
import { isEd25519PublicKey, isX25519PublicKey, verifyQuickly, verifyStatement } from "../public-keys.ts";
import { Refusal } from "../refusal.ts";
import { inviteCodeHash } from "../store/invite-records.ts";
import type { Registration } from "../store/store.ts";
import { sameBytes } from "../wire/bytes.ts";
import { type IdentityChangeFields, identityChangeStatement, kemPrekeyStatement } from "../wire/key-statements.ts";
import {
  formatPublishResponse,
  type IdentityChange,
  type PublishRequest,
  parsePublishRequest,
  type SignedKemPrekey,
} from "../wire/keys.ts";
import { type Manifest, parseManifest } from "../wire/manifest.ts";
import type { KeyId } from "../wire/request-signature.ts";

/** The only device an account has in this version. */
const ONLY_DEVICE = 1;

/** So many one-time prekeys to check and to store are as much work as a request. */
const PREKEYS_PER_REQUEST = 10;

/**
 * The request is signed with the device key that its own manifest names, so a key that is new here is checked before
 * the signature, and the body is read before that.
 * Refuses with `bad-request`, `manifest-invalid` (also for an identity change that does not verify), `key-invalid`
 * (also for a one-time KEM prekey that the identity did not sign), `forbidden`, `name-taken`, `invite-required`,
 * `registration-closed`, `manifest-outdated` and `too-many-prekeys`, besides what every signed request may be refused for.
 */
export function publishKeys(relay: RelayContext, signatures: RequestSignatures) {
  return async (ctx: RouterContext): Promise<void> => {
    const request = signatures.read(ctx);
    const known = await proveKnown(request);
    if (!known) await relay.fairness.admitRegistration(relay.clientAddress(ctx.req));
    const publication = parsePublishRequest(await signatures.readBody(request));
    if (!publication) throw new Refusal("bad-request");
    const manifest = readManifest(publication, request.parameters.keyId);
    if (known) await admitPrekeys(manifest, publication);
    checkKeys(manifest, publication);
    if (!signatures.isSignedBy(request, manifest.deviceKey)) throw new Refusal("signature-invalid");
    await signatures.burn(request, manifest.deviceKey);
    checkStatements(manifest, publication);
    checkKemPrekeys(manifest, publication);

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
      oneTimeKemPrekeys: publication.oneTimeKemPrekeys,
      identityChange: publication.identityChange,
      replace: publication.replace,
      registration: registrationOf(relay, publication),
      now: relay.clock(),
    });
    if (outcome.kind !== "published") throw new Refusal(outcome.kind);
    relay.counts.published += 1;
    ctx.body = formatPublishResponse(outcome);
  };

  /**
   * Whether a device that is known here signed, which has the limits of its account. Who comes with another key may be
   * anybody, and has those of an address.
   */
  async function proveKnown(request: UnprovenRequest): Promise<boolean> {
    const signer = request.parameters.keyId;
    const deviceKey = await relay.store.readDeviceKey(signer);
    if (!deviceKey || !signatures.isSignedBy(request, deviceKey)) return false;
    await relay.fairness.admitAccount(signer.username);
    return true;
  }

  async function admitPrekeys({ username }: Manifest, publication: PublishRequest): Promise<void> {
    const prekeys = publication.oneTimePrekeys.length + publication.oneTimeKemPrekeys.length;
    if (prekeys > 0) await relay.fairness.admitAccount(username, Math.ceil(prekeys / PREKEYS_PER_REQUEST));
  }
}

/** What the relay asks of who registers a name that nobody owns. */
function registrationOf({ registration }: RelayContext, { invite }: PublishRequest): Registration {
  return registration === "invite"
    ? { kind: registration, codeHash: invite === null ? null : inviteCodeHash(invite) }
    : { kind: registration };
}

function readManifest(publication: PublishRequest, signer: KeyId): Manifest {
  const manifest = parseManifest(publication.manifest);
  if (!manifest) throw new Refusal("manifest-invalid");
  if (manifest.username !== signer.username || manifest.device !== signer.device) throw new Refusal("forbidden");
  if (manifest.device !== ONLY_DEVICE) throw new Refusal("manifest-invalid");
  return manifest;
}

/** ML-KEM keys are of the right length by now; more about them is for clients to check. */
function checkKeys(manifest: Manifest, { oneTimePrekeys, identityChange }: PublishRequest): void {
  const sound =
    isEd25519PublicKey(manifest.identityKey) &&
    isEd25519PublicKey(manifest.deviceKey) &&
    isX25519PublicKey(manifest.signedPrekey) &&
    oneTimePrekeys.every(isX25519PublicKey) &&
    (identityChange === null || isEd25519PublicKey(identityChange.previousIdentityKey));
  if (!sound) throw new Refusal("key-invalid");
}

/** What bundles hand on as it is: the manifest, and the identity change that may come with it. */
function checkStatements(manifest: Manifest, { signature, identityChange }: PublishRequest): void {
  const { username, identityKey } = manifest;
  const verifies =
    verifyStatement({ signature, signed: manifest.statement, publicKey: identityKey }) &&
    (identityChange === null || verifyIdentityChange({ username, identityKey, ...identityChange }));
  if (!verifies) throw new Refusal("manifest-invalid");
}

/** An identity cannot follow itself. */
function verifyIdentityChange(change: IdentityChange & IdentityChangeFields): boolean {
  const { signature, previousIdentityKey, identityKey } = change;
  if (sameBytes(previousIdentityKey, identityKey)) return false;
  return verifyStatement({ signature, signed: identityChangeStatement(change), publicKey: previousIdentityKey });
}

function checkKemPrekeys({ username, device, identityKey }: Manifest, { oneTimeKemPrekeys }: PublishRequest): void {
  const verify = ({ publicKey, signature }: SignedKemPrekey) =>
    verifyQuickly({
      signature,
      signed: kemPrekeyStatement({ username, device, publicKey }),
      publicKey: identityKey,
    });
  if (!oneTimeKemPrekeys.every(verify)) throw new Refusal("key-invalid");
}
