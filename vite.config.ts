/** Builds the app, and serves it for development in front of a relay on port 8080. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const RELAY = "http://127.0.0.1:8080";
/** Requests are signed for the host in the address bar, so the proxy must pass that host on. */
const toRelay = { target: RELAY, changeOrigin: false };
const { SOTTO_BUILD = "build.next/web" } = process.env;

/** Parts of the page that are loaded when they are needed (web/ui/dialogs.tsx, start-page.tsx) and nothing else uses. */
const LATE =
  /\/web\/ui\/(dialogs|start-page|(invite|remove|renew|verify)-dialog|safety-digits|digit-groups|code-|camera|qr-|wording-(dialogs|start))/;

/** What is always loaded comes in one file: packed together it is smaller than in five. */
const isPage = (id: string) => /\/node_modules\/(react|react-dom|scheduler)\/|\/web\/ui\//.test(id) && !LATE.test(id);

/** Writes a .gz and a .br beside every text asset, for the relay to serve as they are. */
function precompress(): Plugin {
  return {
    name: "sotto-precompress",
    apply: "build",
    async writeBundle({ dir = SOTTO_BUILD }) {
      for (const file of await readdir(dir, { recursive: true })) {
        if (!/\.(js|css|html|svg)$/.test(file)) continue;
        const path = join(dir, file);
        const content = await readFile(path);
        await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
        await writeFile(`${path}.br`, brotliCompressSync(content));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), precompress()],
  build: {
    outDir: SOTTO_BUILD,
    emptyOutDir: true,
    target: "es2024",
    assetsDir: "assets",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One file of styles: the parts that load later then need no code to fetch their own.
    cssCodeSplit: false,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: "page", test: isPage }] },
      },
    },
  },
  // The names are told apart by hand, by the prefix of each file (ui/class-names.test.ts): short, and the same in every build.
  css: { modules: { generateScopedName: "[local]" } },
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    port: 5173,
    strictPort: true,
    proxy: { "/api": { ...toRelay, ws: true }, "/ready": toRelay },
  },
});
