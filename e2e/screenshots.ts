/**
 * Makes docs/screenshots: the start page, a conversation and the same on a phone, the search, the dialogs and the page
 * before a locked account, each light and dark, of the production build with a relay of its own. Run by hand as `npm run screenshots` when the app's looks have changed.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, expect } from "@playwright/test";
import { browserArguments, findOrInstallBrowser } from "./browser/find-browser.ts";
import { allowNotifications } from "./fixtures/notifications.ts";
import { Person } from "./fixtures/person.ts";
import { RelayProcess } from "./fixtures/relay-process.ts";

const FOLDER = fileURLToPath(new URL("../docs/screenshots/", import.meta.url));
const DESK = { width: 1200, height: 760 };
const PHONE = { width: 390, height: 844 };
const HOUR_SHOWN = 10;

const DIALOGS = [
  ["Key health", "key-health"],
  ["Back up", "backup"],
  ["Notifications", "notifications"],
  ["App lock", "app-lock"],
] as const;

const PASSPHRASE = "lighthouse umbrella quartz";

type Turn = readonly [speaker: "alice" | "bob", text: string];

const CONVERSATION: readonly Turn[] = [
  ["alice", "Are you still up for the lake on Saturday?"],
  ["bob", "Yes! My brother lends us the boat, if we bring it back dry."],
  ["alice", "Dry on the inside, he means."],
  ["bob", "He was very clear about the inside."],
  ["alice", "Then I bring towels, coffee and the good bread.\nYou bring the oars."],
  ["bob", "Oars. Noted. Last time it was a close thing."],
  ["alice", "Train at 8:12, platform 4. I will be the one with the towels."],
];

async function main(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const relay = await RelayProcess.open();
  const browser = await chromium.launch({ executablePath: findOrInstallBrowser(), args: browserArguments() });
  try {
    await takeAll(browser, relay.origin);
  } finally {
    await browser.close();
    await relay.dispose();
  }
}

async function takeAll(browser: Browser, origin: string): Promise<void> {
  const look: BrowserContextOptions = {
    viewport: DESK,
    deviceScaleFactor: 2,
    locale: "en-GB",
    timezoneId: timezoneWhereItIsMorning(),
    reducedMotion: "reduce",
  };
  const alice = new Person({ username: "alice", origin, context: await browser.newContext(look) });
  // tsx names functions by a helper of its own, which a page does not have.
  await alice.context.addInitScript({ content: "globalThis.__name ??= (value) => value;" });
  await allowNotifications(alice.context);
  const bob = new Person({ username: "bob", origin, context: await browser.newContext(look) });
  const carol = new Person({ username: "carol", origin, context: await browser.newContext(look) });
  for (const person of [alice, bob, carol]) await person.createAccount();
  await talk(alice, bob);
  await carol.startConversation(alice);
  await carol.send("The keys for the reading room are with me until Friday.");
  await expect(alice.entry(carol)).toContainText("The keys");
  await takeBoth(alice, "conversation");
  await alice.page.setViewportSize(PHONE);
  await takeBoth(alice, "phone");
  await alice.page.setViewportSize(DESK);
  await takeDialogs(alice);
  await alice.page.goto(`${origin}/`);
  await expect(alice.page.getByRole("link", { name: "alice", exact: true })).toBeVisible();
  await takeBoth(alice, "start");
}

/** What opens from the menu, the search, and the page before a locked account, in less detail. */
async function takeDialogs(alice: Person): Promise<void> {
  const { page } = alice;
  await page.getByRole("button", { name: "Search messages" }).click();
  await page.getByRole("searchbox", { name: "Search messages" }).fill("towels");
  await expect(page.getByRole("dialog").getByRole("status")).toHaveText("2 messages found.");
  await takeBoth(alice, "search", "css");
  // The first one empties the box.
  for (const key of ["Escape", "Escape"]) await page.keyboard.press(key);
  await expect(page.getByRole("dialog")).toBeHidden();
  for (const [entry, name] of DIALOGS) {
    await alice.choose(entry);
    await expect(page.getByRole("dialog")).toBeVisible();
    await takeBoth(alice, name, "css");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
  }
  await alice.choose("App lock");
  for (const label of ["New passphrase", "Repeat it"]) await page.getByLabel(label).fill(PASSPHRASE);
  await page.getByRole("button", { name: "Set lock" }).click();
  await expect(page.getByLabel("Lock by itself")).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await alice.choose("Lock now");
  await expect(page.getByRole("heading", { name: "alice is locked" })).toBeVisible();
  await takeBoth(alice, "locked", "css");
}

async function talk(alice: Person, bob: Person): Promise<void> {
  await alice.startConversation(bob);
  for (const [index, [speaker, text]] of CONVERSATION.entries()) {
    const [from, to] = speaker === "alice" ? [alice, bob] : [bob, alice];
    await from.send(text);
    if (index === 0) await bob.openConversation(alice);
    await expect(to.messages(from)).toHaveCount(index + 1);
  }
  for (const [speaker, text] of CONVERSATION) {
    if (speaker === "alice") await alice.expectStatus(text, "Read");
  }
}

async function takeBoth(person: Person, name: string, scale: "css" | "device" = "device"): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await person.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await person.page.evaluate(() => document.fonts.ready);
    await person.page.screenshot({
      path: join(FOLDER, `${name}-${colorScheme}.png`),
      animations: "disabled",
      scale,
      caret: "hide",
    });
    console.log(`docs/screenshots/${name}-${colorScheme}.png`);
  }
}

/** A zone whose clock shows the same hour whenever the pictures are made; the names of these zones count westwards. */
function timezoneWhereItIsMorning(): string {
  const behind = HOUR_SHOWN - new Date().getUTCHours();
  // The zones reach from 12 hours behind to 14 ahead.
  const hours = behind < -12 ? behind + 24 : behind;
  return hours === 0 ? "Etc/GMT" : `Etc/GMT${hours > 0 ? "-" : "+"}${Math.abs(hours)}`;
}

await main();
