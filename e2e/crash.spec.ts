/** A browser that ends between receiving and acknowledging: the relay still holds the mail, and it is shown once. */
import { crashBrowser } from "./fixtures/people.ts";
import { expect, proxiedTest as test } from "./fixtures/test.ts";

test("a crash between receiving and acknowledging shows the message once", async ({ people, relayProxy }) => {
  const profile = await people.newProfile();
  const alice = await people.join("alice");
  const bob = await people.join("bob", await people.ownBrowser(profile));
  await bob.leave();
  await alice.startConversation(bob);
  await alice.send("You will see this once.");
  await alice.expectStatus("You will see this once.", "Sent");

  const acknowledgement = "/api/acknowledge/bob";
  relayProxy.follow({ request: ({ path }) => (path === acknowledgement ? "drop" : "forward") });
  await bob.open();
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["You will see this once."]);
  await expect.poll(() => relayProxy.dropped.length, { message: "Bob's engine acknowledges" }).toBeGreaterThan(0);
  await crashBrowser(bob.context);

  relayProxy.beHonest();
  const bobAgain = bob.inBrowser(await people.ownBrowser(profile));
  await bobAgain.open();
  await bobAgain.openConversation(alice);
  await expect
    .poll(() => relayProxy.answered.filter(({ path, status }) => path === acknowledgement && status === 200).length, {
      message: "the repeated envelope is acknowledged",
    })
    .toBeGreaterThan(0);
  await bobAgain.expectMessages(alice, ["You will see this once."]);
  await alice.expectStatus("You will see this once.", "Delivered");

  await bobAgain.send("Seen, once.");
  await alice.expectMessages(bob, ["You will see this once.", "Seen, once."]);
});

test("a crash right after writing loses nothing that was shown as written, and sends it once", async ({
  people,
  relayProxy,
}) => {
  const profile = await people.newProfile();
  const alice = await people.join("alice", await people.ownBrowser(profile));
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  relayProxy.follow({ request: ({ path }) => (path === "/api/send" ? "drop" : "forward") });
  await alice.send("Written just before the cut.");
  await alice.expectStatus("Written just before the cut.", "Waiting");
  await crashBrowser(alice.context);

  relayProxy.beHonest();
  const aliceAgain = alice.inBrowser(await people.ownBrowser(profile));
  await aliceAgain.open();
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Written just before the cut."]);
  await aliceAgain.openConversation(bob);
  await aliceAgain.expectStatus("Written just before the cut.", "Delivered");
});

test("an answer to a send that is lost on the way leads to one message, not two", async ({ people, relayProxy }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  let lost = 0;
  relayProxy.follow({ response: ({ path }) => (path === "/api/send" && lost++ < 2 ? "drop" : "forward") });
  await alice.send("Sent three times, arrives once.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Sent three times, arrives once."]);
  await alice.expectStatus("Sent three times, arrives once.", "Delivered");
  await alice.send("And the next one.");
  await bob.expectMessages(alice, ["Sent three times, arrives once.", "And the next one."]);
  expect(lost).toBeGreaterThan(1);
});
