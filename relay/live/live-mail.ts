/**
 * Reads one device's new mail from the store and pushes it, page by page, each only after the one before left this
 * process: a slow reader holds up nobody, and never more than a page of memory.
 */
import type { RelayContext } from "../context.ts";
import type { NumberedEnvelope } from "../store/store.ts";
import type { LiveDevice } from "./hub.ts";

export interface LiveMailParts {
  readonly relay: RelayContext;
  readonly device: LiveDevice;
  /** Only envelopes after this number. */
  readonly after: number;
  /** Puts an envelope on the socket; resolves once it left this process, to false when the socket is gone. */
  readonly push: (envelope: NumberedEnvelope) => Promise<boolean>;
}

export class LiveMail {
  readonly #parts: LiveMailParts;
  #after: number;
  #isReading = false;
  #mayBeMore = false;

  constructor(parts: LiveMailParts) {
    this.#parts = parts;
    this.#after = parts.after;
  }

  /** Pushes what is new in the store, once; what becomes new meanwhile comes with it. Rejects when the store fails. */
  async deliver(): Promise<void> {
    this.#mayBeMore = true;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#mayBeMore) this.#mayBeMore = await this.#deliverPage();
    } finally {
      this.#isReading = false;
    }
  }

  async #deliverPage(): Promise<boolean> {
    const { relay, device, push } = this.#parts;
    this.#mayBeMore = false;
    const { envelopes, next } = await relay.store.listMail({
      mailbox: device,
      deviceKey: device.deviceKey,
      after: this.#after,
      limit: relay.limits.live.envelopesPerPage,
      now: relay.clock(),
    });
    const pushed = await Promise.all(envelopes.map(push));
    if (pushed.includes(false)) return false;
    this.#after = envelopes.at(-1)?.number ?? this.#after;
    return next !== null || this.#mayBeMore;
  }
}
