/** axe finds nothing on any page or dialog, in light and in dark, at a desk and on a phone. */
import AxeBuilder from "@axe-core/playwright";
import type { BrowserContextOptions } from "@playwright/test";
import type { Person } from "./fixtures/person.ts";
import { expect, test } from "./fixtures/test.ts";

const SIZES: Readonly<Record<string, BrowserContextOptions>> = {
  "at a desk": {},
  "on a phone": { viewport: { width: 390, height: 844 } },
};

// Transitions would be measured half-way, in colours that nobody is meant to read.
const CALM: BrowserContextOptions = { reducedMotion: "reduce" };

async function expectNoViolations({ page }: Person, where: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(drawnAndStill);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(
      ({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ html }) => html).join(" | ")}`,
    );
    expect(found, `axe, ${where}, ${colorScheme}`).toEqual([]);
  }
}

/** Runs on the page: resolves once the new colours are drawn and no transition between them is under way. */
async function drawnAndStill(): Promise<void> {
  for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
}

for (const [size, options] of Object.entries(SIZES)) {
  test(`axe finds nothing on the start page ${size}`, async ({ people }) => {
    const context = await people.anotherBrowser({ ...options, ...CALM });
    const alice = await people.join("alice", context);
    await alice.page.goto(`${alice.origin}/`);
    await expect(alice.page.getByRole("link", { name: "alice", exact: true })).toBeVisible();
    await expectNoViolations(alice, "start page");

    await alice.page.getByRole("textbox", { name: "Username" }).fill("no");
    await alice.page.getByRole("button", { name: "Create account" }).click();
    await expect(alice.alert).toBeVisible();
    await expectNoViolations(alice, "start page with an alert");

    await alice.page.goto(`${alice.origin}/#invite=carol`);
    await expectNoViolations(alice, "invite");
    await alice.page.goto(`${alice.origin}/u/nobody-here`);
    await expect(alice.page.getByRole("link").first()).toBeVisible();
    await expectNoViolations(alice, "no such account");
  });

  test(`axe finds nothing in the app ${size}`, async ({ people, relay }) => {
    const bob = await people.join("bob");
    const alice = await people.join("alice", await people.anotherBrowser({ ...options, ...CALM }));
    await expectNoViolations(alice, "no conversation yet");
    await alice.tryToStart("nobody-here");
    await expect(alice.alert).toBeVisible();
    await expectNoViolations(alice, "a start that was refused");

    await alice.startConversation(bob);
    await expectNoViolations(alice, "an empty conversation");
    await alice.send("Do these colours read well?");
    await bob.openConversation(alice);
    await bob.send("They do.");
    await expect(alice.messages(bob)).toHaveCount(2);
    await alice.expectStatus("Do these colours read well?", "Read");
    await expectNoViolations(alice, "a conversation");

    await alice.openVerifyDialog(bob);
    await expectNoViolations(alice, "comparing safety numbers");
    await alice.page.getByRole("button", { name: "Mark as verified" }).click();
    await expect(alice.verifyDialog(bob).getByRole("status")).toContainText("Verified");
    await expectNoViolations(alice, "a safety number that was compared");
    await alice.usePicture(await alice.ownCode(bob).screenshot());
    await expect(alice.verifyDialog(bob).getByRole("status")).toContainText("your own screen");
    await expectNoViolations(alice, "one's own code");
    await alice.closeVerifyDialog(bob);
    await expectNoViolations(alice, "a verified conversation");

    await relay.kill();
    await alice.expectConnection("Offline");
    await alice.send("And offline?");
    await alice.expectStatus("And offline?", "Waiting");
    await expectNoViolations(alice, "offline");
  });

  test(`axe finds nothing where a key has changed ${size}`, async ({ people, relay }) => {
    const alice = await people.join("alice", await people.anotherBrowser({ ...options, ...CALM }));
    const earlier = await people.join("bob");
    await alice.startConversation(earlier);
    await alice.send("Is this you?");
    await alice.expectStatus("Is this you?", "Delivered");
    await earlier.leave();
    await relay.resetName("bob");
    const bob = await people.join("bob", await people.anotherBrowser());
    await bob.startConversation(alice);
    await bob.send("It is me, on a new phone.");
    await expect(alice.keyChange(bob)).toBeVisible();
    await expectNoViolations(alice, "a changed key");
    await alice.keyChange(bob).getByRole("button", { name: "Compare safety numbers" }).click();
    await expect(alice.verifyDialog(bob)).toContainText("They are the digits of the new key");
    await expectNoViolations(alice, "the safety number of a changed key");
  });

  test(`axe finds nothing in the menu and its dialogs ${size}`, async ({ people }) => {
    const alice = await people.join("alice", await people.anotherBrowser({ ...options, ...CALM }));
    const { page } = alice;
    for (const entry of [
      "Invite",
      "Key health",
      "Back up",
      "Privacy",
      "App lock",
      "Remove from this device",
    ] as const) {
      await page.getByRole("button", { name: "Account menu" }).click();
      await expect(page.getByRole("menu")).toBeVisible();
      await expectNoViolations(alice, "the account menu");
      await page.getByRole("menuitem", { name: entry, exact: true }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await expectNoViolations(alice, `the dialog ${entry}`);
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog")).toBeHidden();
    }
    await page.getByRole("button", { name: "Search messages" }).click();
    await page.getByRole("searchbox").fill("words");
    await expect(page.getByText("No messages found.")).toBeVisible();
    await expectNoViolations(alice, "the search");
    await page.keyboard.press("Escape");
  });

  test(`axe finds nothing at messages and what is done to them ${size}`, async ({ people }) => {
    const bob = await people.join("bob");
    const alice = await people.join("alice", await people.anotherBrowser({ ...options, ...CALM }));
    await bob.startConversation(alice);
    await bob.messageBox.fill("A first word, with a link: https://example.org and `code`.\n```\nand a block\n```");
    await bob.messageBox.press("Enter");
    await expect(alice.entry(bob)).toBeVisible();
    const { page } = alice;
    await alice.openConversation(bob);
    await expectNoViolations(alice, "a request");
    await page.getByRole("button", { name: "Accept" }).click();
    await alice.send("An answer");
    const actions = alice.message("An answer").getByRole("button", { name: "Message actions" });
    await actions.focus();
    await actions.press("Enter");
    await expect(page.getByRole("menu")).toBeVisible();
    await expectNoViolations(alice, "the menu of a message");
    await page.getByRole("menuitem", { name: "React with 👍" }).click();
    for (const entry of ["Details", "Delete", "Forward"]) {
      await alice.act("An answer", entry);
      await expect(page.getByRole("dialog")).toBeVisible();
      await expectNoViolations(alice, `the dialog ${entry}`);
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog")).toBeHidden();
    }
    await alice.act("An answer", "Edit");
    await alice.messageBox.fill("Edited.");
    await alice.messageBox.press("Enter");
    await alice.act("Edited.", "Reply");
    await expectNoViolations(alice, "an answer being written");
    await alice.send("Answered.");
    await alice.act("Answered.", "Delete");
    await page.getByRole("button", { name: "Delete for both" }).click();
    await expectNoViolations(alice, "messages that were answered, edited and deleted");
    for (const entry of ["Rename", "Disappearing messages", "Delete conversation", "Block"]) {
      await page.getByRole("button", { name: "Conversation menu" }).click();
      await expectNoViolations(alice, "the menu of a conversation");
      await page.getByRole("menuitem", { name: entry, exact: true }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await expectNoViolations(alice, `the dialog ${entry}`);
      if (entry === "Disappearing messages") await page.getByRole("radio", { name: "1 week" }).check();
      if (entry !== "Block") await page.keyboard.press("Escape");
    }
    await page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await expectNoViolations(alice, "somebody who is blocked");
  });

  test(`axe finds nothing before a locked account, and with the lock set ${size}`, async ({ people }) => {
    const alice = await people.join("alice", await people.anotherBrowser({ ...options, ...CALM }));
    const { page } = alice;
    await alice.choose("App lock");
    await page.getByLabel("New passphrase").fill("heron ledger umbrella");
    await page.getByLabel("Repeat it").fill("heron ledger umbrella");
    await page.getByRole("button", { name: "Set lock" }).click();
    await expect(page.getByLabel("Lock by itself")).toBeVisible();
    await expectNoViolations(alice, "the dialog of a lock that is set");
    await page.keyboard.press("Escape");
    await alice.choose("Lock now");
    await page.getByText("Forgot the passphrase?").click();
    await expectNoViolations(alice, "a locked account");
    await page.goto(`${alice.origin}/`);
    await page.getByRole("button", { name: "Restore from a backup" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectNoViolations(alice, "restoring from a backup");
  });
}
