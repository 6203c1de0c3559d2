/** What people handed to the relay, read as the relay could not: whether any counter or id was used for two messages. */
import { createHash } from "node:crypto";
import { parseSendRequest } from "../../relay/wire/mail.ts";
import { decodeMessage } from "../../web/protocol/message-format.ts";
import { suiteV2 } from "../../web/protocol/suite.ts";
import type { SeenRequest } from "../hostile/mutating-proxy.ts";

export interface SentEnvelope {
  readonly from: string;
  /** Who sent it, and the id they drew, hex. */
  readonly id: string;
  /** The ratchet key, hex, and the message's number under it: what one message key belongs to. */
  readonly counter: string;
  /** SHA-256 of the body, hex. */
  readonly body: string;
}

/** Every envelope in these requests, as often as it was sent. Throws when one cannot be read. */
export function sentEnvelopes(requests: readonly SeenRequest[]): readonly SentEnvelope[] {
  return requests
    .filter(({ path }) => path === "/api/send")
    .flatMap(({ username, body }) => {
      const request = parseSendRequest(JSON.parse(body.toString("utf8")));
      if (request === null || username === null) throw new Error("a send request must be readable");
      return request.envelopes.map(({ id, body: sealed }): SentEnvelope => {
        const { ratchetKey, messageNumber } = suiteV2.decodeHeader(decodeMessage(sealed, suiteV2.version).header);
        return {
          from: username,
          id: `${username}/${hex(id)}`,
          counter: `${hex(ratchetKey)}/${messageNumber}`,
          body: createHash("sha256").update(sealed).digest("hex"),
        };
      });
    });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Every counter and every id under which there are two bodies, and every body under two ids. */
export function doubleUses(envelopes: readonly SentEnvelope[]): readonly string[] {
  return [
    ...usedTwice(envelopes, ({ counter }) => `counter ${counter}`, "body"),
    ...usedTwice(envelopes, ({ id }) => `id ${id}`, "body"),
    ...usedTwice(envelopes, ({ body }) => `body ${body}`, "id"),
  ];
}

function usedTwice(
  envelopes: readonly SentEnvelope[],
  nameOf: (envelope: SentEnvelope) => string,
  what: "body" | "id",
): readonly string[] {
  const first = new Map<string, string>();
  const twice = new Set<string>();
  for (const envelope of envelopes) {
    const name = nameOf(envelope);
    const before = first.get(name) ?? envelope[what];
    first.set(name, before);
    if (before !== envelope[what]) twice.add(name);
  }
  return [...twice];
}
