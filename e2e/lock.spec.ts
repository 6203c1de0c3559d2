/** The lock of an account: what lies in the browser while it is locked, who gets in, and when it locks itself. */
import type { Page } from "@playwright/test";
import { engineStartedAt } from "./fixtures/engines.ts";
import type { Person } from "./fixtures/person.ts";
import { expect, test } from "./fixtures/test.ts";
import { dumpDatabase } from "./secrets/dump-database.ts";
import { readAccountOn } from "./secrets/read-account-on.ts";
import { keyNeedle, search, textNeedle } from "./secrets/search.ts";

const PASSPHRASE = "heron ledger umbrella bridge";
const WORDS = ["The heron waits by the seventh bridge.", "Bring the blue ledger."];

const lockDialog = ({ page }: Person) => page.getByRole("dialog", { name: "App lock" });
const locked = (page: Page, username: string) => page.getByRole("heading", { name: `${username} is locked` });

async function setLock(person: Person): Promise<void> {
  await person.choose("App lock");
  const dialog = lockDialog(person);
  await dialog.getByLabel("New passphrase").fill(PASSPHRASE);
  await dialog.getByLabel("Repeat it").fill(PASSPHRASE);
  await dialog.getByRole("button", { name: "Set lock" }).click();
  await expect(dialog.getByLabel("Lock by itself")).toBeVisible();
}

async function closeDialog(person: Person): Promise<void> {
  await lockDialog(person).getByRole("button", { name: "Close" }).click();
  await expect(lockDialog(person)).toBeHidden();
}

async function unlock(page: Page, passphrase: string): Promise<void> {
  await page.getByLabel("Passphrase").fill(passphrase);
  await page.getByRole("button", { name: "Unlock", exact: true }).click();
}

/** What is counted of attempts at the lock; with `change`, after it was changed as time alone would take long to. */
async function attemptsAt(page: Page, username: string, change: { count: number; lastAt: number } | null = null) {
  return await page.evaluate(
    async ({ name, change }) => {
      const request = indexedDB.open(name);
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      const transaction = database.transaction("records", "readwrite");
      const records = transaction.objectStore("records");
      if (change !== null) records.put(change, "!lock-attempts");
      const reading = records.get("!lock-attempts");
      return await new Promise<{ count: number; lastAt: number }>((resolve, reject) => {
        transaction.oncomplete = () => {
          database.close();
          resolve(reading.result);
        };
        transaction.onerror = () => reject(transaction.error);
      });
    },
    { name: `sotto/account/${username}`, change },
  );
}

/** Of the account's database, how many data keys it holds: one once all records are under that of the lock. */
async function dataKeys(page: Page, username: string): Promise<number> {
  return await page.evaluate(async (name) => {
    const request = indexedDB.open(name);
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const keys = database.transaction("records").objectStore("records").get("!keys");
    return await new Promise<number>((resolve, reject) => {
      keys.onsuccess = () => {
        database.close();
        resolve(keys.result.dataKeys.length);
      };
      keys.onerror = () => reject(keys.error);
    });
  }, `sotto/account/${username}`);
}

test("locked, the browser's records yield no word, no name and no key, and nothing is lost", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob", await people.anotherBrowser());
  await alice.startConversation(bob);
  for (const word of WORDS) await alice.send(word);
  await bob.openConversation(alice);
  await bob.expectMessages(alice, WORDS);
  await bob.leave();
  await bob.open(`${bob.origin}/`);
  const keys = await readAccountOn(bob.page, "bob");
  const needles = [
    ...WORDS.map((word) => textNeedle(word, word)),
    textNeedle("the contact's name", "alice"),
    textNeedle("the passphrase", PASSPHRASE),
    ...keys.filter(({ secret }) => secret).map(({ path, base64url }) => keyNeedle(path, base64url)),
  ];
  expect(needles.length).toBeGreaterThan(100);
  await bob.page.goto(bob.address);
  await bob.expectConnection("Online");
  const open = await dumpDatabase(bob.page, "sotto/account/bob");
  expect(open.cryptoKeys).toBe(1);

  await setLock(bob);
  await expect.poll(() => dataKeys(bob.page, "bob")).toBe(1);
  await closeDialog(bob);
  const opened = await engineStartedAt(bob.context, "bob");
  await bob.choose("Lock now");
  await expect(locked(bob.page, "bob")).toBeVisible();
  expect(await engineStartedAt(bob.context, "bob")).toBeGreaterThan(opened);
  const dump = await dumpDatabase(bob.page, "sotto/account/bob");
  expect(dump.records).toBeGreaterThan(100);
  expect(dump.cryptoKeys).toBe(0);
  expect(search(dump.bytes, needles)).toEqual([]);
  const canary = Buffer.concat([dump.bytes, Buffer.from(PASSPHRASE), Buffer.from(WORDS[0] ?? "")]);
  expect(search(canary, needles).length).toBeGreaterThan(1);
  await expect(bob.page.getByText("alice")).toHaveCount(0);
  expect(await bob.page.evaluate(() => history.state)).toBeNull();

  await alice.send("While you were away.");
  await alice.expectStatus("While you were away.", "Sent");
  await unlock(bob.page, "heron ledger umbrella");
  await expect(bob.page.getByRole("alert").filter({ hasText: "That is not it." })).toBeVisible();
  await unlock(bob.page, PASSPHRASE);
  await bob.openConversation(alice);
  await bob.expectMessages(alice, [...WORDS, "While you were away."]);
  await bob.send("Back.");
  await alice.expectMessages(bob, [...WORDS, "While you were away.", "Back."]);
  // The conversation that was open is the one that one comes back to.
  await bob.reload();
  await unlock(bob.page, PASSPHRASE);
  await bob.expectMessages(alice, [...WORDS, "While you were away.", "Back."]);
});

