/** `POST /api/epoch/:username`: compares and sets the signing device's epoch (wire/epoch.ts). */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { RequestSignatures } from "../middleware/request-signature.ts";
import { Refusal } from "../refusal.ts";
import { formatEpochResponse, parseEpochRequest } from "../wire/epoch.ts";
import { ownMailbox } from "./parameters.ts";

/** That the present epoch was not expected is no refusal: it is answered. Refuses with `forbidden` and `bad-request`. */
export function epoch(relay: RelayContext, signatures: RequestSignatures) {
  return async (ctx: RouterContext): Promise<void> => {
    const { signer, deviceKey, json } = await signatures.authenticate(ctx);
    const { username, device } = ownMailbox(ctx, signer);
    const request = parseEpochRequest(json);
    if (!request) throw new Refusal("bad-request");
    const present = await relay.store.setEpoch({ username, device, deviceKey, ...request });
    if (!present) throw new Refusal("unknown-device");
    ctx.body = formatEpochResponse({ epoch: present });
  };
}
