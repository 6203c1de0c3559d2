/** A device whose clock is a year off, ahead or behind: mail goes on, new conversations wait, and then all is well. */
import { shiftClock } from "./fixtures/clock.ts";
import type { Person } from "./fixtures/person.ts";
import { expect, proxiedTest as test } from "./fixtures/test.ts";

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/** Nobody of that name is talked with, and it is said what to look at. */
async function expectClockBlamed(person: Person, peer: Person): Promise<void> {
  await person.tryToStart(peer.username);
  await expect(person.page.getByRole("alert").filter({ hasText: "Check the date and time here" })).toBeVisible();
  await expect(person.entry(peer)).toHaveCount(0);
}

for (const [name, milliseconds] of [
  ["ahead", YEAR_MS],
  ["behind", -YEAR_MS],
] as const) {
  test(`a clock a year ${name} loses nothing and shows nothing twice`, async ({ people, relayProxy }) => {
    let off = 0;
    relayProxy.follow({ workerPrelude: () => `(${shiftClock})(${off})` });
    const alice = await people.join("alice", await people.anotherBrowser({ serviceWorkers: "block" }));
    const bob = await people.join("bob");
    const carol = await people.join("carol");
    await alice.startConversation(bob);
    await alice.send("By the right clock.");
    await bob.openConversation(alice);
    await bob.expectMessages(alice, ["By the right clock."]);
    await alice.leave();
    await bob.send("While you were away.");

    off = milliseconds;
    await alice.context.addInitScript(shiftClock, milliseconds);
    await alice.open();
    await alice.openConversation(bob);
    await alice.expectMessages(bob, ["By the right clock.", "While you were away."]);
    expect(Math.abs((await alice.page.evaluate(() => Date.now())) - Date.now())).toBeGreaterThan(YEAR_MS / 2);
    await alice.send("By the wrong clock.");
    await bob.expectMessages(alice, ["By the right clock.", "While you were away.", "By the wrong clock."]);
    await bob.send("I read you.");
    await alice.expectStatus("By the wrong clock.", "Read");
    await alice.reload();
    const before = ["By the right clock.", "While you were away.", "By the wrong clock.", "I read you."];
    await alice.expectMessages(bob, before);
    // Nobody's keys are fresh by that clock, nor are Alice's by anybody else's.
    await expectClockBlamed(alice, carol);
    await expectClockBlamed(carol, alice);
    await alice.leave();

    off = 0;
    await alice.context.addInitScript(shiftClock, -milliseconds);
    await alice.open();
    await alice.expectConnection("Online");
    await expect(async () => {
      await carol.tryToStart("alice");
      await expect(carol.log(alice)).toBeVisible({ timeout: 3_000 });
    }).toPass();
    await carol.send("There you are.");
    await alice.openConversation(carol);
    await alice.expectMessages(carol, ["There you are."]);
    await alice.openConversation(bob);
    await alice.expectMessages(bob, before);
    await alice.send("The clock is right again.");
    await bob.expectMessages(alice, [...before, "The clock is right again."]);
    await alice.expectStatus("The clock is right again.", "Read");
  });
}
