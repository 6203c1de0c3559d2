/** `GET /api/relay`: what people may want to know of a relay before they trust it with mail. Not signed. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import { blobDaysOf, mailDaysOf } from "../limits.ts";
import type { BlobTerms } from "../wire/blob.ts";
import type { RelayDescription } from "../wire/relay-description.ts";

export function describeRelay({ limits, registration }: RelayContext) {
  return (ctx: RouterContext): void => {
    const description: RelayDescription = { mailDays: mailDaysOf(limits), registration };
    const { accountBytes, totalBytes } = limits.blobs;
    const blobs: BlobTerms = { days: blobDaysOf(limits), accountBytes: Math.min(accountBytes, totalBytes) };
    ctx.body = { ...description, blobs };
  };
}
