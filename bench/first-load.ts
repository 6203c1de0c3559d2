/**
 * What the first load of `/u/<username>` moves and how long it takes until one can type: the production relay, an account
 * that exists, a real Chromium with nothing cached. Everything passes a counting proxy, so the worker's script is counted
 * as the page's are. Ends non-zero over the limit of JavaScript; the times are only reported.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, expect } from "@playwright/test";
import { browserArguments, findOrInstallBrowser } from "../e2e/browser/find-browser.ts";
import { Person } from "../e2e/fixtures/person.ts";
import { RelayProcess } from "../e2e/fixtures/relay-process.ts";
import { MutatingProxy } from "../e2e/hostile/mutating-proxy.ts";

/** Gzipped bytes of JavaScript, 1 kB being 1000 of them. */
const LIMIT_BYTES = 140_000;
const ROUNDS = 3;
const USERNAME = "alice";

interface FirstLoad {
  /** From the start of the navigation until there is a box that takes text. */
  readonly milliseconds: number;
  /** Paths of every script that was moved, the worker's included. */
  readonly scripts: readonly string[];
  /** Their bytes as moved, in whatever encoding relay and browser agreed on. */
  readonly movedBytes: number;
}

async function main(): Promise<void> {
  const proxy = await MutatingProxy.open();
  const relay = await RelayProcess.open({ RELAY_PUBLIC_ORIGIN: proxy.origin });
  const profile = await mkdtemp(join(tmpdir(), "sotto-first-load-"));
  try {
    proxy.standInFrontOf(relay.port);
    await makeAccount(profile, proxy.origin);
    const loads: FirstLoad[] = [];
    for (let round = 0; round < ROUNDS; round++) loads.push(await loadOnce(profile, proxy));
    await report(loads, relay.origin);
  } finally {
    await relay.dispose();
    await proxy.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function openBrowser(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: findOrInstallBrowser(),
    args: browserArguments(),
  });
}

async function makeAccount(profile: string, origin: string): Promise<void> {
  const context = await openBrowser(profile);
  await new Person({ username: USERNAME, context, origin }).createAccount();
  await context.close();
}

async function loadOnce(profile: string, proxy: MutatingProxy): Promise<FirstLoad> {
  const context = await openBrowser(profile);
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Network.clearBrowserCache");
    const before = proxy.answered.length;
    await page.addInitScript(noteWhenReadyToType);
    await page.goto(`${proxy.origin}/u/${USERNAME}`, { waitUntil: "commit" });
    await page.getByRole("textbox", { name: "Start a conversation" }).fill("it does take text");
    const milliseconds = await page.evaluate(readyToTypeAfter);
    // By then the worker runs, so its script and everything else of the first load has been moved.
    await expect(page.getByRole("status", { name: "Connection" })).toHaveText("Online");
    const scripts = proxy.answered.slice(before).filter(({ contentType }) => contentType.includes("javascript"));
    return {
      milliseconds,
      scripts: [...new Set(scripts.map(({ path }) => path))],
      movedBytes: scripts.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  } finally {
    await context.close();
  }
}

/** Runs on the page before its own scripts, and sees every change: asking from outside would count the asking too. */
function noteWhenReadyToType(): void {
  new MutationObserver((_changes, observer) => {
    if (document.querySelector("textarea:enabled, input:enabled") === null) return;
    performance.mark("ready to type");
    observer.disconnect();
  }).observe(document, { subtree: true, childList: true, attributes: true });
}

/** Runs on the page. */
function readyToTypeAfter(): number {
  const [mark] = performance.getEntriesByName("ready to type");
  if (mark === undefined) throw new Error("the page was not seen to get ready");
  return mark.startTime;
}

async function report(loads: readonly FirstLoad[], relayOrigin: string): Promise<void> {
  const paths = [...new Set(loads.flatMap(({ scripts }) => scripts))];
  const sizes = await Promise.all(paths.map((path) => gzippedBytes(`${relayOrigin}${path}`)));
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  for (const [index, path] of paths.entries()) console.log(`${kilobytes(sizes[index] ?? 0).padStart(9)}  ${path}`);
  console.log(
    `${kilobytes(total).padStart(9)}  JavaScript, gzipped, the worker included (limit ${kilobytes(LIMIT_BYTES)})`,
  );
  console.log(`${kilobytes(Math.max(...loads.map(({ movedBytes }) => movedBytes))).padStart(9)}  as it was moved`);
  const times = loads.map(({ milliseconds }) => `${Math.round(milliseconds)} ms`).join(", ");
  console.log(`ready to type after ${times} (nothing cached, a fresh browser process, through a proxy)`);
  if (paths.length < 2) throw new Error("the worker's script must be among what was moved");
  if (total > LIMIT_BYTES) {
    console.error("the first load moves too much JavaScript");
    process.exitCode = 1;
  }
}

/** The length of a file's body as the relay sends it to someone who takes gzip only. */
function gzippedBytes(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { "accept-encoding": "gzip" } }, (response) => {
      if (response.headers["content-encoding"] !== "gzip") reject(new Error(`the relay did not gzip ${url}`));
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () => resolve(bytes));
      response.on("error", reject);
    }).on("error", reject);
  });
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

await main();
