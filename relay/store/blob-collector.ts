/** Deletes the bytes of deleted blobs in the background, one run at a time, whenever it is told that there are some. */
import type { Store } from "./store.ts";

export interface BlobCollectorParts {
  readonly store: Pick<Store, "collectBlobs">;
  /** Ends it for good. */
  readonly signal: AbortSignal;
  /** Told of a run that failed; the next one goes on with what is left. */
  readonly onFailure: (error: unknown) => void;
}

export class BlobCollector {
  readonly #parts: BlobCollectorParts;
  #running: Promise<void> | null = null;
  #again = false;

  constructor(parts: BlobCollectorParts) {
    this.#parts = parts;
  }

  /** There is something to delete. */
  wake(): void {
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { store, signal, onFailure } = this.#parts;
    while (this.#again && !signal.aborted) {
      this.#again = false;
      await store.collectBlobs(signal).catch(onFailure);
    }
    this.#running = null;
  }
}
