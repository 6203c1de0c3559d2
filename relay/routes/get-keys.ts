/** `GET /api/get_keys/:username`: someone's keys, with one-time prekeys for each device that nobody else gets. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { RequestSignatures } from "../middleware/request-signature.ts";
import { Refusal } from "../refusal.ts";
import { formatBundle } from "../wire/keys.ts";
import { usernameParameter } from "./parameters.ts";

/** The only device an account has in this version. */
const ONLY_DEVICE = 1;

/**
 * Refuses with `username-invalid` and `unknown-user`, never for want of one-time prekeys: whoever took many gets the
 * keys without. Tells the owner what is left.
 */
export function getKeys(relay: RelayContext, signatures: RequestSignatures) {
  return async (ctx: RouterContext): Promise<void> => {
    const { signer } = await signatures.authenticate(ctx);
    const username = usernameParameter(ctx);
    // A name that nobody has leaves no bucket behind, or a flood of them would push out others'.
    if (!(await relay.store.readDeviceKey({ username, device: ONLY_DEVICE }))) throw new Refusal("unknown-user");
    const withOneTimePrekeys = await relay.fairness.mayTakePrekeys(signer.username, username);
    const keys = await relay.store.claimKeys(username, withOneTimePrekeys);
    if (!keys) throw new Refusal("unknown-user");
    for (const { device, deviceKey, oneTimePrekey, oneTimeKemPrekey, remaining } of keys.devices) {
      if (!oneTimePrekey && !oneTimeKemPrekey) continue;
      relay.hub.publish({ username, device, deviceKey }, { kind: "prekeys", remaining });
    }
    ctx.body = formatBundle({ devices: [...keys.devices], identityChange: keys.identityChange });
  };
}
