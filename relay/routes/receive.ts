/** `GET /api/receive/:username?after=<next of the page before>`: a page of the signing device's mailbox. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { RequestSignatures } from "../middleware/request-signature.ts";
import { Refusal } from "../refusal.ts";
import { formatReceivedEnvelope } from "../wire/mail.ts";
import { ownMailbox } from "./parameters.ts";

/**
 * Oldest first, deletes nothing. Refuses with `forbidden` and, when `after` is not what a page named, `bad-request`.
 */
export function receive(relay: RelayContext, signatures: RequestSignatures) {
  return async (ctx: RouterContext): Promise<void> => {
    const { signer } = await signatures.authenticate(ctx);
    const mailbox = ownMailbox(ctx, signer);
    const after = readAfter(ctx);
    const { envelopesPerPage: limit, pageBytes: bytes } = relay.limits;
    const { envelopes, next } = await relay.store.listMail({ mailbox, after, limit, bytes, now: relay.clock() });
    const page = { envelopes: envelopes.map(formatReceivedEnvelope), next: next === null ? null : String(next) };
    const isFirstOfMany = after === 0 && next !== null;
    ctx.body = isFirstOfMany ? { ...page, waiting: await relay.store.countMail(mailbox) } : page;
  };
}

function readAfter(ctx: RouterContext): number {
  const { after = "0" } = ctx.query;
  if (typeof after !== "string" || !/^(0|[1-9][0-9]{0,14})$/.test(after)) throw new Refusal("bad-request");
  return Number(after);
}
