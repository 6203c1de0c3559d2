/** The app as the device sees it: it can be installed, and its title says what is unread. */
import { expect, test } from "./fixtures/test.ts";

test("the browser finds a manifest without fault, with icons of the sizes that it names", async ({ people }) => {
  const alice = await people.join("alice");
  const session = await alice.context.newCDPSession(alice.page);
  const { url, errors, data } = await session.send("Page.getAppManifest");
  expect(url).toBe(`${alice.origin}/manifest.webmanifest`);
  expect(errors).toEqual([]);
  const { icons } = JSON.parse(data ?? "{}");
  expect(icons).toHaveLength(3);
  for (const { src, sizes, type } of icons) {
    const size = await alice.page.evaluate(async (address) => {
      const response = await fetch(address);
      const { width, height } = await createImageBitmap(await response.blob());
      return { sizes: `${width}x${height}`, type: response.headers.get("content-type") };
    }, src);
    expect(size).toEqual({ sizes, type });
  }
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  const faults = installabilityErrors.map(({ errorId }) => errorId);
  // A private window, as in tests, never offers it.
  expect(faults.filter((fault) => fault !== "in-incognito")).toEqual([]);
});

test("the title counts what is unread, until it is read", async ({ people }) => {
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await expect(bob.page).toHaveTitle("bob · Sotto");
  await alice.send("One.");
  await alice.send("Two.");
  await expect(bob.page).toHaveTitle("(2) bob · Sotto");
  await bob.openConversation(alice);
  await expect(bob.page).toHaveTitle("bob · Sotto");
});
