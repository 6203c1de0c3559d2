/** A relay that goes on from an old copy of its database, under two people who have their pages open all the while. */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "./fixtures/test.ts";

test("last week's database under the relay shows nothing twice, and the conversation goes on", async ({
  people,
  relay,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("Before the copy.");
  await bob.openConversation(alice);
  await bob.send("Before it, too.");
  await alice.expectStatus("Before the copy.", "Read");
  await bob.expectStatus("Before it, too.", "Read");

  // Beside the folder's files, where the relay does not look.
  const copy = join(relay.dataFolder, "..", `${relay.port}-copy`);
  await relay.stop();
  await cp(relay.dataFolder, copy, { recursive: true });
  await relay.start();
  await alice.send("After the copy.");
  await alice.expectStatus("After the copy.", "Read");

  await relay.stop();
  await relay.wipe();
  await cp(copy, relay.dataFolder, { recursive: true });
  await rm(copy, { recursive: true });
  await relay.start();
  await alice.send("On the old database.");
  await alice.expectStatus("On the old database.", "Read");
  await bob.send("It goes on.");
  const texts = ["Before the copy.", "Before it, too.", "After the copy.", "On the old database.", "It goes on."];
  await alice.expectMessages(bob, texts);
  await bob.expectMessages(alice, texts);
  await expect(bob.log(alice)).not.toContainText("could not be opened");
  const carol = await people.join("carol");
  await carol.startConversation(bob);
  await carol.send("I am new here.");
  await bob.openConversation(carol);
  await bob.expectMessages(carol, ["I am new here."]);
});
