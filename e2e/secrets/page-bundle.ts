/** Bundles read-account.ts, so that a page can run it. */
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { build } from "vite";
import type { FoundKey } from "./read-account.ts";

/** Reads an account's keys on a page of the app's origin. */
export async function readAccountOn(page: Page, username: string): Promise<readonly FoundKey[]> {
  const code = await bundle();
  // Evaluated through the browser's own protocol, which the page's content security policy does not govern.
  return page.evaluate<readonly FoundKey[]>(
    `(() => { ${code}; return thief.readAccount(${JSON.stringify(username)}); })()`,
  );
}

async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "silent",
    build: {
      write: false,
      minify: false,
      lib: {
        entry: fileURLToPath(new URL("./read-account.ts", import.meta.url)),
        name: "thief",
        formats: ["iife"],
        fileName: "thief",
      },
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (output === undefined || !("output" in output)) throw new Error("vite built nothing");
  return output.output[0].code;
}
