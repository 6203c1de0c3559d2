/** Messages that disappear, word of writing and of reading: as both see it, and as each can switch it off. */
import { expect, test } from "./fixtures/test.ts";

test("messages disappear on both sides after the time that one of them set, also while the app is closed", async ({
  people,
}) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await alice.send("This one stays.");
  await bob.openConversation(alice);
  await alice.page.getByRole("button", { name: "Disappearing messages: off" }).click();
  await alice.page.getByRole("radio", { name: "30 seconds" }).check();
  await alice.page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await expect(alice.log(bob)).toContainText("You set messages to disappear 30 seconds after they were read.");
  await expect(bob.log(alice)).toContainText("alice set messages to disappear 30 seconds after they were read.");
  await expect(bob.page.getByRole("button", { name: "Disappearing messages: 30 seconds" })).toBeVisible();

  await alice.send("This one goes.");
  await expect(bob.message("This one goes.").getByRole("img", { name: /^Disappears 30 seconds/ })).toBeVisible();
  await alice.expectStatus("This one goes.", /^(Delivered|Read)$/);
  await bob.send("And this.");
  await alice.expectStatus("This one goes.", "Read");
  await bob.expectStatus("And this.", "Read");
  await bob.leave();
  await expect(alice.message("This one goes.")).toHaveCount(0, { timeout: 60_000 });
  await expect(alice.message("And this.")).toHaveCount(0, { timeout: 60_000 });
  await expect(alice.message("This one stays.")).toBeVisible();
  await bob.open();
  await bob.openConversation(alice);
  await expect(bob.message("This one stays.")).toBeVisible();
  await expect(bob.message("This one goes.")).toHaveCount(0);
  await expect(bob.entry(alice)).not.toContainText("And this.");
});

test("one sees that the other is writing, until that is switched off", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await alice.send("hello");
  await bob.startConversation(alice);
  await bob.send("hello back");
  await expect(alice.message("hello back")).toBeVisible();
  await bob.messageBox.pressSequentially("I am think");
  await expect(alice.page.getByText("bob is writing…").first()).toBeVisible();
  await expect(alice.page.getByText("bob is writing…")).toHaveCount(0);
  await bob.choose("Privacy");
  await bob.page.getByRole("checkbox", { name: /^Say that you are writing/ }).uncheck();
  await bob.page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await bob.send("That was it.");
  await expect(alice.message("That was it.")).toBeVisible();
});

test("who says nothing of reading is seen as one to whom messages were delivered", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await bob.choose("Privacy");
  await bob.page.getByRole("checkbox", { name: /^Say what was read/ }).uncheck();
  await bob.page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await alice.startConversation(bob);
  await alice.send("Did you read this?");
  await bob.startConversation(alice);
  await bob.send("I did.");
  await expect(alice.message("I did.")).toBeVisible();
  await alice.expectStatus("Did you read this?", "Delivered");
  await bob.reload();
  await bob.choose("Privacy");
  await expect(bob.page.getByRole("checkbox", { name: /^Say what was read/ })).not.toBeChecked();
});
