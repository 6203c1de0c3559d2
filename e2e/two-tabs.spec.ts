/** Alice and Bob talk: in two tabs of one browser, and in two browsers. */
import type { Person } from "./fixtures/person.ts";
import { test } from "./fixtures/test.ts";

async function talk(alice: Person, bob: Person): Promise<void> {
  await alice.startConversation(bob);
  await alice.send("Hello Bob, can you read this?");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Hello Bob, can you read this?"]);
  // What Bob has read he tells only to people he has answered.
  await alice.expectStatus("Hello Bob, can you read this?", "Delivered");

  await bob.send("Loud and clear.");
  await alice.expectStatus("Hello Bob, can you read this?", "Read");
  await alice.expectMessages(bob, ["Hello Bob, can you read this?", "Loud and clear."]);
  await alice.send("And nobody in between?");
  const all = ["Hello Bob, can you read this?", "Loud and clear.", "And nobody in between?"];
  await bob.expectMessages(alice, all);
  await bob.send("Nobody.");
  all.push("Nobody.");
  await alice.expectMessages(bob, all);
  await bob.expectMessages(alice, all);
}

test("two tabs of one browser talk as Alice and Bob, in both directions", async ({ people }) => {
  await talk(await people.join("alice"), await people.join("bob"));
});

test("two browsers talk as Alice and Bob, in both directions", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob", await people.anotherBrowser());
  await talk(alice, bob);
});

test("one person talks with two others, and each sees only what is theirs", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  const carol = await people.join("carol");
  await alice.startConversation(bob);
  await alice.send("This is for Bob.");
  await alice.startConversation(carol);
  await alice.send("This is for Carol.");

  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["This is for Bob."]);
  await carol.openConversation(alice);
  await carol.expectMessages(alice, ["This is for Carol."]);
  await alice.expectMessages(carol, ["This is for Carol."]);
  await alice.openConversation(bob);
  await alice.expectMessages(bob, ["This is for Bob."]);
});

test("a message of several lines and scripts arrives as it was written, and as text only", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  const written = "<img src=x onerror=alert(1)> & \u202Eevil\u202C שלום 👋🏽";
  await alice.send(written);
  await bob.openConversation(alice);
  await bob.expectMessages(alice, [written]);
});
