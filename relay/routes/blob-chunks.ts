/** `PUT /api/blobs/:id/:index` and `GET /api/blobs/:id/:index`: one chunk of a blob, as it is. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { RequestSignatures } from "../middleware/request-signature.ts";
import { Refusal } from "../refusal.ts";
import { parseChunkIndex } from "../wire/blob.ts";
import { blobIdParameter } from "./blobs.ts";

/** A chunk that somebody opens as a page shows nothing, runs nothing and is in nobody's frame. */
const CHUNK_SECURITY_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

/**
 * Answers once the chunk is on disk; the same bytes again are no error. Refuses with `bad-request`, `unknown-blob`,
 * `forbidden` (another account's), `chunk-index-invalid`, `chunk-length-invalid`, `chunk-conflict`, `blob-store-full`, and
 * `rate-limited` also while too many chunks are under way.
 */
export function putChunk(relay: RelayContext, signatures: RequestSignatures) {
  async function store(ctx: RouterContext): Promise<void> {
    const { signer, bytes } = await signatures.authenticateTransfer(ctx, ({ username }) => {
      relay.transfers.begin(username, ctx.res);
      return relay.fairness.admitChunk(username, "stored");
    });
    const chunk = { id: blobIdParameter(ctx), index: chunkIndexParameter(ctx), bytes };
    const outcome = await relay.store.addChunk({ ...chunk, owner: signer.username, now: relay.clock() });
    if (outcome.kind !== "stored") throw new Refusal(outcome.kind);
    if (outcome.added) relay.counts.chunksStored += 1;
    ctx.body = {};
  }

  return async (ctx: RouterContext): Promise<void> => {
    try {
      await store(ctx);
    } catch (error) {
      relay.counts.chunksRefused += 1;
      throw error;
    }
  };
}

/** For whoever knows the blob's id. Refuses with `bad-request`, `unknown-blob`, `chunk-index-invalid` and `missing-chunk`. */
export function getChunk(relay: RelayContext, signatures: RequestSignatures) {
  return async (ctx: RouterContext): Promise<void> => {
    await signatures.authenticateTransfer(ctx, ({ username }) => {
      relay.transfers.begin(username, ctx.res);
      return relay.fairness.admitChunk(username, "read");
    });
    const name = { id: blobIdParameter(ctx), index: chunkIndexParameter(ctx), now: relay.clock() };
    const outcome = await relay.store.readChunk(name);
    if (outcome.kind !== "found") throw new Refusal(outcome.kind);
    relay.counts.chunksRead += 1;
    ctx.set("Content-Type", "application/octet-stream");
    ctx.set("Content-Disposition", "attachment");
    ctx.set("X-Content-Type-Options", "nosniff");
    ctx.set("Content-Security-Policy", CHUNK_SECURITY_POLICY);
    const { buffer, byteOffset, byteLength } = outcome.bytes;
    ctx.body = Buffer.from(buffer, byteOffset, byteLength);
  };
}

/** The `:index` of the path; refuses with `chunk-index-invalid`. */
function chunkIndexParameter(ctx: RouterContext): number {
  const { index = "" }: Readonly<Record<string, string | undefined>> = ctx.params;
  const parsed = parseChunkIndex(index);
  if (parsed === null) throw new Refusal("chunk-index-invalid");
  return parsed;
}
