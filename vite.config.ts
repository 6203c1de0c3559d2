/** Builds the app, and serves it for development in front of a relay on port 8080. */
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { minify } from "terser";
import { defineConfig, type Plugin } from "vite";

const RELAY = "http://127.0.0.1:8080";
/** Requests are signed for the host in the address bar, so the proxy must pass that host on. */
const toRelay = { target: RELAY, changeOrigin: false };
const SHARED =
  /web\/ui\/(app-context|avatar|controls|dialog|icons|identity-mark|late-part|link|notice-page|reload-button|times|wording|wording-trust)(\.module\.css|\.tsx?)$|(menu|workspace)\.module/;
const BASE =
  /vite\/preload-helper|rolldown\/runtime|\/react\/|web\/state\/(account|browser|route|store|typed-username)|zustand|wire\/username/;
/** At the root, since a service worker serves the addresses below its own. */
const SERVICE_WORKER = "service-worker.js";
const SHELL_PLACE = "__SOTTO_SHELL__";
const { SOTTO_BUILD = "build.next/web" } = process.env;

/**
 * Minifies every script once more, since Terser finds one or two in a hundred bytes that Vite's own leaves, tells the
 * service worker what there is, and writes a .gz and a .br beside every text asset, for the relay to serve as they are.
 */
function squeeze(): Plugin {
  return {
    name: "sotto-squeeze",
    apply: "build",
    async writeBundle({ dir = SOTTO_BUILD }) {
      for (const path of await filesIn(dir)) if (path.endsWith(".js")) await writeFile(path, await minified(path));
      await nameShell(dir);
      for (const path of await filesIn(dir)) {
        if (!/\.(js|css|html|svg)$/.test(path)) continue;
        const content = await readFile(path);
        await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
        await writeFile(`${path}.br`, brotliCompressSync(content));
      }
    },
  };
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Writes into the service worker which files the app consists of, and a version that changes with any of them. */
async function nameShell(dir: string): Promise<void> {
  const worker = join(dir, SERVICE_WORKER);
  const files = (await filesIn(dir)).filter((path) => path !== worker).sort();
  const version = createHash("sha256");
  for (const path of files) version.update(path.slice(dir.length)).update(await readFile(path));
  const paths = files.map((path) => path.slice(dir.length).replace(/^\/index\.html$/, "/"));
  const shell = [version.digest("hex").slice(0, 16), ...paths].join(" ");
  const code = await readFile(worker, "utf8");
  if (!code.includes(SHELL_PLACE)) throw new Error("the service worker has no place for the names of the app's files");
  await writeFile(worker, code.replace(SHELL_PLACE, shell));
}

/**
 * Has the page's parts fetched beside the entry, by links in index.html: nothing else of the page is needed in a hurry, so
 * that imports need no lists of what to fetch ahead.
 */
function fetchAhead(): Plugin {
  return {
    name: "sotto-fetch-ahead",
    apply: "build",
    enforce: "pre",
    // Vite wraps every import of the page in a helper that fetches ahead; there is nothing left for it to do.
    load: (id) => (id.endsWith("vite/preload-helper.js") ? "export const __vitePreload = (load) => load();" : null),
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle = {} }) {
        const chunks = Object.values(bundle).flatMap((output) => (output.type === "chunk" ? [output] : []));
        const page = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith("/web/ui/render-page.tsx"));
        if (page === undefined) throw new Error("the page's own part is not in the build");
        const ahead = chunks.filter(({ fileName, isEntry }) => !isEntry && isAhead(page, fileName));
        return ahead.map(({ fileName }) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `/${fileName}` },
          injectTo: "head",
        }));
      },
    },
  };
}

function isAhead(page: { readonly fileName: string; readonly imports: readonly string[] }, fileName: string): boolean {
  return fileName === page.fileName || page.imports.includes(fileName);
}

async function minified(path: string): Promise<string> {
  const { code } = await minify(await readFile(path, "utf8"), { module: true, ecma: 2020, compress: { passes: 3 } });
  if (code === undefined) throw new Error(`${path} could not be minified`);
  return askAgain(code);
}

/**
 * Lets a part that loads later be asked for again under another address when it could not be fetched: some browsers
 * remember for as long as the page or the worker lives that a module failed, and never ask again.
 */
function askAgain(code: string): string {
  return code.replace(/\bimport\("(\.[^"?]+)"\)/g, 'import("$1").catch(()=>import("$1?"+Date.now()))');
}

export default defineConfig({
  publicDir: "web/ui/public",
  plugins: [react(), fetchAhead(), squeeze()],
  build: {
    outDir: SOTTO_BUILD,
    emptyOutDir: true,
    target: "es2024",
    assetsDir: "assets",
    assetsInlineLimit: 0,
    modulePreload: false,
    // One file of styles: the parts that load later then need no code to fetch their own.
    cssCodeSplit: false,
    reportCompressedSize: false,
    // The second pass over the scripts takes its time, and says so by itself.
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: { index: "index.html", "service-worker": "web/service-worker.ts" },
      // What several parts of the page share comes in one file: small ones compress badly.
      output: {
        codeSplitting: {
          groups: [
            { name: "shared", test: SHARED, includeDependenciesRecursively: false },
            { name: "base", test: BASE, includeDependenciesRecursively: false },
          ],
        },
        entryFileNames: ({ name }) => (name === "service-worker" ? SERVICE_WORKER : "assets/[name]-[hash].js"),
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
