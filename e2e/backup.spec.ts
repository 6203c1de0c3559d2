/** A backup: made in one browser, restored in another, and what either says of the other. */
import { readFile } from "node:fs/promises";
import type { Person } from "./fixtures/person.ts";
import { expect, test } from "./fixtures/test.ts";

const PASSPHRASE = "heron ledger umbrella bridge";

/** Makes a backup as a person does; resolves to the saved file. */
async function backUp(person: Person): Promise<{ readonly name: string; readonly path: string }> {
  await person.choose("Back up");
  const dialog = person.page.getByRole("dialog", { name: "Back up" });
  await dialog.getByLabel("Passphrase of the backup").fill(PASSPHRASE);
  await dialog.getByLabel("Repeat it").fill(PASSPHRASE);
  const download = person.page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Make a backup" }).click();
  const saved = await download;
  await expect(dialog.getByRole("status")).toContainText(`It is saved as ${saved.suggestedFilename()}.`);
  await dialog.getByRole("button", { name: "Close" }).click();
  return { name: saved.suggestedFilename(), path: await saved.path() };
}

async function restore(person: Person, file: Buffer, passphrase: string): Promise<void> {
  const dialog = person.page.getByRole("dialog", { name: "Restore from a backup" });
  if (!(await dialog.isVisible())) {
    await person.page.getByRole("button", { name: "Restore from a backup" }).click();
  }
  await dialog
    .getByLabel("Backup file")
    .setInputFiles({ name: "a.sotto", mimeType: "application/octet-stream", buffer: file });
  await dialog.getByLabel("Its passphrase, or the twelve words").fill(passphrase);
  await dialog.getByRole("button", { name: "Restore", exact: true }).click();
}

test("an account goes on in another browser, and the first one says that it does", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob", await people.anotherBrowser());
  await alice.startConversation(bob);
  await alice.send("One.");
  await bob.openConversation(alice);
  await bob.send("Two.");
  await alice.expectMessages(bob, ["One.", "Two."]);
  const { name, path } = await backUp(bob);
  expect(name).toMatch(/^sotto-bob-\d{4}-\d\d-\d\d\.sotto$/);
  await bob.choose("Key health");
  await expect(bob.page.getByRole("dialog", { name: "Key health" })).toContainText("Last backupMade today.");
  await bob.page.keyboard.press("Escape");

  const file = await readFile(path);
  const second = await people.person("bob", await people.anotherBrowser());
  await second.open(`${second.origin}/`);
  await restore(second, file, PASSPHRASE);
  await expect(second.page).toHaveURL(/\/u\/bob$/);
  await second.expectConnection("Online");
  await second.openConversation(alice);
  await second.expectMessages(alice, ["One.", "Two."]);
  await second.send("Three.");
  await alice.expectMessages(bob, ["One.", "Two.", "Three."]);
  await alice.send("Four.");
  await second.expectMessages(alice, ["One.", "Two.", "Three.", "Four."]);

  await bob.reload();
  await expect(bob.alert.filter({ hasText: "restored from a backup on another device" })).toBeVisible();
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["One.", "Two."]);
});

test("a file that is none, altered, cut off or of another passphrase is refused, and nothing is touched", async ({
  people,
}) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const { path } = await backUp(alice);
  const file = await readFile(path);
  const other = await people.person("alice", await people.anotherBrowser());
  await other.open(`${other.origin}/`);
  const alert = other.page.getByRole("dialog").getByRole("alert");

  await restore(other, Buffer.from("no backup at all"), PASSPHRASE);
  await expect(alert).toContainText("no backup of Sotto");
  await restore(other, file, "another passphrase");
  await expect(alert).toContainText("does not open with this passphrase");
  await restore(other, file.subarray(0, -20), PASSPHRASE);
  await expect(alert).toContainText(/does not open|damaged/);
  const altered = Buffer.from(file);
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
  await restore(other, altered, PASSPHRASE);
  await expect(alert).toContainText(/does not open|damaged/);
  await other.reload();
  await expect(other.page.getByRole("link", { name: "alice" })).toHaveCount(0);
  await restore(other, file, PASSPHRASE);
  await other.expectConnection("Online");

  await other.page.goto(`${other.origin}/`);
  await restore(other, file, PASSPHRASE);
  await expect(alert).toContainText("in this browser already");
});

test("twelve words that the app makes open it, however they are typed, and a mistyped one is named", async ({
  people,
}) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  await alice.choose("Back up");
  const dialog = alice.page.getByRole("dialog", { name: "Back up" });
  await dialog.getByRole("button", { name: "Make twelve words for me" }).click();
  const words = await dialog.getByRole("list", { name: "Your twelve words" }).getByRole("listitem").allInnerTexts();
  expect(words).toHaveLength(12);
  await dialog.getByLabel("Type them from your paper").fill("not these");
  await dialog.getByRole("button", { name: "Make a backup" }).click();
  await expect(dialog.getByRole("alert")).toContainText("not the twelve words");
  await dialog.getByLabel("Type them from your paper").fill(words.join(" "));
  const download = alice.page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Make a backup" }).click();
  const file = await readFile(await (await download).path());

  const second = await people.person("alice", await people.anotherBrowser());
  await second.open(`${second.origin}/`);
  await restore(second, file, ["zzzz", ...words.slice(1)].join(" "));
  await expect(second.page.getByRole("dialog").getByRole("alert")).toContainText("Not a word of the list: zzzz.");
  await restore(second, file, ` ${words.join("  ").toUpperCase()} `);
  await second.expectConnection("Online");
});
