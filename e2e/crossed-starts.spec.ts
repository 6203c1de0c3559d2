/** Alice and Bob start with each other at the same moment: two sessions are made, and nothing is lost. */

import { expect, proxiedTest as test } from "./fixtures/test.ts";
import { MailHold } from "./hostile/mail-hold.ts";

test("both start and write at once: both messages arrive on both sides, and the conversation goes on", async ({
  people,
  relayProxy,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob", await people.anotherBrowser());
  const hold = new MailHold(relayProxy);
  await Promise.all([alice.startConversation(bob), bob.startConversation(alice)]);
  await Promise.all([alice.send("Alice was first."), bob.send("No, Bob was.")]);
  await alice.expectStatus("Alice was first.", "Sent");
  await bob.expectStatus("No, Bob was.", "Sent");
  await expect.poll(() => hold.size, { message: "both messages are held back" }).toBe(2);
  await alice.expectMessages(bob, ["Alice was first."]);
  await bob.expectMessages(alice, ["No, Bob was."]);

  hold.release();
  await alice.expectMessages(bob, ["Alice was first.", "No, Bob was."]);
  await bob.expectMessages(alice, ["No, Bob was.", "Alice was first."]);
  await alice.expectStatus("Alice was first.", "Read");
  await bob.expectStatus("No, Bob was.", "Read");

  for (const round of [1, 2, 3]) {
    await alice.send(`Alice goes on, ${round}.`);
    await expect(bob.message(`Alice goes on, ${round}.`)).toHaveCount(1);
    await bob.send(`Bob goes on, ${round}.`);
    await expect(alice.message(`Bob goes on, ${round}.`)).toHaveCount(1);
  }
  await expect(alice.messages(bob)).toHaveCount(8);
  await expect(bob.messages(alice)).toHaveCount(8);
});

test("crossed starts with several messages each, delivered in the other order, lose nothing", async ({
  people,
  relayProxy,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob", await people.anotherBrowser());
  const hold = new MailHold(relayProxy);
  await Promise.all([alice.startConversation(bob), bob.startConversation(alice)]);
  const texts = ["Alice, one.", "Alice, two.", "Bob, one.", "Bob, two."];
  for (const text of texts) await (text.startsWith("Alice") ? alice : bob).send(text);
  await expect.poll(() => hold.size, { message: "all four are held back" }).toBe(4);

  hold.release({ reversed: true });
  await alice.expectMessagesInAnyOrder(bob, texts);
  await bob.expectMessagesInAnyOrder(alice, texts);
  await bob.send("And on.");
  await alice.expectMessagesInAnyOrder(bob, [...texts, "And on."]);
});
