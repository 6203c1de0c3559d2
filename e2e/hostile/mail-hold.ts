/** Holds back all mail at the proxy until it is released, in the order it came or the other way round. */
import { toBase64url } from "../../relay/wire/bytes.ts";
import type { ReceivedEnvelope } from "../../relay/wire/mail.ts";
import type { MutatingProxy } from "./mutating-proxy.ts";

interface Held {
  readonly recipient: string;
  readonly envelope: ReceivedEnvelope;
}

export class MailHold {
  readonly #proxy: MutatingProxy;
  /** By sender and id: the same envelope may pass live and again from the mailbox. */
  readonly #held = new Map<string, Held>();

  /** Begins at once. */
  constructor(proxy: MutatingProxy) {
    this.#proxy = proxy;
    proxy.follow({
      mail: (envelope, recipient) => {
        this.#held.set(`${envelope.from}/${toBase64url(envelope.id)}`, { recipient, envelope });
        return [];
      },
    });
  }

  /** How many envelopes are held. */
  get size(): number {
    return this.#held.size;
  }

  /** Lets everything go to whoever is connected, and holds nothing back any more. */
  release({ reversed = false }: { readonly reversed?: boolean } = {}): void {
    this.#proxy.beHonest();
    const held = [...this.#held.values()];
    if (reversed) held.reverse();
    for (const { recipient, envelope } of held) this.#proxy.push(recipient, envelope);
    this.#held.clear();
  }
}
