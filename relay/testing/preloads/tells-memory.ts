/**
 * Tells the parent process, whenever it asks, how much memory the relay uses after a collection of garbage. Node needs
 * `--expose-gc` for it.
 */

/** Bytes. */
export interface MemoryReport {
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

process.on("message", () => {
  void globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const report: MemoryReport = { heapUsed, external, rss };
  process.send?.(report);
});
// The relay must end when it would without this.
process.channel?.unref();
