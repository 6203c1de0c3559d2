/** `POST /api/acknowledge/:username`: deletes what the signing device has stored. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { RequestSignatures } from "../middleware/request-signature.ts";
import { Refusal } from "../refusal.ts";
import { parseAcknowledgeRequest } from "../wire/mail.ts";
import { ownMailbox } from "./parameters.ts";

/** Naming an envelope that is gone is no error. Refuses with `forbidden` and `bad-request`. */
export function acknowledge(relay: RelayContext, signatures: RequestSignatures) {
  return async (ctx: RouterContext): Promise<void> => {
    const { signer, json } = await signatures.authenticate(ctx);
    const mailbox = ownMailbox(ctx, signer);
    const request = parseAcknowledgeRequest(json);
    if (!request) throw new Refusal("bad-request");
    const names = request.envelopes;
    relay.counts.acknowledged += await relay.store.acknowledgeMail({ mailbox, names, now: relay.clock() });
    ctx.body = {};
  };
}
