/** A relay that alters mail, repeats it, redirects it: nothing wrong is ever shown, and the next honest message arrives. */
import type { ReceivedEnvelope } from "../relay/wire/mail.ts";
import { expect, proxiedTest as test } from "./fixtures/test.ts";
import { alteredEnvelopes, withOtherId } from "./hostile/altered-envelopes.ts";
import { MailHold } from "./hostile/mail-hold.ts";

/** Mail from one person to another; receipts of the other way are left alone. */
function isMail(envelope: ReceivedEnvelope, recipient: string, from: string, to: string): boolean {
  return envelope.from === from && recipient === to;
}

test("a first message altered anywhere is refused, and changes nothing for the honest one", async ({
  people,
  relayProxy,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  let altered = 0;
  relayProxy.follow({
    mail: (envelope, recipient) => {
      if (!isMail(envelope, recipient, "alice", "bob")) return [envelope];
      const mutants = alteredEnvelopes(envelope);
      altered += mutants.length;
      return [...mutants, envelope];
    },
  });
  await alice.send("The only true one.");
  await expect(bob.entry(alice)).toBeVisible();
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["The only true one."]);
  expect(altered).toBeGreaterThan(100);

  relayProxy.beHonest();
  await bob.send("It arrived.");
  await alice.expectMessages(bob, ["The only true one.", "It arrived."]);
  await alice.send("And the next one.");
  await bob.expectMessages(alice, ["The only true one.", "It arrived.", "And the next one."]);
});

