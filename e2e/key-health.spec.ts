/** The page of key health: what it tells, what its buttons do, and deleting the account everywhere. */
import { expect, test } from "./fixtures/test.ts";

test("tells how the keys are, and makes new ones", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("Hello.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Hello."]);

  await bob.choose("Key health");
  const dialog = bob.page.getByRole("dialog", { name: "Key health" });
  await expect(dialog).toContainText("99 left.");
  await expect(dialog).toContainText("Made today.");
  await expect(dialog).toContainText("1 with X25519 and ML-KEM-768");
  await expect(dialog).toContainText("Not compared with one person yet.");
  await dialog.getByRole("button", { name: "Make new ones" }).click();
  await expect(dialog.getByText("They are new, here and on the relay.")).toBeVisible();
  await dialog.getByRole("button", { name: "Open alice" }).click();
  await expect(dialog).toBeHidden();
  await expect(bob.log(alice)).toBeVisible();
  await bob.send("Still here.");
  await alice.expectMessages(bob, ["Hello.", "Still here."]);
});

test("an account can be deleted on the relay, too, and its name stays nobody else's", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await bob.choose("Remove from this device");
  const dialog = bob.page.getByRole("dialog", { name: "Remove bob from this device?" });
  await dialog.getByRole("checkbox", { name: "Delete it on the relay, too" }).check();
  await expect(dialog).toContainText("The relay deletes its keys");
  await dialog.getByRole("textbox", { name: "Type bob to confirm" }).fill("bob");
  await dialog.getByRole("button", { name: "Remove account" }).click();
  await expect(bob.page.getByRole("heading", { name: "bob was removed" })).toBeVisible();

  await alice.tryToStart("bob");
  await expect(alice.page.getByRole("alert")).toContainText("Nobody here is called bob");
  const mallory = await people.person("bob", await people.anotherBrowser());
  await mallory.open(`${mallory.origin}/`);
  await mallory.page.getByRole("textbox", { name: "Username" }).fill("bob");
  await mallory.page.getByRole("button", { name: "Create account" }).click();
  await expect(mallory.page.getByRole("alert")).toBeVisible();
  await expect(mallory.page).toHaveURL(`${mallory.origin}/`);
});
