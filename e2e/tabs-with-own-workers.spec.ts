/** A browser without SharedWorker: each tab starts a worker of its own, one of which runs the account for all. */
import type { BrowserContext, Page } from "@playwright/test";
import type { People } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

async function withoutSharedWorker(people: People): Promise<BrowserContext> {
  const context = await people.anotherBrowser();
  await context.addInitScript(() => Reflect.deleteProperty(globalThis, "SharedWorker"));
  return context;
}

async function openTab(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  await expect(page.getByRole("status", { name: "Connection" })).toHaveText("Online");
  return page;
}

/** Longer than one that does not answer is waited for. */
const FROZEN_MS = 30_000;

/** As a worker is while its tab is frozen: it holds what it holds, and does nothing. */
function sleepFor(milliseconds: number): void {
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
}

const PASSPHRASE = "lighthouse umbrella quartz";

const log = (page: Page) => page.getByRole("log").getByRole("article");

async function send(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("textbox", { name: "Message" }).press("Enter");
}

test("all tabs are live, and when the one that runs the account is closed another goes on", async ({ people }) => {
  const context = await withoutSharedWorker(people);
  const alice = await people.join("alice", context);
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("From the first tab.");
  const second = await openTab(context, alice.address);
  await second
    .getByRole("link", { name: /^bob / })
    .or(second.getByRole("button", { name: /^bob / }))
    .click();
  await expect(log(second)).toHaveCount(1);
  await send(second, "From the second tab.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["From the first tab.", "From the second tab."]);
  await alice.expectMessages(bob, ["From the first tab.", "From the second tab."]);

  await second.getByRole("textbox", { name: "Message" }).fill("Begun before, ");
  await alice.page.close();
  await bob.send("Are you still there?");
  await expect(log(second)).toHaveCount(3);
  await expect(second.getByRole("textbox", { name: "Message" })).toHaveValue("Begun before, ");
  await send(second, "Yes.");
  const all = ["From the first tab.", "From the second tab.", "Are you still there?", "Yes."];
  await bob.expectMessages(alice, all);
  await bob.expectStatus("Are you still there?", /Delivered|Read/);
});

test("a tab that was frozen is taken over, and is live again once it wakes; nothing is lost or shown twice", {
  tag: "@long",
}, async ({ people }) => {
  const context = await withoutSharedWorker(people);
  const alice = await people.join("alice", context);
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("Before.");
  await bob.openConversation(alice);
  const second = await context.newPage();
  const [worker] = alice.page.workers();
  if (worker === undefined) throw new Error("the tab has no worker of its own");
  let isAwake = false;
  const asleep = worker.evaluate(sleepFor, FROZEN_MS).then(() => {
    isAwake = true;
  });
  await second.goto(alice.address);
  await bob.send("While it was frozen.");
  await expect(second.getByRole("status", { name: "Connection" })).toHaveText("Online", { timeout: 60_000 });
  await second
    .getByRole("link", { name: /^bob / })
    .or(second.getByRole("button", { name: /^bob / }))
    .click();
  await expect(log(second)).toHaveCount(2);
  await send(second, "From the one that took over.");
  await bob.expectMessages(alice, ["Before.", "While it was frozen.", "From the one that took over."]);

  // It had not woken up by itself: the other did not wait for it.
  expect(isAwake).toBe(false);
  await asleep;
  const all = ["Before.", "While it was frozen.", "From the one that took over."];
  await alice.expectMessages(bob, all);
  await alice.send("Awake again.");
  await bob.expectMessages(alice, [...all, "Awake again."]);
  await expect(log(second)).toHaveCount(4);
  await alice.expectMessages(bob, [...all, "Awake again."]);
});

test("all tabs lock together, and open together", async ({ people }) => {
  const context = await withoutSharedWorker(people);
  const alice = await people.join("alice", context);
  const bob = await people.join("bob");
  await bob.startConversation(alice);
  await bob.send("Before.");
  await alice.openConversation(bob);
  await alice.expectMessages(bob, ["Before."]);
  const second = await openTab(context, alice.address);
  // The worker of the second tab runs the account from now on.
  await alice.reload();
  await alice.expectMessages(bob, ["Before."]);
  await alice.choose("App lock");
  const dialog = alice.page.getByRole("dialog", { name: "App lock" });
  await dialog.getByLabel("New passphrase").fill(PASSPHRASE);
  await dialog.getByLabel("Repeat it").fill(PASSPHRASE);
  await dialog.getByRole("button", { name: "Set lock" }).click();
  await expect(dialog.getByLabel("Lock by itself")).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).click();
  await alice.choose("Lock now");
  const locked = (page: Page) => page.getByRole("heading", { name: "alice is locked" });
  await expect(locked(alice.page)).toBeVisible();
  await expect(locked(second)).toBeVisible();
  await expect(alice.page.getByText("Before.")).toHaveCount(0);
  await second.getByLabel("Passphrase").fill(PASSPHRASE);
  await second.getByRole("button", { name: "Unlock", exact: true }).click();
  await expect(second.getByRole("status", { name: "Connection" })).toHaveText("Online");
  await alice.expectConnection("Online");
  await alice.openConversation(bob);
  await alice.expectMessages(bob, ["Before."]);
});
