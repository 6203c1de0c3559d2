/**
 * A relay that hands out wrong keys, as people see it: an alert, nothing kept, and an honest start that works. Every
 * forgery there is, is refused in web/engine/hostile-bundles.test.ts; here is one of each kind.
 */
import { type Bytes, concat } from "../relay/wire/bytes.ts";
import { identityChangeStatement } from "../relay/wire/key-statements.ts";
import { formatBundle } from "../relay/wire/keys.ts";
import { expect, proxiedTest as test } from "./fixtures/test.ts";
import { FORGED_BUNDLES, withForeignOneTimePrekey } from "./hostile/forged-bundles.ts";
import { fieldsOf, malloryIdentity, signature } from "./hostile/forging.ts";

const ONE_OF_EACH_KIND = [
  "a manifest that someone else signed",
  "a signed prekey that has expired",
  "version 1 in place of 2 under the old signature",
  "no last-resort KEM prekey",
  "another one-time KEM prekey under the old signature",
  "a one-time prekey of small order: all zeros",
  "something that is no bundle",
];

test("a forged bundle of any kind is refused with an alert, nothing is kept, and an honest start works", async ({
  people,
  relayProxy,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  for (const name of ONE_OF_EACH_KIND) {
    await test.step(name, async () => {
      const forgery = FORGED_BUNDLES[name];
      if (forgery === undefined) throw new Error(`there is no forgery called ${name}`);
      let handedOut = 0;
      relayProxy.follow({
        bundle: (honest) => {
          handedOut++;
          return forgery.forge(honest);
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

test("a one-time prekey of the relay's own makes mail that nobody can read, and it arrives all the same", async ({
  people,
  relayProxy,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  relayProxy.follow({ bundle: withForeignOneTimePrekey });
  await alice.startConversation(bob);
  relayProxy.beHonest();
  await alice.send("Nobody can read this one.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Nobody can read this one."]);
  await expect(bob.log(alice)).not.toContainText("could not be opened");
  await alice.expectStatus("Nobody can read this one.", "Delivered");
  await bob.send("I can.");
  await alice.expectMessages(bob, ["Nobody can read this one.", "I can."]);
});

test("a key change is not said to be confirmed by the earlier key when the relay alone says so", async ({
  people,
  relay,
  relayProxy,
}) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const earlier = await people.join("bob", await people.anotherBrowser());
  let previousIdentityKey: Bytes = new Uint8Array(32);
  relayProxy.follow({
    bundle: (bundle) => {
      for (const device of bundle.devices) previousIdentityKey = fieldsOf(device).identityKey;
    },
  });
  await alice.startConversation(earlier);
  await alice.send("Is this you?");
  await earlier.openConversation(alice);
  await earlier.send("It is.");
  await alice.expectMessages(earlier, ["Is this you?", "It is."]);
  await earlier.leave();
  expect(previousIdentityKey, "the relay has seen the earlier key").not.toEqual(new Uint8Array(32));

  await relay.resetName("bob");
  let handedOut = 0;
  relayProxy.follow({
    bundle: (bundle, username) => {
      handedOut++;
      const identityKeys = bundle.devices.map((device) => fieldsOf(device).identityKey);
      const statements = identityKeys.map((identityKey) =>
        identityChangeStatement({ username, previousIdentityKey, identityKey }),
      );
      const forged = signature(concat(...statements), malloryIdentity.secretKey);
      return formatBundle({ ...bundle, identityChange: { previousIdentityKey, signature: forged } });
    },
  });
  const bob = await people.join("bob", await people.anotherBrowser());
  await bob.startConversation(alice);
  const before = handedOut;
  await bob.send("It is me, believe the relay.");
  await expect(alice.message("It is me, believe the relay.")).toBeVisible();
  await expect.poll(() => handedOut, { message: "Alice asks for the new keys" }).toBeGreaterThan(before);
  await bob.send("Really.");
  await expect(alice.message("Really.")).toBeVisible();
  await expect(alice.keyChange(bob)).toBeVisible();
  await expect(alice.log(bob)).toContainText("Their identity key has changed.");
  await expect(alice.page.getByText(/earlier key confirms/)).toHaveCount(0);
  await expect(alice.sendButton).toBeDisabled();
});
