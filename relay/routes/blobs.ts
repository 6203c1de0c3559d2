/** `POST /api/blobs`, `GET /api/blobs/:id` and `DELETE /api/blobs/:id`: blobs as a whole. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { Admit, RequestSignatures } from "../middleware/request-signature.ts";
import { Refusal } from "../refusal.ts";
import { type BlobStatus, isBlobLength, parseBlobId, parseCreateBlobRequest } from "../wire/blob.ts";
import type { Bytes } from "../wire/bytes.ts";

/**
 * Makes a blob, or finds the one that the same request made before. Refuses with `bad-request`, `blob-length-invalid`,
 * `blob-conflict`, `blob-too-large`, `blob-quota-exceeded` (both with the bytes that are free) and `blob-store-full`.
 */
export function createBlob(relay: RelayContext, signatures: RequestSignatures) {
  const admit: Admit = ({ username }) => relay.fairness.admitBlob(username);
  return async (ctx: RouterContext): Promise<void> => {
    const { signer: owner, deviceKey, json } = await signatures.authenticate(ctx, admit);
    const request = parseCreateBlobRequest(json);
    if (!request) throw new Refusal("bad-request");
    if (!isBlobLength(request.length)) throw new Refusal("blob-length-invalid");
    const outcome = await relay.store.createBlob({ owner, deviceKey, ...request, now: relay.clock() });
    if (outcome.kind === "created") ctx.body = formatStatus(outcome.status);
    else throw new Refusal(outcome.kind, "free" in outcome ? { free: outcome.free } : {});
  };
}

/** What there is of a blob, for whoever knows its id. Refuses with `bad-request` and `unknown-blob`. */
export function describeBlob(relay: RelayContext, signatures: RequestSignatures) {
  return async (ctx: RouterContext): Promise<void> => {
    await signatures.authenticate(ctx);
    const status = await relay.store.readBlob({ id: blobIdParameter(ctx), now: relay.clock() });
    if (!status) throw new Refusal("unknown-blob");
    ctx.body = formatStatus(status);
  };
}

/** Deletes one's own blob; one that is not there is as good as deleted. Refuses with `bad-request` and `forbidden`. */
export function deleteBlob(relay: RelayContext, signatures: RequestSignatures) {
  return async (ctx: RouterContext): Promise<void> => {
    const { signer } = await signatures.authenticate(ctx);
    const deletion = { id: blobIdParameter(ctx), owner: signer.username, now: relay.clock() };
    if ((await relay.store.deleteBlob(deletion)) === "forbidden") throw new Refusal("forbidden");
    relay.collector.wake();
    ctx.body = {};
  };
}

/** The `:id` of the path; refuses with `bad-request`. */
export function blobIdParameter(ctx: RouterContext): Bytes {
  const { id = "" }: Readonly<Record<string, string | undefined>> = ctx.params;
  const parsed = parseBlobId(id);
  if (!parsed) throw new Refusal("bad-request");
  return parsed;
}

function formatStatus({ length, missing, expiresAt }: BlobStatus): BlobStatus {
  return { length, missing, expiresAt };
}
