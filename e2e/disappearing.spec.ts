/** Messages that disappear, word of writing and of reading: as both see it, and as each can switch it off. */
import { shiftClock } from "./fixtures/clock.ts";
import type { Person } from "./fixtures/person.ts";
import { expect, proxiedTest, test } from "./fixtures/test.ts";

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

async function setTimer({ page }: Person, choice: string): Promise<void> {
  await page.getByRole("button", { name: "Conversation menu" }).click();
  await page.getByRole("menuitem", { name: "Disappearing messages" }).click();
  await page.getByRole("radio", { name: choice }).check();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
}

proxiedTest(
  "messages disappear on both sides after the time that one set, also while the app is closed",
  async ({ people, relayProxy }) => {
    let off = 0;
    relayProxy.follow({ workerPrelude: () => `(${shiftClock})(${off})` });
    const bob = await people.join("bob", await people.anotherBrowser({ serviceWorkers: "block" }));
    const alice = await people.join("alice", await people.anotherBrowser({ serviceWorkers: "block" }));
    await alice.startConversation(bob);
    await alice.send("This one stays.");
    await bob.startConversation(alice);
    await setTimer(alice, "1 week");
    await expect(alice.log(bob)).toContainText("You set messages to disappear 1 week after they were read.");
    await expect(bob.log(alice)).toContainText("alice set messages to disappear 1 week after they were read.");
    await expect(bob.page.getByRole("button", { name: "Disappearing messages: 1 week" })).toBeVisible();
    await alice.send("This one goes.");
    await expect(bob.message("This one goes.").getByRole("img", { name: /^Disappears 1 week/ })).toBeVisible();
    await bob.send("And this.");
    await alice.expectStatus("This one goes.", "Read");
    await bob.expectStatus("And this.", "Read");
    for (const person of [alice, bob]) await person.leave();

    off = WEEK_MS;
    for (const [person, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      await person.open();
      await person.openConversation(other);
      await expect(person.message("This one stays.")).toBeVisible();
      await person.expectMessages(other, ["This one stays."]);
      await expect(person.entry(other)).not.toContainText("And this.");
    }
  },
);

test("a message disappears while both look at it", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await alice.send("This one stays.");
  await bob.startConversation(alice);
  await expect(bob.message("This one stays.")).toBeVisible();
  await setTimer(bob, "30 seconds");
  await expect(alice.page.getByRole("button", { name: "Disappearing messages: 30 seconds" })).toBeVisible();
  await alice.send("This one goes.");
  for (const person of [alice, bob]) {
    await expect(person.message("This one goes.")).toHaveCount(0, { timeout: 90_000 });
    await expect(person.message("This one stays.")).toBeVisible();
  }
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
  await bob.writeUnseen();
  await alice.page.evaluate(noteWriting);
  await bob.messageBox.fill("");
  await bob.messageBox.pressSequentially("That was it.");
  await bob.messageBox.press("Enter");
  await expect(alice.message("That was it.")).toBeVisible();
  // Word of it would have come before what was written.
  expect(await alice.page.evaluate(() => document.body.dataset["sawWriting"])).toBe("no");
});

/** Runs on the page: notes whether it says from now on that somebody is writing. */
function noteWriting(): void {
  document.body.dataset["sawWriting"] = "no";
  new MutationObserver(() => {
    if (document.body.innerText.includes("is writing…")) document.body.dataset["sawWriting"] = "yes";
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}

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
