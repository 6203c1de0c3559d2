/** `POST /api/delete_account/:username`: deletes the signing device's own account. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { RequestSignatures } from "../middleware/request-signature.ts";
import { Refusal } from "../refusal.ts";
import { parseDeleteAccountRequest } from "../wire/account.ts";
import { ownMailbox } from "./parameters.ts";

/**
 * Answers once nothing but the tombstone is left, and the bytes of its blobs that nobody finds any more, which go next;
 * closes the account's sockets. Refuses with `forbidden` and
 * `bad-request`; a second one is no different from any other request of an `unknown-device`.
 */
export function deleteAccount(relay: RelayContext, signatures: RequestSignatures) {
  return async (ctx: RouterContext): Promise<void> => {
    const { signer, deviceKey, json } = await signatures.authenticate(ctx);
    const { username, device } = ownMailbox(ctx, signer);
    if (parseDeleteAccountRequest(json)?.username !== username) throw new Refusal("bad-request");
    const devices = await relay.store.deleteAccount({ username, device, deviceKey });
    if (!devices) throw new Refusal("unknown-device");
    for (const gone of devices) relay.hub.publish({ username, ...gone }, { kind: "deleted" });
    relay.collector.wake();
    ctx.body = {};
  };
}
