/** What one does with a conversation as a whole: requests, pinning, muting, archiving, renaming, blocking, deleting. */
import type { Person } from "./fixtures/person.ts";
import { expect, test } from "./fixtures/test.ts";

async function choose({ page }: Person, entry: string): Promise<void> {
  await page.getByRole("button", { name: "Conversation menu" }).click();
  await page.getByRole("menuitem", { name: entry, exact: true }).click();
}

test("a first message is a request: read without a word, accepted, and then like any other", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await alice.send("We met at the lake.");
  await expect(bob.page.getByRole("group").filter({ hasText: "Requests (1)" })).toBeVisible();
  await expect(bob.entry(alice)).toHaveAccessibleName(/^alice .*request/);
  await bob.openConversation(alice);
  await expect(bob.page.getByText("alice wrote to you first.")).toBeVisible();
  await expect(bob.message("We met at the lake.")).toBeVisible();
  await alice.expectStatus("We met at the lake.", "Delivered");
  await bob.page.getByRole("button", { name: "Accept" }).click();
  await expect(bob.page.getByText("alice wrote to you first.")).toHaveCount(0);
  await expect(bob.page.getByText("Requests (1)")).toHaveCount(0);
  await alice.expectStatus("We met at the lake.", "Read");
});

test("a request is deleted or blocked without its writer learning of it, and unblocked where the blocked are listed", async ({
  people,
}) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await alice.send("Buy this!");
  await bob.openConversation(alice);
  await bob.page.getByRole("button", { name: "Block", exact: true }).click();
  await bob.page.getByRole("dialog").getByRole("button", { name: "Block", exact: true }).click();
  await expect(bob.page.getByText(/^You have blocked alice/)).toBeVisible();
  await expect(bob.messageBox).toHaveCount(0);
  await alice.send("Are you there?");
  await alice.expectStatus("Are you there?", "Sent");
  await choose(bob, "Delete conversation");
  await bob.page.getByRole("dialog").getByRole("button", { name: "Delete conversation" }).click();
  await expect(bob.entry(alice)).toHaveCount(0);
  await expect(bob.log(alice)).toHaveCount(0);
  await bob.choose("Privacy");
  await bob.page.getByRole("button", { name: "Unblock alice" }).click();
  await expect(bob.page.getByText("You have blocked nobody.")).toBeVisible();
  await bob.page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await alice.send("Once more.");
  await expect(bob.entry(alice)).toContainText("Once more.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Once more."]);
});

test("pinned, muted, archived, renamed, and kept so after a reload; the draft is seen in the list", async ({
  people,
}) => {
  const bob = await people.join("bob");
  const carol = await people.join("carol");
  const alice = await people.join("alice");
  await alice.startConversation(carol);
  await alice.send("hello carol");
  await alice.startConversation(bob);
  await alice.send("hello bob");
  const rows = alice.page.getByRole("navigation", { name: "Conversations" }).locator("[data-peer]");
  await expect(rows).toHaveText([/bob/, /carol/]);
  await alice.openConversation(carol);
  await choose(alice, "Pin to the top");
  await expect(rows).toHaveText([/carol/, /bob/]);
  await choose(alice, "Rename");
  await alice.page.getByRole("textbox", { name: "Name" }).fill("Carola");
  await alice.page.getByRole("button", { name: "Save" }).click();
  await expect(alice.entry(carol)).toHaveAccessibleName(/^carol Carola, pinned/);
  await expect(alice.page.getByRole("heading", { name: "Carola · carol" })).toBeVisible();
  await choose(alice, "Mute");
  await alice.messageBox.fill("half a thought");
  await alice.openConversation(bob);
  await expect(alice.entry(carol)).toContainText("Draft: half a thought");
  await choose(alice, "Archive");
  await expect(alice.page.getByText("Archived (1)")).toBeVisible();
  await alice.page.reload();
  await expect(alice.entry(carol)).toHaveAccessibleName(/^carol Carola, pinned, muted, Draft: half a thought/);
  await expect(alice.page.getByText("Archived (1)")).toBeVisible();
  await bob.startConversation(alice);
  await bob.send("Are we still on?");
  await expect(alice.page.getByText("Archived (1)")).toHaveCount(0);
  await expect(alice.entry(bob)).toContainText("Are we still on?");
});
