/** The app's files on the device: it opens without the relay, and a new version waits until it is asked for. */
import type { Page } from "@playwright/test";
import { AppElsewhere } from "./fixtures/app-elsewhere.ts";
import { expect, test } from "./fixtures/test.ts";

/** Waits until the files are kept: from then on the page is served from the device. */
async function expectKept(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state)).toBe("activated");
}

test("the app opens while nothing can be reached, and what is written then goes out later", async ({
  people,
  relay,
}) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("Before.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Before."]);
  await expectKept(alice.page);

  await relay.stop();
  await alice.leave();
  await alice.open();
  await alice.expectConnection("Offline");
  await alice.openConversation(bob);
  await alice.expectMessages(bob, ["Before."]);
  await alice.send("Written with nothing there.");
  await alice.expectStatus("Written with nothing there.", "Waiting");
  // Parts that load later are there, too.
  await alice.choose("Key health");
  await expect(alice.page.getByRole("dialog", { name: "Key health" })).toBeVisible();
  await alice.page.keyboard.press("Escape");
  const elsewhere = await alice.context.newPage();
  await elsewhere.goto(`${alice.origin}/`);
  await expect(elsewhere.getByRole("link", { name: "alice" })).toBeVisible();

  await relay.start();
  await alice.expectStatus("Written with nothing there.", /Delivered|Read/);
  await bob.expectMessages(alice, ["Before.", "Written with nothing there."]);
});

test("what goes to the relay's API is never kept", async ({ people, relay }) => {
  const alice = await people.join("alice");
  await expectKept(alice.page);
  const kept = await alice.page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
    }
    return paths;
  });
  expect(kept).toContain("/");
  expect(kept.filter((path) => /^\/(api|ready)/.test(path))).toEqual([]);
  expect(await alice.page.evaluate(async () => (await fetch("/ready")).status)).toBe(200);
  await relay.stop();
  const refused = alice.page.evaluate(() =>
    fetch("/ready").then(
      () => "answered",
      () => "refused",
    ),
  );
  expect(await refused).toBe("refused");
});

const versioned = test.extend<{ readonly app: AppElsewhere }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern.
  app: async ({}, use) => {
    const app = await AppElsewhere.open();
    app.release("0000000000000001");
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

/** Which version of the page is shown; none while another one comes. */
const shown = (page: Page) =>
  page
    .evaluate(() => /<!-- (\d+) -->/.exec(new XMLSerializer().serializeToString(document))?.[1])
    .catch(() => undefined);

versioned("a new version is announced, and comes in when it is asked for, in every tab", async ({ people, app }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send("Before the new version.");
  await expectKept(alice.page);
  const second = await alice.context.newPage();
  await second.goto(alice.address);
  await expect(second.getByRole("status", { name: "Connection" })).toHaveText("Online");
  expect(await shown(alice.page)).toBe("0000000000000001");

  app.release("0000000000000002");
  await alice.reload();
  await alice.expectConnection("Online");
  const notice = alice.page.getByText("A new version of Sotto is ready.");
  await expect(notice).toBeVisible();
  expect(await shown(alice.page)).toBe("0000000000000001");
  await alice.messageBox.fill("In the middle of a sentence");
  await alice.page.getByRole("button", { name: "Later" }).click();
  await expect(notice).toBeHidden();

  await expect(second.getByText("A new version of Sotto is ready.")).toBeVisible();
  await second.getByRole("button", { name: "Use it now" }).click();
  await expect.poll(() => shown(second)).toBe("0000000000000002");
  await expect(second.getByRole("status", { name: "Connection" })).toHaveText("Online");
  // The other tab goes on as it was, and what is written there stays.
  expect(await shown(alice.page)).toBe("0000000000000001");
  await expect(alice.messageBox).toHaveValue("In the middle of a sentence");
  await alice.messageBox.press("Enter");
  await alice.expectStatus("In the middle of a sentence", "Delivered");
  await alice.reload();
  expect(await shown(alice.page)).toBe("0000000000000002");
  await alice.expectMessages(bob, ["Before the new version.", "In the middle of a sentence"]);
});
