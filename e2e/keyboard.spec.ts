/** The whole journey by keyboard alone: no pointer is ever used. */
import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./fixtures/test.ts";

const MOST_TABS = 40;

/** Presses Tab until this element has the focus, as someone without a mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < MOST_TABS; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`not reached within ${MOST_TABS} presses of Tab: ${target}`);
}

test("account, conversation, messages and menu by keyboard alone", async ({ people }) => {
  const bob = await people.join("bob");
  const carol = await people.join("carol");
  const alice = await people.person("alice");
  await alice.open(`${alice.origin}/`);
  const { page } = alice;

  await tabTo(page, page.getByRole("textbox", { name: "Username" }));
  await page.keyboard.type("alice");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(alice.address);

  await tabTo(page, page.getByRole("textbox", { name: "Start a conversation" }));
  await page.keyboard.type("bob");
  await page.keyboard.press("Enter");
  await expect(alice.log(bob)).toBeVisible();
  await expect(alice.messageBox).toBeFocused();

  await page.keyboard.type("First line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await expect(alice.messageBox).toHaveValue("First line\nsecond line");
  await page.keyboard.press("Enter");
  await expect(alice.messageBox).toHaveValue("");
  await expect(alice.messageBox).toBeFocused();
  await alice.expectMessages(bob, ["First line second line"]);

  const menu = page.getByRole("button", { name: "Account menu" });
  await tabTo(page, menu);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem").first()).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toBeHidden();
  await expect(menu).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("menuitem", { name: "Invite", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Invite" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(menu).toBeFocused();

  await tabTo(page, page.getByRole("textbox", { name: "Start a conversation" }));
  await page.keyboard.type("carol");
  await page.keyboard.press("Enter");
  await expect(alice.log(carol)).toBeVisible();
  await expect(alice.messageBox).toBeFocused();
  await tabTo(page, alice.entry(bob));
  await page.keyboard.press("Enter");
  await expect(alice.log(bob)).toBeVisible();
  await expect(alice.messageBox).toBeFocused();
  await page.keyboard.type("Still no mouse.");
  await page.keyboard.press("Enter");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["First line second line", "Still no mouse."]);
});

test("choosing the conversation that is open already leads to the box, by key and by name", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await expect(alice.messageBox).toBeFocused();
  await tabTo(alice.page, alice.entry(bob));
  await alice.page.keyboard.press("Enter");
  await expect(alice.messageBox).toBeFocused();
  await alice.startConversation(bob);
  await expect(alice.messageBox).toBeFocused();
});

test("comparing safety numbers by keyboard alone, and the focus comes back", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  const { page } = alice;
  await alice.startConversation(bob);
  await tabTo(page, alice.identityButton);
  await page.keyboard.press("Enter");
  await expect(alice.verifyDialog(bob)).toBeVisible();
  await tabTo(page, page.getByRole("button", { name: "Mark as verified" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Remove verification" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(alice.identityButton).toBeFocused();
  await expect(alice.identityButton).toHaveText("Verified");
});

test("an empty message is not sent, by key or by button", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.messageBox.press("Enter");
  await alice.messageBox.fill("   ");
  await alice.messageBox.press("Enter");
  await alice.send("Something.");
  await alice.expectMessages(bob, ["Something."]);
});

test("Ctrl+K goes to a conversation, and ? shows the keys", async ({ people }) => {
  const bob = await people.join("bob");
  const carol = await people.join("carol");
  const alice = await people.join("alice");
  await alice.startConversation(carol);
  await alice.startConversation(bob);
  const { page } = alice;
  await page.keyboard.press("Control+k");
  const box = page.getByRole("combobox", { name: "Go to…" });
  await expect(box).toBeFocused();
  await page.keyboard.type("carol");
  await expect(page.getByRole("option")).toHaveText(["carol"]);
  await page.keyboard.press("Enter");
  await expect(alice.log(carol)).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(box).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(alice.log(bob)).toBeVisible();
  // In the box it is a question mark, elsewhere it shows the keys.
  await alice.messageBox.pressSequentially("Why?");
  await expect(alice.messageBox).toHaveValue("Why?");
  await alice.log(bob).focus();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});
