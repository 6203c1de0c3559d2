/** `POST /api/send`: puts envelopes into a mailbox, all of them or none. */
import type { RouterContext } from "@koa/router";
import type { RelayContext } from "../context.ts";
import type { Admit, RequestSignatures } from "../middleware/request-signature.ts";
import { Refusal } from "../refusal.ts";
import { parseSendRequest, type SendResponse } from "../wire/mail.ts";

/** Of an envelope's body, for one token of what an account may send. */
const BYTES_PER_TOKEN = 8 * 1024;

/**
 * Answers once the envelopes are on disk, and tells the recipient's sockets of the new ones. Refuses with
 * `bad-request`, `unknown-user` (no such account, or no such device of it), `envelope-conflict` and `mailbox-full`.
 */
export function send(relay: RelayContext, signatures: RequestSignatures) {
  const admit: Admit = ({ username }, json) => relay.fairness.admitSend(username, weighEnvelopes(json));
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

/**
 * What the envelopes of a request that nobody has read yet weigh: one for every 8 KiB of a body that is begun. One that
 * is malformed weighs one.
 */
function weighEnvelopes(json: unknown): number {
  const envelopes: unknown = typeof json === "object" && json !== null ? Reflect.get(json, "envelopes") : null;
  if (!Array.isArray(envelopes)) return 1;
  return Math.max(
    1,
    envelopes.reduce((sum: number, envelope: unknown) => sum + weigh(envelope), 0),
  );
}

function weigh(envelope: unknown): number {
  const body: unknown = typeof envelope === "object" && envelope !== null ? Reflect.get(envelope, "body") : null;
  const bytes = typeof body === "string" ? base64urlBytes(body) : 0;
  return Math.max(1, Math.ceil(bytes / BYTES_PER_TOKEN));
}

/** How many bytes so many characters stand for. */
function base64urlBytes({ length }: string): number {
  return Math.floor((length * 3) / 4);
}
