/** The requests that a relay has taken on and not answered yet: what it waits for before it ends. */
import type { ServerResponse } from "node:http";
import { whenGone } from "./when-gone.ts";

export class OpenRequests {
  readonly #open = new Set<ServerResponse>();
  #closing = false;
  #onEmpty: (() => void) | null = null;

  /** Whether the relay ends: it takes nothing more on. */
  get isClosing(): boolean {
    return this.#closing;
  }

  /** Takes a request on until its answer has left or its client is gone; not when the relay ends. */
  add(response: ServerResponse): void {
    if (this.#closing) return;
    this.#open.add(response);
    whenGone(response, () => {
      this.#open.delete(response);
      if (this.#open.size === 0) this.#onEmpty?.();
    });
  }

  /** From now on nothing more is taken on. Resolves when all are answered, or after so many milliseconds. */
  async drain(milliseconds: number): Promise<void> {
    this.#closing = true;
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      const impatience = setTimeout(resolve, milliseconds);
      this.#onEmpty = () => {
        clearTimeout(impatience);
        resolve();
      };
    });
  }
}
