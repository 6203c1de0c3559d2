/** Over plain http from another machine browsers have no WebCrypto: the page says what is needed, and makes no account. */
import { chromium } from "@playwright/test";
import { browserArguments, findOrInstallBrowser } from "./browser/find-browser.ts";
import { expect, test } from "./fixtures/test.ts";

test("over plain http from elsewhere every page says that HTTPS or localhost is needed", async ({ relay }) => {
  const browser = await chromium.launch({
    executablePath: findOrInstallBrowser(),
    // The name is not a loopback one for the browser, though it leads to this machine.
    args: [...browserArguments(), "--host-resolver-rules=MAP insecure.test 127.0.0.1"],
  });
  try {
    for (const path of ["/", "/u/alice", "/#invite=bob"]) {
      const page = await browser.newPage();
      const errors: Error[] = [];
      page.on("pageerror", (error) => errors.push(error));
      await page.goto(`http://insecure.test:${relay.port}${path}`);
      await expect(page.getByText(/HTTPS/).first()).toBeVisible();
      await expect(page.getByText(/localhost/).first()).toBeVisible();
      await expect(page.getByRole("button", { name: "Create account" })).toHaveCount(0);
      expect(errors).toEqual([]);
      await page.close();
    }
  } finally {
    await browser.close();
  }
});

test("over plain http on localhost the app works", async ({ people }) => {
  await people.join("alice");
});
