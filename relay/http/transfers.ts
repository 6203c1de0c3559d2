/**
 * The chunks of blobs that are on their way, in or out: each is held in memory until it is on disk, or has left. So there
 * are only so many at a time, and only so many of one account, which could otherwise keep all others from theirs by
 * sending or reading slowly.
 */
import type { ServerResponse } from "node:http";
import type { TransferLimits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import { whenGone } from "./when-gone.ts";

/** Some of what is under way has ended by then. */
const RETRY_SECONDS = 1;

export class Transfers {
  readonly #limits: TransferLimits;
  readonly #ofAccount = new Map<string, number>();
  #count = 0;

  constructor(limits: TransferLimits) {
    this.#limits = limits;
  }

  /** How many are under way. */
  get size(): number {
    return this.#count;
  }

  /** Counts one of this account until its answer has left or its client is gone. Refuses with `rate-limited`. */
  begin(username: string, response: ServerResponse): void {
    const ofAccount = this.#ofAccount.get(username) ?? 0;
    if (ofAccount >= this.#limits.ofAccount || this.#count >= this.#limits.all) {
      throw new Refusal("rate-limited", { retryAfterSeconds: RETRY_SECONDS });
    }
    this.#ofAccount.set(username, ofAccount + 1);
    this.#count += 1;
    whenGone(response, () => this.#end(username));
  }

  #end(username: string): void {
    this.#count -= 1;
    const left = (this.#ofAccount.get(username) ?? 1) - 1;
    if (left > 0) this.#ofAccount.set(username, left);
    else this.#ofAccount.delete(username);
  }
}
