/** The app on a phone: one pane at a time, nothing cut off, the back button closes the conversation. */
import { expect, test } from "./fixtures/test.ts";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

test("a conversation on a phone, one pane at a time", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice", await people.anotherBrowser(PHONE));
  await alice.startConversation(bob);
  await expect(alice.page.getByRole("navigation", { name: "Conversations" })).toBeHidden();
  await alice.send("Written with my thumbs.");
  await bob.openConversation(alice);
  await bob.send("Readable all the same. ".repeat(20).trim());
  await expect(alice.messages(bob)).toHaveCount(2);
  await expectNoSidewaysScrolling();

  await alice.page.goBack();
  await expect(alice.log(bob)).toBeHidden();
  await expect(alice.entry(bob)).toBeVisible();
  await expectNoSidewaysScrolling();

  await alice.entry(bob).tap();
  await expect(alice.log(bob)).toBeVisible();
  await expect(alice.messageBox).toBeInViewport();
  await expect(alice.messages(bob).last()).toBeInViewport();

  async function expectNoSidewaysScrolling(): Promise<void> {
    const excess = await alice.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(excess).toBe(0);
  }
});

test("a very long word and a wall of text stay inside a phone's width", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice", await people.anotherBrowser(PHONE));
  await bob.startConversation(alice);
  await bob.send("w".repeat(600));
  await bob.send("\u202E".repeat(10) + "מ".repeat(300));
  await alice.entry(bob).tap();
  await expect(alice.messages(bob)).toHaveCount(2);
  const width = await alice.page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(PHONE.viewport.width);
});
