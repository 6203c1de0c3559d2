/** A long history: scrolled through, searched, and never all of it on the page. */
import type { Person } from "./fixtures/person.ts";
import { expect, test } from "./fixtures/test.ts";
import { fillAccountOn } from "./history/fill-account-on.ts";

const MOST_ON_PAGE = 150;

/** Alice with a history of 2,000 messages with Bob and some with Carol, both of whom exist. */
async function withHistory(people: { join(name: string): Promise<Person> }) {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  const carol = await people.join("carol");
  await alice.leave();
  await alice.open(`${alice.origin}/`);
  await fillAccountOn(alice.page, {
    username: "alice",
    conversations: [
      { peer: "bob", count: 2_000 },
      { peer: "carol", count: 30 },
    ],
  });
  await alice.page.goto(alice.address);
  return { alice, bob, carol };
}

const scrollTo = (person: Person, peer: Person, where: "top" | "bottom") =>
  person.log(peer).evaluate((log, end) => {
    log.scrollTop = end === "top" ? 0 : log.scrollHeight;
  }, where);

test("a long conversation is scrolled through page by page, and leads back to its newest message", async ({
  people,
}) => {
  const { alice, bob } = await withHistory(people);
  await alice.openConversation(bob);
  const articles = alice.messages(bob);
  await expect(articles).toHaveCount(50);
  await expect(articles.last()).toContainText("number 1999.");

  for (const oldest of [1_900, 1_850, 1_800, 1_700]) {
    await expect(async () => {
      await scrollTo(alice, bob, "top");
      const text = (await articles.first().innerText()).match(/number (\d+)\./)?.[1];
      expect(Number(text)).toBeLessThanOrEqual(oldest);
    }).toPass();
  }
  expect(await articles.count()).toBeLessThanOrEqual(MOST_ON_PAGE);
  await expect(articles.last()).not.toContainText("number 1999.");

  await bob.startConversation(alice);
  await bob.send("Are you there?");
  await expect(alice.entry(bob)).toContainText("Are you there?");
  await expect(alice.message("Are you there?")).toHaveCount(0);
  await bob.expectStatus("Are you there?", "Delivered");

  await alice.page.getByRole("button", { name: /^(Jump to newest|New messages)$/ }).click();
  await expect(alice.message("Are you there?")).toBeInViewport();
  await expect(articles).toHaveCount(50);
  await bob.expectStatus("Are you there?", "Read");
});

test("what is read keeps its place while earlier messages come above it", async ({ people }) => {
  const { alice, bob } = await withHistory(people);
  await alice.openConversation(bob);
  const read = alice.messages(bob).filter({ hasText: "number 1951." });
  await expect(async () => {
    await read.evaluate((article) => article.scrollIntoView({ block: "start" }));
    await expect(alice.messages(bob)).not.toHaveCount(50, { timeout: 2_000 });
  }).toPass();
  await expect(read).toBeInViewport();
});

test("a search finds a message of long ago and leads to its place", async ({ people }) => {
  const { alice, bob } = await withHistory(people);
  await alice.page.getByRole("button", { name: "Search messages" }).click();
  const dialog = alice.page.getByRole("dialog", { name: "Search messages" });
  const box = dialog.getByRole("searchbox", { name: "Search messages" });
  await expect(box).toBeFocused();
  await box.pressSequentially("Number 1234");
  await expect(dialog.getByRole("status")).toHaveText("One message found.");
  const result = dialog.getByRole("listitem");
  await expect(result).toContainText("bob");
  await expect(result.locator("mark").first()).toHaveText("number");
  await box.press("ArrowDown");
  await expect(result.getByRole("button")).toBeFocused();
  await alice.page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  const found = alice.messages(bob).filter({ hasText: "number 1234." });
  await expect(found).toBeInViewport();
  await expect(found).toBeFocused();
  await expect(alice.messages(bob)).toHaveCount(100);

  await alice.send("I had forgotten that.");
  await expect(alice.message("I had forgotten that.")).toBeInViewport();
  await expect(alice.messages(bob)).toHaveCount(50);

  await alice.page.getByRole("button", { name: "Search messages" }).click();
  await box.fill("no such word");
  await expect(dialog.getByRole("status")).toHaveText("No messages found.");
  await box.fill("had forgotten");
  await expect(result).toHaveCount(1);
  await result.getByRole("button").click();
  await expect(alice.message("I had forgotten that.")).toBeFocused();
});
