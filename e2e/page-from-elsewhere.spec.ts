/** The page comes from an origin that the relay cannot write, and uses a relay that allows that origin. */
import { AppElsewhere } from "./fixtures/app-elsewhere.ts";
import { test as base, expect } from "./fixtures/test.ts";

const test = base.extend<{ readonly app: AppElsewhere }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern.
  app: async ({}, use) => {
    const app = await AppElsewhere.open();
    await use(app);
    await app.close();
  },
  relayEnvironment: async ({ app }, use) => {
    await use({ RELAY_ALLOWED_ORIGINS: app.origin });
  },
  origin: async ({ app, relay }, use) => {
    app.nameRelay(relay.origin);
    await use(app.origin);
  },
});

test("Alice and Bob talk over a relay that does not serve their page", async ({ people, relay, origin }) => {
  expect(origin).not.toBe(relay.origin);
  const [alice, bob] = [await people.join("alice"), await people.join("bob")];
  await alice.startConversation(bob);
  await alice.send("The page is mine, the relay is yours.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["The page is mine, the relay is yours."]);
  await alice.expectStatus("The page is mine, the relay is yours.", "Delivered");

  await relay.stop();
  await bob.expectConnection("Offline");
  await bob.send("Written while it was away.");
  await relay.start();
  await alice.expectMessages(bob, ["The page is mine, the relay is yours.", "Written while it was away."]);
  await alice.reload();
  await alice.expectConnection("Online");
  await expect(alice.page).toHaveURL(new RegExp(`^${origin}/u/alice`));
});

test("a page from an origin that the relay does not allow makes no account", async ({ people, relay }) => {
  const other = await AppElsewhere.open();
  try {
    other.nameRelay(relay.origin);
    const mallory = await people.person("mallory");
    await mallory.open(`${other.origin}/`);
    await mallory.page.getByRole("textbox", { name: "Username" }).fill("mallory");
    await mallory.page.getByRole("button", { name: "Create account" }).click();
    await expect(mallory.alert).toBeVisible();
    await expect(mallory.page).toHaveURL(`${other.origin}/`);
  } finally {
    await people.goHome();
    await other.close();
  }
});
