/**
 * Builds the app as the product is built, but with checkpoints at the worker's ports: the composition root's imports of
 * store and network lead to the modules of this folder.
 */
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "vite";

const PRODUCT_CONFIGURATION = fileURLToPath(new URL("../../vite.config.ts", import.meta.url));
const WORKER_ROOT = fileURLToPath(new URL("../../web/engine-worker.ts", import.meta.url));

/** By what the worker's root imports. */
const SUBSTITUTES: ReadonlyMap<string, string> = new Map([
  ["./storage/sealed-store.ts", fileURLToPath(new URL("./checkpointed-store.ts", import.meta.url))],
  ["./network/relay-network.ts", fileURLToPath(new URL("./checkpointed-network.ts", import.meta.url))],
]);

/** Builds into `folder`, which is emptied. Throws when the worker's root no longer imports one of the ports. */
export async function buildCheckpointedApp(folder: string): Promise<void> {
  const substituted = new Set<string>();
  const substitute: Plugin = {
    name: "sotto-crash-points",
    enforce: "pre",
    resolveId(source, importer) {
      const path = SUBSTITUTES.get(source);
      if (path === undefined || importer?.replace(/\?.*$/, "") !== WORKER_ROOT) return null;
      substituted.add(source);
      return path;
    },
  };
  await build({
    configFile: PRODUCT_CONFIGURATION,
    logLevel: "error",
    build: { outDir: folder, emptyOutDir: true },
    worker: { plugins: () => [substitute] },
  });
  const missing = [...SUBSTITUTES.keys()].filter((source) => !substituted.has(source));
  if (missing.length > 0) throw new Error(`web/engine-worker.ts no longer imports ${missing.join(" and ")}`);
}
