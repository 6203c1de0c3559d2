/** A reload of either side keeps the account, the sessions and the history, and the conversation goes on. */
import { expect, test } from "./fixtures/test.ts";

test("after a reload of either side everything is there and the conversation goes on", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("Before any reload.");
  await bob.openConversation(alice);
  await bob.send("Also before.");
  await alice.expectMessages(bob, ["Before any reload.", "Also before."]);

  await alice.reload();
  await expect(alice.page).toHaveURL(alice.address);
  await expect(alice.log(bob)).toBeVisible();
  await alice.expectMessages(bob, ["Before any reload.", "Also before."]);
  await alice.send("After Alice reloaded.");
  await bob.expectMessages(alice, ["Before any reload.", "Also before.", "After Alice reloaded."]);

  await bob.reload();
  await expect(bob.log(alice)).toBeVisible();
  await bob.send("After Bob reloaded.");
  const all = ["Before any reload.", "Also before.", "After Alice reloaded.", "After Bob reloaded."];
  await bob.expectMessages(alice, all);
  await alice.expectMessages(bob, all);
});

test("closing every tab and coming back another time keeps account and history", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("Good night.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Good night."]);
  await alice.expectStatus("Good night.", "Delivered");
  await alice.leave();
  await bob.leave();

  await bob.open();
  await alice.open();
  await bob.openConversation(alice);
  await bob.send("Good morning.");
  await alice.openConversation(bob);
  await alice.expectMessages(bob, ["Good night.", "Good morning."]);
  await alice.expectStatus("Good night.", "Read");
});

test("what was being written is there after a reload, for whom it was, until it is sent", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  const carol = await people.join("carol");
  await alice.startConversation(carol);
  await alice.messageBox.fill("For Carol,\nnot yet.");
  await alice.startConversation(bob);
  await alice.messageBox.fill("Not yet sent.");
  // To leave the box is to keep what is in it.
  await alice.messageBox.blur();
  await alice.reload();
  await expect(alice.messageBox).toHaveValue("Not yet sent.");
  await alice.messageBox.press("Enter");
  await alice.expectStatus("Not yet sent.", "Delivered");
  await alice.reload();
  await alice.expectMessages(bob, ["Not yet sent."]);
  await expect(alice.messageBox).toHaveValue("");
  await alice.openConversation(carol);
  await expect(alice.messageBox).toHaveValue("For Carol,\nnot yet.");
});

test("two tabs of one account show the same conversation", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  const aliceElsewhere = await people.person("alice");
  await aliceElsewhere.open();
  await alice.startConversation(bob);
  await alice.send("Written in the first tab.");
  await aliceElsewhere.openConversation(bob);
  await aliceElsewhere.send("Written in the second tab.");
  const all = ["Written in the first tab.", "Written in the second tab."];
  await alice.expectMessages(bob, all);
  await aliceElsewhere.expectMessages(bob, all);
  await bob.openConversation(alice);
  await bob.expectMessages(alice, all);
});
