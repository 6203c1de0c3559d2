/** A relay that hands out wrong keys: each is refused with an alert, nothing is kept, and an honest start works. */
import { expect, proxiedTest as test } from "./fixtures/test.ts";
import { FORGED_BUNDLES, withForeignOneTimePrekey } from "./hostile/forged-bundles.ts";

test("every forged bundle is refused with an alert, nothing is kept, and an honest start works", async ({
  people,
  relayProxy,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  for (const [name, forge] of Object.entries(FORGED_BUNDLES)) {
    await test.step(name, async () => {
      let handedOut = 0;
      relayProxy.follow({
        bundle: (honest) => {
          handedOut++;
          return forge(honest);
        },
      });
      await alice.tryToStart("bob");
      await expect.poll(() => handedOut, { message: "the forged bundle is handed out" }).toBeGreaterThan(0);
      await expect(alice.alert).toContainText(/do not verify|refused/i);
      await expect(alice.log(bob)).toHaveCount(0);
      await expect(alice.entry(bob)).toHaveCount(0);
      // Typing again takes the alert away, so that the next one is seen to be new.
      await alice.page.getByRole("textbox", { name: "Start a conversation" }).fill("");
      await expect(alice.alert).toHaveCount(0);
    });
  }

  await alice.reload();
  await expect(alice.entry(bob)).toHaveCount(0);
  relayProxy.beHonest();
  await alice.startConversation(bob);
  await expect(alice.alert).toHaveCount(0);
  await alice.send("These keys are yours.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["These keys are yours."]);
  await bob.send("They are.");
  await alice.expectMessages(bob, ["These keys are yours.", "They are."]);
});

test("a one-time prekey of the relay's own makes unreadable mail, not readable mail, and Bob's answer mends it", async ({
  people,
  relayProxy,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  relayProxy.follow({ bundle: withForeignOneTimePrekey });
  await alice.startConversation(bob);
  relayProxy.beHonest();
  await alice.send("Nobody can read this one.");
  await alice.expectStatus("Nobody can read this one.", "Sent");

  // Of two sessions begun in the same second either may win; Bob answers later than that.
  const second = Math.floor(Date.now() / 1000);
  await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(second);
  await bob.startConversation(alice);
  await expect(bob.messages(alice)).toHaveCount(0);
  await bob.send("I could not read that.");
  await alice.expectMessages(bob, ["Nobody can read this one.", "I could not read that."]);
  await alice.send("Then once more.");
  await expect(bob.message("Then once more.")).toHaveCount(1);
  await bob.expectMessages(alice, ["I could not read that.", "Then once more."]);
});
