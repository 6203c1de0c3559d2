/**
 * Finds a Chromium for the browser tests, and installs one where there is none: CHROMIUM_PATH, Playwright's own, a system
 * Chromium or Chrome in PATH; then Playwright's installer; then Debian's package manager when run as root.
 * Run as a program it prints the path.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";

/** The headless shell first: the same engine without the browser's own window, in half the time. */
const SYSTEM_NAMES = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];
const VERSION_MILLISECONDS = 20_000;
const PLAYWRIGHT_INSTALL_MILLISECONDS = 180_000;
const APT_UPDATE_MILLISECONDS = 180_000;
const APT_INSTALL_MILLISECONDS = 600_000;

const ADVICE = [
  "No Chromium was found, and none could be installed.",
  "Install Chromium or Google Chrome with your system's package manager, or run `npx playwright install chromium`,",
  "or set CHROMIUM_PATH to the browser's program, and try again.",
].join("\n");

/** No browser is there and none could be installed; the message says what a person can do. */
class BrowserMissingError extends Error {
  override readonly name = "BrowserMissingError";
}

/** What Chromium is started with: quiet on the network, and without its sandbox when run as root, which it refuses otherwise. */
export function browserArguments(): string[] {
  const quiet = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
  ];
  return isRoot() ? ["--no-sandbox", ...quiet] : quiet;
}

/** The path of a Chromium that runs, or null; installs nothing. Throws BrowserMissingError when CHROMIUM_PATH does not run. */
export function findBrowser(): string | null {
  const chosen = process.env["CHROMIUM_PATH"];
  if (chosen) {
    if (runs(chosen)) return chosen;
    throw new BrowserMissingError(`CHROMIUM_PATH does not name a browser that runs: ${chosen}`);
  }
  return [playwrightBrowser(), ...systemBrowsers()].find((path) => path !== null && runs(path)) ?? null;
}

/** The path of a Chromium that runs, installing one if need be (up to some minutes). Throws BrowserMissingError. */
export function findOrInstallBrowser(): string {
  const found = findBrowser() ?? afterPlaywrightInstall() ?? afterSystemInstall();
  if (found === null) throw new BrowserMissingError(ADVICE);
  return found;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function playwrightBrowser(): string | null {
  try {
    return chromium.executablePath();
  } catch {
    // Playwright has no build for this system.
    return null;
  }
}

function systemBrowsers(): string[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return SYSTEM_NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return false;
  }
  // A build whose libraries are missing is executable too, so ask it something.
  return spawnSync(path, ["--version"], { stdio: "ignore", timeout: VERSION_MILLISECONDS }).status === 0;
}

function afterPlaywrightInstall(): string | null {
  console.error("No Chromium found; trying Playwright's installer.");
  run("npx", ["--no-install", "playwright", "install", "chromium"], PLAYWRIGHT_INSTALL_MILLISECONDS);
  return findBrowser();
}

function afterSystemInstall(): string | null {
  if (!isRoot() || spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status !== 0) return null;
  console.error("Still none; trying apt-get.");
  run("apt-get", ["update"], APT_UPDATE_MILLISECONDS);
  for (const name of ["chromium-headless-shell", "chromium"]) {
    run("apt-get", ["install", "-y", "--no-install-recommends", name], APT_INSTALL_MILLISECONDS);
    const found = findBrowser();
    if (found !== null) return found;
  }
  return null;
}

function run(command: string, commandArguments: readonly string[], timeout: number): void {
  const environment = {
    ...process.env,
    DEBIAN_FRONTEND: "noninteractive",
    NPM_CONFIG_UPDATE_NOTIFIER: "false",
    PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: "15000",
  };
  // Its output goes to stderr, so that stdout holds the path only.
  spawnSync(command, [...commandArguments], { stdio: ["ignore", 2, 2], timeout, env: environment });
}

function isProgram(): boolean {
  const script = process.argv[1];
  return script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url);
}

if (isProgram()) {
  try {
    console.log(findOrInstallBrowser());
  } catch (error) {
    if (!(error instanceof BrowserMissingError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
