/** The code of ML-KEM comes apart from the rest; when it cannot be had the mail that needs it waits, and then arrives. */
import { expect, proxiedTest as test } from "./fixtures/test.ts";

test("a first message waits for code that could not be fetched, and is shown without a reload", async ({
  people,
  relayProxy,
}) => {
  const alice = await people.join("alice");
  // A browser that keeps the app's files has it.
  const bob = await people.join("bob", await people.anotherBrowser({ serviceWorkers: "block" }));
  await alice.startConversation(bob);
  // Registering has fetched it, and the browser keeps what is immutable.
  await (await bob.context.newCDPSession(bob.page)).send("Network.clearBrowserCache");
  await bob.leave();
  await alice.send("The one that waits.");
  await alice.expectStatus("The one that waits.", "Sent");

  const isMlKem = (path: string) => path.includes("/ml-kem-");
  relayProxy.follow({ request: ({ path }) => (isMlKem(path) ? "drop" : "forward") });
  await bob.open();
  await expect.poll(() => relayProxy.dropped.filter(({ path }) => isMlKem(path)).length).toBeGreaterThan(0);
  await expect(bob.entry(alice)).toBeHidden();

  relayProxy.beHonest();
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["The one that waits."]);
});
