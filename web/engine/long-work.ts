/** Work that a person waits for, as of a backup: it tells how far it is, and they can give it up. */

/** Tells how far the work is, from 0 to 1; throws CancelledError once it is given up, which ends it there. */
export type Progress = (share: number) => void;

export class CancelledError extends Error {
  override readonly name = "CancelledError";
}

/** So much more of it is told; the rest would only cost. */
const STEP = 0.01;

export class LongWork {
  readonly #show: (share: number | null) => void;
  #begun = 0;
  /** Works up to this one are given up. */
  #cancelled = 0;

  /** `show` gets how far the work is; null when there is none. */
  constructor(show: (share: number | null) => void) {
    this.#show = show;
  }

  /** Does the work. */
  async run<Result>(work: (progress: Progress) => Promise<Result>): Promise<Result | { readonly kind: "cancelled" }> {
    this.#begun += 1;
    const own = this.#begun;
    this.#show(0);
    let shown = 0;
    try {
      return await work((share) => {
        if (own <= this.#cancelled) throw new CancelledError("the work was given up");
        if (share - shown < STEP) return;
        shown = share;
        this.#show(share);
      });
    } catch (error) {
      if (error instanceof CancelledError) return { kind: "cancelled" };
      throw error;
    } finally {
      this.#show(null);
    }
  }

  /** Gives up all that is under way. */
  cancel(): void {
    this.#cancelled = this.#begun;
  }
}

/** The progress of a part of the work, which lies between these shares of it. */
export function partOf(progress: Progress, from: number, to: number): Progress {
  return (share) => progress(from + (to - from) * share);
}
