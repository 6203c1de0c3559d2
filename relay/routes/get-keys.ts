/** `GET /api/get_keys/:username`: someone's keys, with one one-time prekey per device that nobody else gets. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { RequestSignatures } from "../middleware/request-signature.ts";
import { Refusal } from "../refusal.ts";
import { formatBundle } from "../wire/keys.ts";
import { usernameParameter } from "./parameters.ts";

/** Refuses with `username-invalid` and `unknown-user`; no one-time prekey left is no error. Tells the owner what is left. */
export function getKeys(relay: RelayContext, signatures: RequestSignatures) {
  return async (ctx: RouterContext): Promise<void> => {
    await signatures.authenticate(ctx);
    const username = usernameParameter(ctx);
    const devices = await relay.store.claimKeys(username);
    if (!devices) throw new Refusal("unknown-user");
    for (const { device, oneTimePrekey, remaining } of devices) {
      if (oneTimePrekey) relay.hub.publish({ username, device }, { kind: "prekeys", remaining });
    }
    ctx.body = formatBundle({
      devices: devices.map(({ manifest, signature, oneTimePrekey }) => ({ manifest, signature, oneTimePrekey })),
    });
  };
}
