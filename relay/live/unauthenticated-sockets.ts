/** How many live sockets each address has open that have not proved who they are. */

export class UnauthenticatedSockets {
  readonly #limit: number;
  readonly #open = new Map<string, number>();

  /** `limit` is for one address. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one more; returns what takes it off again, which may be called twice, or null when there is no room. */
  enter(address: string): (() => void) | null {
    const count = this.#open.get(address) ?? 0;
    if (count >= this.#limit) return null;
    this.#open.set(address, count + 1);
    let counted = true;
    return () => {
      if (!counted) return;
      counted = false;
      const left = (this.#open.get(address) ?? 1) - 1;
      if (left > 0) this.#open.set(address, left);
      else this.#open.delete(address);
    };
  }
}
