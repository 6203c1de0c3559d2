/** Before the first browser test: the production build must be there, and a browser. */
import { existsSync } from "node:fs";
import { findOrInstallBrowser } from "./browser/find-browser.ts";
import { BUILT_FILES } from "./fixtures/build.ts";

// biome-ignore lint/style/noDefaultExport: Playwright calls the default export of this file.
export default function globalSetup(): void {
  const missing = BUILT_FILES.filter((file) => !existsSync(file));
  if (missing.length > 0) {
    throw new Error(
      `the browser tests need the production build: run \`npm run build\` first (missing: ${missing.join(", ")})`,
    );
  }
  // The workers inherit the environment, so the search is made once.
  process.env["CHROMIUM_PATH"] = findOrInstallBrowser();
}