test("all tabs lock and unlock together, and a reload asks for the passphrase", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  await setLock(alice);
  await closeDialog(alice);
  const second = await alice.context.newPage();
  await second.goto(alice.address);
  await expect(second.getByRole("status", { name: "Connection" })).toHaveText("Online");
  await alice.choose("Lock now");
  await expect(locked(alice.page, "alice")).toBeVisible();
  await expect(locked(second, "alice")).toBeVisible();
  await unlock(second, PASSPHRASE);
  await alice.expectConnection("Online");
  await expect(second.getByRole("status", { name: "Connection" })).toHaveText("Online");

  await second.close();
  await alice.leave();
  await alice.open();
  await expect(locked(alice.page, "alice")).toBeVisible();
});

test("guessing takes longer each time, and a reload does not shorten it", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  await setLock(alice);
  await closeDialog(alice);
  await alice.choose("Lock now");
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await unlock(alice.page, `guess number ${attempt}`);
    await expect(alice.page.getByRole("alert").filter({ hasText: "That is not it." })).toBeVisible();
  }
  const noted = await attemptsAt(alice.page, "alice");
  expect(noted.count).toBe(3);
  await alice.reload();
  await expect(locked(alice.page, "alice")).toBeVisible();
  expect(await attemptsAt(alice.page, "alice")).toEqual(noted);

  // Five guesses later the pause is minutes long, longer than any of this takes.
  await attemptsAt(alice.page, "alice", { count: 8, lastAt: Date.now() });
  await alice.reload();
  await unlock(alice.page, PASSPHRASE);
  await expect(alice.page.getByRole("alert").filter({ hasText: "Too many attempts." })).toBeVisible();
  // What was typed stays: it may be right.
  await expect(alice.page.getByLabel("Passphrase")).toHaveValue(PASSPHRASE);
  expect((await attemptsAt(alice.page, "alice")).count).toBe(8);
  await attemptsAt(alice.page, "alice", { count: 8, lastAt: Date.now() - 600_000 });
  await alice.page.getByRole("button", { name: "Unlock", exact: true }).click();
  await alice.expectConnection("Online");
});

test("a passkey opens it as well, and the passphrase still does", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const browser = await alice.context.newCDPSession(alice.page);
  await browser.send("WebAuthn.enable");
  await browser.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await setLock(alice);
  const dialog = lockDialog(alice);
  await expect(dialog.getByRole("button", { name: "Add a passkey" })).toBeDisabled();
  await dialog.getByLabel("Present passphrase").fill(PASSPHRASE);
  await dialog.getByRole("button", { name: "Add a passkey" }).click();
  await expect(dialog.getByText("A passkey opens the lock as well.")).toBeVisible();
  await closeDialog(alice);
  await alice.choose("Lock now");
  await expect(locked(alice.page, "alice")).toBeVisible();
  await alice.page.getByRole("button", { name: "Unlock with a passkey" }).click();
  await alice.expectConnection("Online");

  await alice.choose("Lock now");
  await expect(locked(alice.page, "alice")).toBeVisible();
  await unlock(alice.page, PASSPHRASE);
  await alice.expectConnection("Online");
});

test("it locks itself when it is hidden, where that is chosen, and the lock can be taken away", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  await setLock(alice);
  await lockDialog(alice).getByLabel("Lock when Sotto is no longer on the screen").click();
  await expect(lockDialog(alice).getByLabel("Lock when Sotto is no longer on the screen")).toBeChecked();
  await expect(lockDialog(alice).getByText("Done.")).toBeVisible();
  await closeDialog(alice);
  await alice.page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { get: () => "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect(locked(alice.page, "alice")).toBeVisible();
  await unlock(alice.page, PASSPHRASE);
  await alice.expectConnection("Online");

  await alice.choose("App lock");
  await lockDialog(alice).getByLabel("Present passphrase").fill("not it at all");
  await lockDialog(alice).getByRole("button", { name: "Remove lock" }).click();
  await expect(lockDialog(alice).getByRole("alert")).toContainText("not the present passphrase");
  await lockDialog(alice).getByLabel("Present passphrase").fill(PASSPHRASE);
  await lockDialog(alice).getByRole("button", { name: "Remove lock" }).click();
  await expect(lockDialog(alice).getByRole("button", { name: "Set lock" })).toBeVisible();
  await alice.leave();
  await alice.open();
  await alice.expectConnection("Online");
});

test("who forgot the passphrase can remove the account from the device", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  await setLock(alice);
  await closeDialog(alice);
  await alice.choose("Lock now");
  await alice.page.getByText("Forgot the passphrase?").click();
  await alice.page.getByRole("button", { name: "Remove from this device" }).click();
  const dialog = alice.page.getByRole("dialog", { name: "Remove alice from this device?" });
  await dialog.getByRole("textbox", { name: "Type alice to confirm" }).fill("alice");
  await dialog.getByRole("button", { name: "Remove account" }).click();
  await expect(alice.page.getByRole("heading", { name: "alice was removed" })).toBeVisible();
  await alice.reload();
  await expect(alice.page.getByRole("heading", { name: "alice is not on this device" })).toBeVisible();
});
