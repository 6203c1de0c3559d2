/** What is shown outside the page when a message comes and nobody looks. */
import type { Page } from "@playwright/test";
import { allowNotifications } from "./fixtures/notifications.ts";
import { expect, test } from "./fixtures/test.ts";

/** The titles and texts of the notifications that are shown. */
async function shown(page: Page): Promise<readonly string[]> {
  return await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const notifications = (await registration?.getNotifications()) ?? [];
    return notifications.map(({ title, body }) => `${title}: ${body}`);
  });
}

async function setVisible(page: Page, visible: boolean): Promise<void> {
  await page.evaluate(
    (state) => {
      Object.defineProperty(document, "visibilityState", { get: () => state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    },
    visible ? "visible" : "hidden",
  );
}

const tabIcon = (page: Page) => page.locator("link[rel=icon]");

test("a new message is notified as much as was chosen, and taken back when it is read", async ({ people }) => {
  const context = await people.anotherBrowser();
  await allowNotifications(context);
  const alice = await people.join("alice");
  const bob = await people.join("bob", context);
  const carol = await people.join("carol");
  await carol.startConversation(bob);
  await bob.startConversation(alice);
  await bob.page.goBack();
  await expect(bob.log(alice)).toHaveCount(0);
  await alice.startConversation(bob);
  await alice.send("The first one.");
  await expect(bob.entry(alice)).toBeVisible();
  await expect.poll(() => bob.page.evaluate(() => navigator.serviceWorker.controller?.state)).toBe("activated");
  await expect(tabIcon(bob.page)).toHaveAttribute("href", "/icon-unread.svg");

  await bob.choose("Notifications");
  const dialog = bob.page.getByRole("dialog", { name: "Notifications" });
  await expect(dialog.getByRole("radio", { name: "Nothing" })).toBeChecked();
  await dialog.getByRole("radio", { name: "That there is a new message" }).click();
  await expect(dialog.getByRole("radio", { name: "That there is a new message" })).toBeChecked();
  await dialog.getByRole("button", { name: "Close" }).click();

  // Shown beside Alice's, had it been: each person's take one another's place.
  await carol.send("While Bob looks.");
  await expect(bob.entry(carol)).toContainText("While Bob looks.");
  await setVisible(bob.page, false);
  await alice.send("A heron on the ledger.");
  await expect.poll(() => shown(bob.page)).toEqual(["Sotto: New message"]);

  await setVisible(bob.page, true);
  await bob.choose("Notifications");
  await dialog.getByRole("radio", { name: "Who wrote, and what" }).click();
  await dialog.getByRole("button", { name: "Close" }).click();
  await setVisible(bob.page, false);
  await alice.send("Another heron.");
  await expect.poll(() => shown(bob.page)).toEqual(["alice: Another heron."]);

  // Of a request no more than that there is one.
  await setVisible(bob.page, true);
  await setVisible(bob.page, false);
  await carol.send("You do not know me.");
  await expect.poll(() => shown(bob.page)).toEqual(["alice: Another heron.", "Sotto: New message"]);

  await setVisible(bob.page, true);
  await bob.openConversation(alice);
  await expect.poll(() => shown(bob.page)).toEqual(["Sotto: New message"]);
  await bob.openConversation(carol);
  await expect.poll(() => shown(bob.page)).toEqual([]);
  await expect(tabIcon(bob.page)).not.toHaveAttribute("href", "/icon-unread.svg");
  // The choice outlives the page.
  await bob.reload();
  await bob.choose("Notifications");
  await expect(dialog.getByRole("radio", { name: "Who wrote, and what" })).toBeChecked();
});

test("a browser that shows no notifications says what to do, and nothing is chosen", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser({ permissions: [] }));
  await alice.page.evaluate(() =>
    Object.defineProperty(Notification, "permission", { get: () => "denied", configurable: true }),
  );
  await alice.choose("Notifications");
  const dialog = alice.page.getByRole("dialog", { name: "Notifications" });
  await dialog.getByRole("radio", { name: "That there is a new message" }).click();
  await expect(dialog.getByRole("alert")).toContainText("in the browser’s settings");
  await expect(dialog.getByRole("radio", { name: "Nothing" })).toBeChecked();
});
