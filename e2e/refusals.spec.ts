/** What the app refuses, as a person sees it: an alert that says what to do, and nothing lost. */
import { expect, test } from "./fixtures/test.ts";

const ILL_FORMED = ["ab", "a".repeat(33), "-alice", "alice.", "al ice", "älice", "alice/bob"];

test("an ill-formed username is explained, and stays in the box to be mended", async ({ people }) => {
  const someone = await people.person("someone");
  await someone.open(`${someone.origin}/`);
  const box = someone.page.getByRole("textbox", { name: "Username" });
  for (const username of ILL_FORMED) {
    await test.step(username, async () => {
      await box.fill(username);
      await expect(someone.alert).toHaveCount(0);
      await someone.page.getByRole("button", { name: "Create account" }).click();
      await expect(someone.alert).toContainText(/characters/i);
      await expect(someone.page).toHaveURL(`${someone.origin}/`);
      await expect(box).toHaveValue(username);
    });
  }
  await someone.createAccount();
});

test("usernames of 3 and of 32 characters are accepted", async ({ people }) => {
  await people.join("a-1");
  await people.join("a".repeat(32));
});

test("a name that is taken is explained, and another one works", async ({ people }) => {
  await people.join("alice");
  const other = await people.person("alice", await people.anotherBrowser());
  await other.open(`${other.origin}/`);
  await other.page.getByRole("textbox", { name: "Username" }).fill("alice");
  await other.page.getByRole("button", { name: "Create account" }).click();
  await expect(other.alert).toContainText(/perhaps yours, in another browser/i);
  await expect(other.page).toHaveURL(`${other.origin}/`);
  await expect(other.page.getByRole("link", { name: "alice", exact: true })).toHaveCount(0);

  await other.page.getByRole("textbox", { name: "Username" }).fill("alice-2");
  await other.page.getByRole("button", { name: "Create account" }).click();
  await expect(other.page).toHaveURL(`${other.origin}/u/alice-2`);
});

test("a name that is on this device already leads to it", async ({ people }) => {
  await people.join("alice");
  const again = await people.person("alice");
  await again.open(`${again.origin}/`);
  await again.page.getByRole("textbox", { name: "Username" }).fill("alice");
  await again.page.getByRole("button", { name: "Create account" }).click();
  await expect(again.alert).toContainText(/this (device|browser)/i);
  await expect(again.page.getByRole("link", { name: "alice", exact: true }).first()).toBeVisible();
});

test("nobody of that name, oneself, and an ill-formed name are explained, and starting still works", async ({
  people,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");

  await alice.tryToStart("nobody-here");
  await expect(alice.alert).toContainText("nobody-here");
  await alice.tryToStart("alice");
  await expect(alice.alert).toContainText(/that is you/i);
  await alice.tryToStart("No Such Name!");
  await expect(alice.alert).toContainText(/letters|characters/i);
  await expect(alice.page.getByRole("log")).toHaveCount(0);
  await expect(alice.entry({ username: "nobody-here" })).toHaveCount(0);

  await alice.startConversation(bob);
  await expect(alice.alert).toHaveCount(0);
});

test("starting while offline is explained, works later, and leaves the draft alone", async ({ people, relay }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  const carol = await people.join("carol");
  await alice.startConversation(bob);
  await alice.messageBox.fill("A draft for Bob");

  await relay.kill();
  await alice.expectConnection("Offline");
  await alice.tryToStart("carol");
  await expect(alice.alert).toContainText(/connection|offline|reach/i);
  await expect(alice.messageBox).toHaveValue("A draft for Bob");

  await relay.start();
  await alice.expectConnection("Online");
  await alice.startConversation(carol);
  await expect(alice.messageBox).toHaveValue("");
  await alice.openConversation(bob);
  await expect(alice.messageBox).toHaveValue("A draft for Bob");
});

test("a message that is too long is explained, and the draft stays", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  const tooLong = "x".repeat(16_001);
  await alice.messageBox.fill(tooLong);
  await alice.page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(alice.alert).toContainText(/long/i);
  await expect(alice.messageBox).toHaveValue(tooLong);
  await expect(alice.messages(bob)).toHaveCount(0);

  const longest = "y".repeat(16_000);
  await alice.send(longest);
  await bob.openConversation(alice);
  await bob.expectMessages(alice, [longest]);
});

test("an account cannot be created while the relay is away, and can when it is back", async ({ people, relay }) => {
  const alice = await people.person("alice");
  await alice.open(`${alice.origin}/`);
  await alice.page.getByRole("textbox", { name: "Username" }).fill("alice");
  await relay.kill();
  await alice.page.getByRole("button", { name: "Create account" }).click();
  await expect(alice.alert).toContainText(/connection|offline|reach/i);
  await expect(alice.page).toHaveURL(`${alice.origin}/`);

  await relay.start();
  await alice.page.getByRole("button", { name: "Create account" }).click();
  await expect(alice.page).toHaveURL(alice.address);
  await alice.expectConnection("Online");
});

test("an address that is none leads home", async ({ people }) => {
  const alice = await people.join("alice");
  await alice.page.goto(`${alice.origin}/u/not-on-this-device`);
  await expect(alice.page.getByRole("link").first()).toBeVisible();
  await expect(alice.page.getByRole("textbox", { name: "Message" })).toHaveCount(0);
});
