/** Bob is away while Alice writes: the relay keeps the mail, and the words beside it tell Alice how far it came. */
import { test } from "./fixtures/test.ts";

const TEN = Array.from({ length: 10 }, (_, index) => `Message ${String(index + 1).padStart(2, "0")} of ten.`);

test("ten messages to someone who is offline arrive once and in order when he returns", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await bob.leave();

  await alice.startConversation(bob);
  for (const text of TEN) await alice.send(text);
  for (const text of TEN) await alice.expectStatus(text, "Sent");

  await bob.open();
  for (const text of TEN) await alice.expectStatus(text, "Delivered");

  await bob.openConversation(alice);
  await bob.expectMessages(alice, TEN);
  for (const text of TEN) await alice.expectStatus(text, "Delivered");
  await bob.expectMessages(alice, TEN);
});

test("someone who returns can answer, and is answered", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob", await people.anotherBrowser());
  await alice.startConversation(bob);
  await alice.send("Call me when you are back.");
  await bob.openConversation(alice);
  await bob.send("Leaving now.");
  await alice.expectMessages(bob, ["Call me when you are back.", "Leaving now."]);

  await bob.leave();
  await alice.send("Still there?");
  await alice.expectStatus("Still there?", "Sent");
  await bob.open();
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Call me when you are back.", "Leaving now.", "Still there?"]);
  await bob.send("Back.");
  const all = ["Call me when you are back.", "Leaving now.", "Still there?", "Back."];
  await bob.expectMessages(alice, all);
  await alice.expectMessages(bob, all);
});
