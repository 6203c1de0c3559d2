/** Bob loses his device and begins anew under the same name: what Alice is told, what she can do, and what waits. */
import type { People } from "./fixtures/people.ts";
import type { Person } from "./fixtures/person.ts";
import type { RelayProcess } from "./fixtures/relay-process.ts";
import { expect, test } from "./fixtures/test.ts";

const ANEW = "It is me, on a new phone.";

interface Scene {
  readonly alice: Person;
  /** Bob in his new browser. */
  readonly bob: Person;
}

/** Alice, who had verified Bob, has his conversation open when he writes to her under another key. */
async function bobBeginsAnew(people: People, relay: RelayProcess): Promise<Scene> {
  const alice = await people.join("alice", await people.anotherBrowser());
  const earlier = await people.join("bob", await people.anotherBrowser());
  await alice.startConversation(earlier);
  await alice.send("Is this you?");
  await earlier.openConversation(alice);
  await earlier.send("It is.");
  await alice.expectMessages(earlier, ["Is this you?", "It is."]);
  await alice.openVerifyDialog(earlier);
  await alice.page.getByRole("button", { name: "Mark as verified" }).click();
  await expect(alice.verifyDialog(earlier).getByRole("status")).toContainText("Verified");
  await alice.closeVerifyDialog(earlier);
  await alice.expectVerified(earlier, true);
  await earlier.leave();

  await relay.resetName("bob");
  const bob = await people.join("bob", await people.anotherBrowser());
  await bob.startConversation(alice);
  await bob.send(ANEW);
  await expect(alice.message(ANEW)).toBeVisible();
  return { alice, bob };
}

test("Alice is warned of the new key, accepts it, and the two go on", async ({ people, relay }) => {
  const { alice, bob } = await bobBeginsAnew(people, relay);

  await test.step("she sees the warning above his message, and he is no longer verified", async () => {
    await alice.expectVerified(bob, false);
    await expect(alice.entry(bob)).toHaveAccessibleName(/^bob key changed,/);
    await expect(alice.keyChange(bob)).toContainText("You had verified the earlier key; that no longer holds.");
    await expect(alice.log(bob)).toContainText(/Their identity key has changed\..*It is me, on a new phone\./s);
  });
  await test.step("she cannot send, and is told why; what she wrote stays", async () => {
    await alice.messageBox.fill("Welcome back.");
    await expect(alice.sendButton).toBeDisabled();
    await expect(alice.sendButton).toHaveAccessibleDescription(/until you decide about the new key/);
    await alice.messageBox.press("Enter");
    await expect(alice.messageBox).toHaveValue("Welcome back.");
    await alice.reload();
    await expect(alice.keyChange(bob)).toBeVisible();
    await expect(alice.sendButton).toBeDisabled();
    await alice.expectMessages(bob, ["Is this you?", "It is.", ANEW]);
  });
  await test.step("he is given no receipt while she has not decided", async () => {
    await bob.expectStatus(ANEW, "Sent");
  });
  await test.step("the numbers she compares are those of the new key", async () => {
    await alice.keyChange(bob).getByRole("button", { name: "Compare safety numbers" }).click();
    await expect(alice.verifyDialog(bob)).toContainText("They are the digits of the new key");
    await bob.openVerifyDialog(alice);
    const digits = await bob.readDigits(alice);
    await expect.poll(() => alice.readDigits(bob)).toBe(digits);
    await bob.closeVerifyDialog(alice);
    await alice.closeVerifyDialog(bob);
    await bob.expectStatus(ANEW, "Sent");
  });
  await test.step("once she accepts, both can write, and his message is delivered and read", async () => {
    await alice.keyChange(bob).getByRole("button", { name: "Accept the new key" }).click();
    await expect(alice.keyChange(bob)).toHaveCount(0);
    await expect(alice.messageBox).toBeFocused();
    await alice.expectVerified(bob, false);
    await expect(alice.identityButton).toHaveText("Verify");
    await bob.expectStatus(ANEW, "Read");
    await alice.send("Good to see you.");
    await bob.expectMessages(alice, [ANEW, "Good to see you."]);
    await bob.send("Likewise.");
    await alice.expectMessages(bob, ["Is this you?", "It is.", ANEW, "Good to see you.", "Likewise."]);
    await alice.expectStatus("Good to see you.", "Read");
  });
});

test("a picture of the new key's code accepts it and verifies it at once", async ({ people, relay }) => {
  const { alice, bob } = await bobBeginsAnew(people, relay);
  await alice.keyChange(bob).getByRole("button", { name: "Compare safety numbers" }).click();
  await bob.openVerifyDialog(alice);
  await alice.usePicture(await bob.ownCode(alice).screenshot());
  await expect(alice.verifyDialog(bob).getByRole("status")).toContainText("Verified");
  await alice.closeVerifyDialog(bob);
  await expect(alice.keyChange(bob)).toHaveCount(0);
  await alice.expectVerified(bob, true);
  await bob.closeVerifyDialog(alice);
  await alice.send("Good to see you.");
  await expect(bob.message("Good to see you.")).toBeVisible();
});

test("Alice keeps the earlier key: the warning goes, and nothing she writes reaches the new one", async ({
  people,
  relay,
}) => {
  const { alice, bob } = await bobBeginsAnew(people, relay);
  await alice.keyChange(bob).getByRole("button", { name: "Keep the earlier key" }).click();
  await expect(alice.keyChange(bob)).toHaveCount(0);
  await expect(alice.log(bob)).toContainText("You kept their earlier key.");
  await alice.expectVerified(bob, true);
  await expect(alice.sendButton).toBeEnabled();
  // Word that she is writing would not open there either, and be counted.
  await alice.writeUnseen();
  await alice.send("Only for the Bob I know.");
  await expect(bob.log(alice)).toContainText("1 message from alice could not be opened");
  await bob.send("Do you get this?");
  await bob.expectStatus("Do you get this?", "Sent");
  await bob.expectMessages(alice, [ANEW, "Do you get this?"]);
  await bob.expectStatus(ANEW, "Sent");
  // By then she has been given everything that waited for her.
  await alice.reload();
  await alice.expectConnection("Online");
  await alice.expectMessages(bob, ["Is this you?", "It is.", ANEW, "Only for the Bob I know."]);
});

test("keys that Bob renews are confirmed by his earlier key, and the two go on once Alice accepts", async ({
  people,
}) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob", await people.anotherBrowser());
  await alice.startConversation(bob);
  await alice.send("Is all well?");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Is all well?"]);

  await bob.page.getByRole("button", { name: "Account menu" }).click();
  await bob.page.getByRole("menuitem", { name: "Renew keys" }).click();
  const dialog = bob.page.getByRole("dialog", { name: "Renew keys" });
  await dialog.getByRole("button", { name: "Renew keys" }).click();
  await expect(dialog.getByRole("status")).toContainText("Your keys are new.");
  await dialog.getByRole("button", { name: "Close" }).click();
  await bob.expectConnection("Online");
  await bob.send("My old laptop was stolen.");

  await expect(alice.keyChange(bob)).toContainText("Their earlier key confirms the new one.");
  await alice.expectMessages(bob, ["Is all well?", "My old laptop was stolen."]);
  await bob.expectStatus("My old laptop was stolen.", "Sent");
  await alice.keyChange(bob).getByRole("button", { name: "Accept the new key" }).click();
  await alice.send("Sorry to hear that.");
  await bob.expectMessages(alice, ["Is all well?", "My old laptop was stolen.", "Sorry to hear that."]);
  await bob.expectStatus("My old laptop was stolen.", "Read");
});
