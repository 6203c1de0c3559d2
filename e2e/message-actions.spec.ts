/** What two people do to messages that are there, as both see it: replies, reactions, edits, deletions, forwarding, details. */
import { expect, test } from "./fixtures/test.ts";

test("a reply quotes what it answers on both sides, and leads to it", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await alice.send("Shall we meet at the lake?");
  await alice.send("Or at the station?");
  await bob.openConversation(alice);

  await bob.act("Shall we meet at the lake?", "Reply");
  await expect(bob.page.getByText("Answering alice")).toBeVisible();
  await expect(bob.messageBox).toBeFocused();
  await bob.page.keyboard.press("Escape");
  await expect(bob.page.getByText("Answering alice")).toHaveCount(0);

  await bob.act("Shall we meet at the lake?", "Reply");
  await bob.send("Yes, at eight.");
  await expect(bob.page.getByText("Answering alice")).toHaveCount(0);
  for (const [reader, quoted] of [
    [bob, "alice"],
    [alice, "You"],
  ] as const) {
    const quote = reader
      .message("Yes, at eight.")
      .getByRole("button", { name: `Answers ${quoted}: Shall we meet at the lake?. Go to it`, exact: true });
    await quote.click();
    await expect(reader.page.locator("article[data-sought=true]")).toContainText("Shall we meet at the lake?");
    await expect(reader.page.locator("article[data-sought=true]")).toBeFocused();
  }
});

test("a reaction comes and goes on both sides, and each has one", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await alice.send("I got the job!");
  await bob.openConversation(alice);
  await bob.act("I got the job!", "React with 👍");
  await expect(alice.message("I got the job!").getByRole("img", { name: "bob reacted with 👍" })).toBeVisible();
  await bob.act("I got the job!", "React with ❤️");
  await expect(alice.message("I got the job!").getByRole("img", { name: "bob reacted with ❤️" })).toBeVisible();
  await expect(alice.message("I got the job!").getByRole("img", { name: /bob reacted/ })).toHaveCount(1);
  await alice.act("I got the job!", "React with 🙏");
  await expect(bob.message("I got the job!").getByRole("img", { name: "alice reacted with 🙏" })).toBeVisible();
  await bob.message("I got the job!").getByRole("button", { name: "Take back your ❤️" }).click();
  await expect(alice.message("I got the job!").getByRole("img", { name: /bob reacted/ })).toHaveCount(0);
  await bob.reload();
  await expect(bob.message("I got the job!").getByRole("img", { name: "alice reacted with 🙏" })).toBeVisible();
});

test("an edit shows on both sides that it is one, and what was said before", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await alice.send("Train at 8:21");
  await bob.openConversation(alice);
  await alice.act("Train at 8:21", "Edit");
  await expect(alice.messageBox).toHaveValue("Train at 8:21");
  await alice.messageBox.fill("Never mind");
  await alice.page.keyboard.press("Escape");
  await expect(alice.messageBox).toHaveValue("");
  await alice.act("Train at 8:21", "Edit");
  await alice.messageBox.fill("Train at 8:12");
  await alice.messageBox.press("Enter");
  for (const reader of [alice, bob]) {
    await expect(reader.message("Train at 8:12")).toBeVisible();
    await expect(reader.message("Train at 8:21")).toHaveCount(0);
    await reader.message("Train at 8:12").getByRole("button", { name: "Edited. Show what it said before" }).click();
    const details = reader.page.getByRole("dialog", { name: "About this message" });
    await expect(details.getByText("Train at 8:21", { exact: true })).toBeVisible();
    await details.getByRole("button", { name: "Close" }).click();
  }
  await expect(bob.entry(alice)).toContainText("Train at 8:12");
});

test("a message that is deleted for both leaves word on both sides, one deleted here stays with the other", async ({
  people,
}) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await alice.send("A secret");
  await alice.send("Something else");
  await bob.openConversation(alice);
  await expect(bob.messages(alice)).toHaveCount(2);
  await alice.act("A secret", "Delete");
  await alice.page.getByRole("button", { name: "Delete for both" }).click();
  await expect(alice.message("You deleted this message.")).toBeVisible();
  await expect(bob.message("alice deleted this message.")).toBeVisible();
  await expect(bob.page.getByText("A secret")).toHaveCount(0);

  await bob.act("Something else", "Delete");
  await expect(bob.page.getByRole("button", { name: "Delete for both" })).toHaveCount(0);
  await bob.page.getByRole("button", { name: "Delete here only" }).click();
  await expect(bob.message("Something else")).toHaveCount(0);
  await expect(alice.message("Something else")).toBeVisible();
  await expect(bob.entry(alice)).toContainText("Message deleted");
});

test("a message is forwarded to someone else, and its details tell what became of it", async ({ people }) => {
  const bob = await people.join("bob");
  const carol = await people.join("carol");
  const alice = await people.join("alice");
  await alice.startConversation(carol);
  await alice.startConversation(bob);
  await bob.startConversation(alice);
  await bob.send("The museum closes at five.");
  await expect(alice.message("The museum closes at five.")).toBeVisible();
  await alice.act("The museum closes at five.", "Forward");
  await alice.page.getByRole("dialog", { name: "Forward to…" }).getByRole("button", { name: "carol" }).click();
  await expect(alice.log(carol)).toBeVisible();
  await alice.expectMessages(carol, ["The museum closes at five."]);
  // Who takes part in the conversation lets the other know what was read.
  await carol.startConversation(alice);
  await carol.expectMessages(alice, ["The museum closes at five."]);
  await alice.expectStatus("The museum closes at five.", "Read");
  await alice.act("The museum closes at five.", "Details");
  const details = alice.page.getByRole("dialog", { name: "About this message" });
  await expect(details.getByRole("term")).toHaveText(["Written", "Sent", "Delivered", "Read", "Session"]);
  await expect(details.getByText("X25519 and ML-KEM-768")).toBeVisible();
});

test("every action is reached and done by keyboard alone, and the focus is never lost", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await alice.send("first");
  await alice.send("second");
  const { page } = alice;
  // From the box back to the actions of the newest message, and from there to the one before.
  await page.keyboard.press("Shift+Tab");
  await expect(alice.message("second").getByRole("button", { name: "Message actions" })).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(alice.message("first").getByRole("button", { name: "Message actions" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem").first()).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitem", { name: "Reply" })).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("End");
  await expect(page.getByRole("menuitem", { name: "Delete" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(alice.message("first").getByRole("button", { name: "Message actions" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(alice.message("first").getByRole("button", { name: "Take back your 👍" })).toBeVisible();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(alice.messageBox).toBeFocused();
  await page.keyboard.type("an answer");
  await page.keyboard.press("Enter");
  await expect(alice.message("an answer")).toBeVisible();
  await bob.openConversation(alice);
  await expect(bob.message("first").getByRole("img", { name: "alice reacted with 👍" })).toBeVisible();
  await expect(bob.message("an answer").getByRole("button", { name: /^Answers alice: first/ })).toBeVisible();
});
