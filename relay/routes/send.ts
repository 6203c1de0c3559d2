/** `POST /api/send`: puts envelopes into a mailbox, all of them or none. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { Admit, RequestSignatures } from "../middleware/request-signature.ts";
import { Refusal } from "../refusal.ts";
import { parseSendRequest, type SendResponse } from "../wire/mail.ts";

/**
 * Answers once the envelopes are on disk, and tells the recipient's sockets of the new ones. Refuses with
 * `bad-request`, `unknown-user` (no such account, or no such device of it), `envelope-conflict` and `mailbox-full`.
 */
export function send(relay: RelayContext, signatures: RequestSignatures) {
  const admit: Admit = ({ username }, json) => relay.fairness.admitSend(username, countEnvelopes(json));
  return async (ctx: RouterContext): Promise<void> => {
    const { signer, json } = await signatures.authenticate(ctx, admit);
    const request = parseSendRequest(json);
    if (!request) throw new Refusal("bad-request");
    const { to, envelopes } = request;
    const outcome = await relay.store.addMail({ from: signer, to, envelopes, now: relay.clock() });
    if (outcome.kind !== "stored") throw new Refusal(outcome.kind);
    for (const { device, deviceKey } of outcome.devices) {
      relay.hub.publish({ username: to, device, deviceKey }, { kind: "mail" });
    }
    relay.counts.accepted += outcome.added;
    const response: SendResponse = { accepted: envelopes.length };
    ctx.body = response;
  };
}

/** How many envelopes a request that nobody has read yet brings; one that is malformed counts as one. */
function countEnvelopes(json: unknown): number {
  const envelopes: unknown = typeof json === "object" && json !== null ? Reflect.get(json, "envelopes") : null;
  return Array.isArray(envelopes) ? Math.max(1, envelopes.length) : 1;
}
