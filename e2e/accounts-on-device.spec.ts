/** The accounts on this device: listed on the start page, opened from there, invited by a link, removed for good. */
import { readQr } from "./fixtures/qr-code.ts";
import { expect, test } from "./fixtures/test.ts";

test("the start page lists this device's accounts, and never leads away by itself", async ({ people }) => {
  const alice = await people.join("alice");
  await people.join("bob");
  await alice.page.goto(`${alice.origin}/`);
  await expect(alice.page.getByRole("heading", { name: "Sotto" })).toBeVisible();
  await expect(alice.page.getByRole("link", { name: "alice", exact: true })).toBeVisible();
  await expect(alice.page.getByRole("link", { name: "bob", exact: true })).toBeVisible();
  await expect(alice.page).toHaveURL(`${alice.origin}/`);

  await alice.page.getByRole("link", { name: "alice", exact: true }).click();
  await expect(alice.page).toHaveURL(alice.address);
  await alice.expectConnection("Online");
});

test("another browser lists none of them", async ({ people }) => {
  await people.join("alice");
  const stranger = await people.person("stranger", await people.anotherBrowser());
  await stranger.open(`${stranger.origin}/`);
  await expect(stranger.page.getByRole("button", { name: "Create account" })).toBeVisible();
  await expect(stranger.page.getByRole("link", { name: "alice", exact: true })).toHaveCount(0);
});

test("an invite leads a newcomer to the right name, by its link or its code", async ({ people }) => {
  const alice = await people.join("alice");
  await alice.choose("Invite");
  const dialog = alice.page.getByRole("dialog", { name: "Invite" });
  const link = `${alice.origin}/#invite=alice`;
  await expect(dialog.getByRole("textbox", { name: "Invite link" })).toHaveValue(link);
  await expect(dialog.getByRole("img").locator("path")).not.toHaveAttribute("d", "");
  expect(await readQr(dialog.getByRole("img"))).toBe(link);

  const bob = await people.person("bob", await people.anotherBrowser());
  await bob.open(link);
  await expect(bob.page.getByText(/alice would like to talk with you/i)).toBeVisible();
  await bob.createAccount();
  await expect(bob.page.getByRole("textbox", { name: "Start a conversation" })).toHaveValue("alice");
  await expect(bob.page.getByRole("textbox", { name: "Start a conversation" })).toBeFocused();
  await bob.page.keyboard.press("Enter");
  await expect(bob.log(alice)).toBeVisible();
  await bob.send("Thank you for the invitation.");

  await alice.page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await alice.openConversation(bob);
  await alice.expectMessages(bob, ["Thank you for the invitation."]);
});

test("an invite opened where there is an account leads there with the name filled in", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob", await people.anotherBrowser());
  await bob.page.goto("about:blank");
  await bob.page.goto(`${bob.origin}/#invite=alice`);
  await bob.page.getByRole("link", { name: "bob", exact: true }).click();
  await expect(bob.page.getByRole("textbox", { name: "Start a conversation" })).toHaveValue("alice");
  await bob.page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(bob.log(alice)).toBeVisible();
});

test("removing an account takes it off this device, and its name stays taken", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("Soon gone.");
  await alice.choose("Remove from this device");
  const dialog = alice.page.getByRole("dialog");
  const confirm = dialog.getByRole("button", { name: "Remove account" });
  await dialog.getByRole("textbox").fill("alic");
  await expect(confirm).toBeDisabled();
  await dialog.getByRole("textbox").fill("alice");
  await confirm.click();
  await expect(alice.page.getByRole("textbox", { name: "Message" })).toHaveCount(0);

  await alice.page.goto(`${alice.origin}/`);
  await expect(alice.page.getByRole("link", { name: "bob", exact: true })).toBeVisible();
  await expect(alice.page.getByRole("link", { name: "alice", exact: true })).toHaveCount(0);
  const databases = await alice.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(databases).toContain("sotto/account/bob");
  expect(databases).not.toContain("sotto/account/alice");

  await alice.page.getByRole("textbox", { name: "Username" }).fill("alice");
  await alice.page.getByRole("button", { name: "Create account" }).click();
  await expect(alice.alert).toContainText(/taken/i);
});