test("a later message altered anywhere is refused, and changes nothing for the honest one", async ({
  people,
  relayProxy,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("One.");
  await bob.openConversation(alice);
  await bob.send("Two.");
  await alice.expectMessages(bob, ["One.", "Two."]);
  relayProxy.follow({
    mail: (envelope, recipient) =>
      isMail(envelope, recipient, "alice", "bob") ? [...alteredEnvelopes(envelope), envelope] : [envelope],
  });
  await alice.send("Three.");
  await bob.expectMessages(alice, ["One.", "Two.", "Three."]);

  relayProxy.beHonest();
  await bob.send("Four.");
  await alice.expectMessages(bob, ["One.", "Two.", "Three.", "Four."]);
  await alice.send("Five.");
  await bob.expectMessages(alice, ["One.", "Two.", "Three.", "Four.", "Five."]);
});

test("a message altered on its way is never shown; a card says so, and the next one arrives", async ({
  people,
  relayProxy,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("One.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["One."]);
  // Word that she is writing would be altered as well, and counted.
  await alice.writeUnseen();
  relayProxy.follow({
    mail: (envelope, recipient) =>
      isMail(envelope, recipient, "alice", "bob") ? alteredEnvelopes(envelope).slice(-1) : [envelope],
  });
  await alice.send("Destroyed on the way.");
  await expect(bob.log(alice)).toContainText(
    "1 message from alice could not be opened: what arrived was altered on the way, or is not from them.",
  );
  await bob.expectMessages(alice, ["One."]);

  relayProxy.beHonest();
  await alice.send("Let through.");
  await bob.expectMessages(alice, ["One.", "Let through."]);
  await alice.expectStatus("Let through.", "Delivered");
  await alice.expectStatus("Destroyed on the way.", "Sent");
  // What Alice's device never sent, it cannot send again: the two have to be told.
  await expect(bob.log(alice)).toContainText("Ask alice to send it again.");
});

test("envelopes that are repeated, under their own ids and others, are shown once", async ({ people, relayProxy }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  const kept: ReceivedEnvelope[] = [];
  relayProxy.follow({
    mail: (envelope, recipient) => {
      if (!isMail(envelope, recipient, "alice", "bob")) return [envelope];
      kept.push(envelope);
      return [envelope, envelope, withOtherId(envelope, 1), withOtherId(envelope, 2), envelope];
    },
  });
  await alice.startConversation(bob);
  await alice.send("Repeated, one.");
  await bob.openConversation(alice);
  await bob.send("Once here.");
  await expect(alice.messages(bob)).toHaveCount(2);
  await alice.send("Repeated, two.");
  await bob.expectMessages(alice, ["Repeated, one.", "Once here.", "Repeated, two."]);

  relayProxy.beHonest();
  for (const [index, envelope] of kept.entries()) {
    relayProxy.push("bob", envelope);
    relayProxy.push("bob", withOtherId(envelope, 10 + index));
  }
  await alice.send("The next honest one.");
  await bob.expectMessages(alice, ["Repeated, one.", "Once here.", "Repeated, two.", "The next honest one."]);
  await bob.reload();
  for (const envelope of kept) relayProxy.push("bob", envelope);
  await alice.send("After a reload.");
  await expect(bob.message("After a reload.")).toHaveCount(1);
  await expect(bob.messages(alice)).toHaveCount(5);
});

test("envelopes in reverse order all arrive, once", async ({ people, relayProxy }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  const hold = new MailHold(relayProxy);
  await alice.startConversation(bob);
  const texts = ["Reversed, one.", "Reversed, two.", "Reversed, three.", "Reversed, four."];
  for (const text of texts) await alice.send(text);
  await expect.poll(() => hold.size, { message: "all of them are held back" }).toBe(texts.length);

  hold.release({ reversed: true });
  await bob.openConversation(alice);
  await bob.expectMessagesInAnyOrder(alice, texts);
  await bob.send("All four.");
  await alice.expectMessages(bob, [...texts, "All four."]);
});

test("a message under another sender's name is shown as nobody's", async ({ people, relayProxy }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  const carol = await people.join("carol");
  await carol.startConversation(bob);
  await carol.send("I am Carol.");
  await bob.openConversation(carol);
  await bob.send("Hello Carol.");
  await carol.expectMessages(bob, ["I am Carol.", "Hello Carol."]);

  await alice.startConversation(bob);
  relayProxy.follow({
    mail: (envelope, recipient) =>
      isMail(envelope, recipient, "alice", "bob")
        ? [{ ...withOtherId(envelope, 1), from: "carol" }, { ...withOtherId(envelope, 2), from: "mallory" }, envelope]
        : [envelope],
  });
  await alice.send("I am Alice.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["I am Alice."]);
  await bob.openConversation(carol);
  await bob.expectMessages(carol, ["I am Carol.", "Hello Carol."]);
  await expect(bob.log(carol)).toContainText("1 message from carol could not be opened");
  await expect(bob.entry({ username: "mallory" })).toHaveCount(0);

  relayProxy.beHonest();
  await carol.send("Still Carol.");
  await bob.expectMessages(carol, ["I am Carol.", "Hello Carol.", "Still Carol."]);
});

test("a message redirected to someone else, or reflected, is shown to nobody but its recipient", async ({
  people,
  relayProxy,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  const carol = await people.join("carol");
  await alice.startConversation(carol);
  await alice.send("For Carol.");
  await carol.openConversation(alice);
  await carol.send("For Alice.");
  await alice.expectMessages(carol, ["For Carol.", "For Alice."]);

  await alice.startConversation(bob);
  relayProxy.follow({
    mail: (envelope, recipient) => {
      if (isMail(envelope, recipient, "alice", "bob")) {
        relayProxy.push("carol", envelope);
        relayProxy.push("alice", envelope);
        relayProxy.push("alice", { ...envelope, from: "bob" });
      }
      return [envelope];
    },
  });
  await alice.send("For Bob alone.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["For Bob alone."]);

  relayProxy.beHonest();
  await carol.send("Carol goes on.");
  await bob.send("Bob goes on.");
  await alice.expectMessages(bob, ["For Bob alone.", "Bob goes on."]);
  await alice.openConversation(carol);
  await alice.expectMessages(carol, ["For Carol.", "For Alice.", "Carol goes on."]);
  await carol.expectMessages(alice, ["For Carol.", "For Alice.", "Carol goes on."]);
});
