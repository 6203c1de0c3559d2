/** The browser tests: the production build in a real Chromium, each test with a relay of its own. */
import { defineConfig } from "@playwright/test";
import { browserArguments, findBrowser } from "./browser/find-browser.ts";

// Null until the global setup has installed one; the workers read this file again after that.
const browser = findBrowser();

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "results",
  // Journeys of half a minute and more, but for the most important ones; CONTRIBUTING.md has their commands.
  ...(process.env["LONG_JOURNEYS"] ? {} : { grepInvert: /@long/ }),
  globalSetup: "./global-setup.ts",
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: process.env["CI"] === "true",
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: {
    // Without the film: drawing it costs a third of a journey's time, and the snapshots of the page say more.
    trace: { mode: "retain-on-failure", screenshots: false },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    launchOptions: { args: browserArguments(), ...(browser === null ? {} : { executablePath: browser }) },
  },
});
