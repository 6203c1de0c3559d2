/** The relay goes away in the middle, and comes back with what it knew or with nothing. */
import { test } from "./fixtures/test.ts";

test("messages wait while the relay is gone, and go out once and in order when it is back", async ({
  people,
  relay,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("Before the cut.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Before the cut."]);
  await alice.expectStatus("Before the cut.", "Delivered");

  await relay.kill();
  await alice.expectConnection("Offline");
  await bob.expectConnection("Offline");
  const fromAlice = ["During the cut, one.", "During the cut, two.", "During the cut, three."];
  for (const text of fromAlice) await alice.send(text);
  await bob.send("Bob writes too.");
  for (const text of fromAlice) await alice.expectStatus(text, "Waiting");
  await bob.expectStatus("Bob writes too.", "Waiting");

  await relay.start();
  await alice.expectConnection("Online");
  await bob.expectConnection("Online");
  for (const text of fromAlice) await alice.expectStatus(text, "Read");
  await bob.expectStatus("Bob writes too.", "Read");
  await bob.expectMessages(alice, ["Before the cut.", "Bob writes too.", ...fromAlice]);
  await alice.expectMessages(bob, ["Before the cut.", ...fromAlice, "Bob writes too."]);
});

test("messages that wait survive a reload of the app", async ({ people, relay }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("First.");
  await alice.expectStatus("First.", "Delivered");

  await relay.kill();
  await alice.expectConnection("Offline");
  await alice.send("Second, written offline.");
  await alice.expectStatus("Second, written offline.", "Waiting");
  // The relay serves the app as well, so a tab is closed now and opened when it is back.
  await alice.leave();
  await relay.start();
  await alice.open();
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["First.", "Second, written offline."]);
});

test("mail that the relay had accepted is still there after it was killed", async ({ people, relay }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await bob.leave();
  await alice.startConversation(bob);
  await alice.send("Keep this for Bob.");
  await alice.expectStatus("Keep this for Bob.", "Sent");

  await relay.kill();
  await relay.start();
  await bob.open();
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Keep this for Bob."]);
});

test("a relay that lost everything gets the keys again from the devices, and messages go on", async ({
  people,
  relay,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("Before it forgot.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Before it forgot."]);
  await alice.expectStatus("Before it forgot.", "Delivered");

  await relay.kill();
  await relay.wipe();
  await relay.start();
  await alice.expectConnection("Online");
  await bob.expectConnection("Online");
  await alice.send("After it forgot.");
  await bob.send("All well here.");
  await alice.expectMessagesInAnyOrder(bob, ["Before it forgot.", "After it forgot.", "All well here."]);
  await bob.expectMessagesInAnyOrder(alice, ["Before it forgot.", "After it forgot.", "All well here."]);

  const carol = await people.join("carol");
  await carol.startConversation(bob);
  await carol.send("A newcomer finds Bob's keys.");
  await bob.openConversation(carol);
  await bob.expectMessages(carol, ["A newcomer finds Bob's keys."]);
});
