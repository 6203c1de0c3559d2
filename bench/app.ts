/**
 * What a person waits for in the app, on the production build in a real Chromium: until one can type, with nothing stored
 * and with 20 conversations and 100,000 messages; switching conversations, scrolling, searching; and catching up with
 * mail that waits. The times depend on the machine; docs/benchmarks.md explains them.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, expect, type Page } from "@playwright/test";
import { browserArguments, findOrInstallBrowser } from "../e2e/browser/find-browser.ts";
import { Peer } from "../e2e/crash-points/peer.ts";
import { APP_FOLDER } from "../e2e/fixtures/build.ts";
import { engineHeap } from "../e2e/fixtures/engines.ts";
import { runOnPage } from "../e2e/fixtures/page-script.ts";
import { Person } from "../e2e/fixtures/person.ts";
import { fillAccountOn } from "../e2e/history/fill-account-on.ts";
import { compileRelay } from "../relay/testing/compiled-relay.ts";
import { RelayProgram } from "../relay/testing/relay-program.ts";
import { BLOCK_SEQUENCES } from "../web/engine/search-blocks.ts";
import type { BacklogParts } from "./app/backlog-parts.ts";
import {
  bringNames,
  clickUntil,
  noteWhenReadyToType,
  readyToTypeAfter,
  scrollUp,
  searchUntilComplete,
} from "./app/page-times.ts";

const STARTS = 5;
const LONGEST = 50_000;
const OTHERS = 19;
const MESSAGES = 100_000;
const SWITCHES = 20;
const SCROLL_MILLISECONDS = 5_000;
/** Who has the long history. */
const FULL = "alice-full";
const BACKLOGS = [1_000, 10_000];
/** Everything here ends within this; it bounds waiting and decides nothing. */
const PATIENCE_MS = 600_000;

async function main(): Promise<void> {
  const compiled = compileRelay();
  const folder = await mkdtemp(join(tmpdir(), "sotto-bench-app-"));
  const relay = await RelayProgram.open({
    compiled,
    environment: {
      RELAY_DATA: join(folder, "relay"),
      RELAY_APP: APP_FOLDER,
      RELAY_MAILBOX_ENVELOPES: String(3 * Math.max(...BACKLOGS)),
    },
    preloads: ["lifts-rate-limits"],
  });
  try {
    await measureEmpty(join(folder, "empty"), relay.origin);
    await measureFull(join(folder, "full"), relay.origin);
    for (const count of BACKLOGS) await measureBacklog(join(folder, `backlog-${count}`), relay.origin, count);
  } finally {
    await relay.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    compiled.remove();
  }
}

function openBrowser(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: findOrInstallBrowser(),
    args: browserArguments(),
  });
}

async function measureEmpty(profile: string, origin: string): Promise<void> {
  const context = await openBrowser(profile);
  await new Person({ username: "alice", context, origin }).createAccount();
  await context.close();
  report("cold start to typing, nothing stored", await coldStarts(profile, `${origin}/u/alice`));
}

async function measureFull(profile: string, origin: string): Promise<void> {
  const peers = Array.from({ length: OTHERS }, (_, index) => `peer-${String(index + 1).padStart(2, "0")}`);
  const rest = Math.floor((MESSAGES - LONGEST) / OTHERS);
  const context = await openBrowser(profile);
  const alice = new Person({ username: FULL, context, origin });
  await alice.createAccount();
  await alice.leave();
  await alice.open(`${origin}/`);
  const conversations = [{ peer: "longest", count: LONGEST }, ...peers.map((peer) => ({ peer, count: rest }))];
  await fillAccountOn(alice.page, { username: FULL, conversations });
  await context.close();
  report("cold start to typing, 100,000 messages", await coldStarts(profile, alice.address));
  await untilSearchIsReady(profile, alice.address, conversations);
  await measureHistory(profile, alice.address, peers);
}

async function coldStarts(profile: string, address: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    const context = await openBrowser(profile);
    const page = await context.newPage();
    await noteWhenReadyToType(page);
    await page.goto(address, { waitUntil: "commit" });
    await page.getByRole("textbox", { name: "Start a conversation" }).fill("it does take text");
    times.push(await readyToTypeAfter(page));
    await context.close();
  }
  return times;
}

/** Leaves the app open until every full block of texts is there, as somebody does who uses it for a minute. */
async function untilSearchIsReady(
  profile: string,
  address: string,
  conversations: readonly { readonly count: number }[],
): Promise<void> {
  const context = await openBrowser(profile);
  const page = await context.newPage();
  await page.goto(address);
  const blocks = conversations.reduce((sum, { count }) => sum + Math.floor(count / BLOCK_SEQUENCES), 0);
  await expect.poll(() => countRecords(page, "searchBlocks/"), { timeout: PATIENCE_MS }).toBe(blocks);
  await context.close();
}

/** How many of the account's records lie under a prefix. */
async function countRecords(page: Page, prefix: string): Promise<number> {
  return await page.evaluate(async (from) => {
    const opening = indexedDB.open("sotto/account/alice-full");
    await new Promise((resolve) => opening.addEventListener("success", resolve));
    const store = opening.result.transaction("records").objectStore("records");
    const counting = store.count(IDBKeyRange.bound(from, `${from}\uffff`));
    await new Promise((resolve) => counting.addEventListener("success", resolve));
    opening.result.close();
    return counting.result;
  }, prefix);
}

async function measureHistory(profile: string, address: string, peers: readonly string[]): Promise<void> {
  const context = await openBrowser(profile);
  const page = await context.newPage();
  await bringNames(page);
  await page.goto(address);
  const entry = (peer: string) =>
    page.getByRole("navigation", { name: "Conversations" }).getByRole("button", { name: new RegExp(`^${peer} `) });
  await expect(entry("longest")).toBeVisible();
  const newest = (count: number) => `number ${count - 1}.`;
  report("opening 50,000 messages", [await clickUntil(entry("longest"), "article", newest(LONGEST))]);
  const { frames, over50, longest } = await scrollUp(page.getByRole("log"), SCROLL_MILLISECONDS);
  console.log(
    `scrolling for ${SCROLL_MILLISECONDS / 1000} s: ${frames} frames, ${over50} over 50 ms, the longest ${Math.round(longest)} ms`,
  );
  const switches: number[] = [];
  for (let index = 0; index < SWITCHES; index += 1) {
    const peer = peers[index % peers.length] ?? "";
    switches.push(await clickUntil(entry(peer), `[role=log][aria-label="Messages with ${peer}"] article`, "number"));
  }
  report("switching conversations", switches);
  await reportMemory(page, FULL);
  await measureSearch(page);
  await reportMemory(page, FULL);
  await context.close();
}

async function measureSearch(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Search messages" }).click();
  const box = page.getByRole("searchbox", { name: "Search messages" });
  report("search of 100,000, the first since the start", [await searchUntilComplete(box, "number 4321")]);
  const later: number[] = [];
  for (const words of ["blue heron", "umbrella", "number 77", "ledger river", "no such word"]) {
    later.push(await searchUntilComplete(box, words));
  }
  report("search of 100,000, later ones", later);
}

async function reportMemory(page: Page, username: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const worker = await engineHeap(page.context(), username);
  console.log(`memory after that: ${megabytes(usedSize)} of heap in the page, ${megabytes(worker)} in the worker`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

async function measureBacklog(profile: string, origin: string, count: number): Promise<void> {
  const context = await openBrowser(profile);
  const bob = new Person({ username: `bob-${count}`, context, origin });
  await bob.createAccount();
  await bob.leave();
  const alice = await Peer.join(`alice-${count}`, origin);
  await alice.engine.startConversation(bob.username);
  for (let number = 1; number <= count; number += 1) await alice.engine.send(bob.username, `Message ${number}`);
  await sentAll(alice, bob.username);
  const page = await context.newPage();
  await page.goto(`${origin}/`);
  const { username } = bob;
  const script = new URL("./app/backlog-parts.ts", import.meta.url);
  const parts = await runOnPage<BacklogParts>(page, script, "measureParts", { username });
  const begun = performance.now();
  await page.goto(bob.address);
  await expect(page.getByRole("navigation", { name: "Conversations" })).toContainText(`Message ${count}`, {
    timeout: PATIENCE_MS,
  });
  const seconds = (performance.now() - begun) / 1000;
  console.log(`catching up with ${count} messages: ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} a second`);
  const [fetching, opening, storing] = [parts.fetch, parts.open, parts.store].map((time) => time / 1000);
  const sum = (parts.fetch + parts.open + parts.store) / 1000;
  console.log(
    `  its parts alone: fetching ${fetching?.toFixed(1)} s, opening ${opening?.toFixed(1)} s, storing ${storing?.toFixed(1)} s; catching up takes ${(seconds / sum).toFixed(2)} of their sum`,
  );
  await context.close();
  await alice.goAway();
}

/** Resolves once the relay has them all. */
function sentAll(peer: Peer, other: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the backlog was not sent")), PATIENCE_MS);
    void peer.engine.watchConversation(other, { from: null, count: 1 }, ({ messages: [last] }) => {
      if (last?.kind !== "text" || last.status === "waiting") return;
      clearTimeout(timer);
      resolve();
    });
  });
}

function report(what: string, times: readonly number[]): void {
  const sorted = [...times].sort((left, right) => left - right);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const range = sorted.length > 1 ? ` (${Math.round(sorted[0] ?? 0)} to ${Math.round(sorted.at(-1) ?? 0)})` : "";
  console.log(`${what}: ${Math.round(median)} ms${range}`);
}

await main();
