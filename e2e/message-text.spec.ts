/** Links and code in messages, and texts that want to be more than text. */
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures/test.ts";

const HOSTILE = [
  "<script>document.title='owned'</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)>",
  "javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  '"><iframe srcdoc="<script>alert(1)</script>">',
  "{{constructor.constructor('alert(1)')()}}",
  "\u202eright-to-left override\u202c and \u2066isolate",
  `z${"\u0300\u0489\u0334".repeat(60)}algo`,
  "W".repeat(400),
  "ﷺ".repeat(20),
  "שלום עולם ומלים באנגלית hello",
] as const;

test("links lead where they seem to, or say where, and nothing is fetched for them", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await bob.startConversation(alice);
  const asked: string[] = [];
  bob.context.on("request", (request) => asked.push(new URL(request.url()).host));
  await alice.send("Look at https://example.org/a_(b), please.");
  const link = bob.page.getByRole("link", { name: "https://example.org/a_(b)" });
  await expect(link).toHaveAttribute("href", "https://example.org/a_(b)");
  await expect(link).toHaveAttribute("rel", "noopener noreferrer nofollow");
  await expect(link).toHaveAttribute("target", "_blank");
  await expect(link).toHaveAttribute("referrerpolicy", "no-referrer");
  await alice.send("https://аpple.com/login");
  await expect(bob.page.getByText("leads to xn--pple-43d.com")).toBeVisible();
  await alice.send("https://bank.example@evil.example/");
  await expect(bob.page.getByText("leads to evil.example")).toBeVisible();
  const own = new URL(bob.origin).host;
  expect(asked.filter((host) => host !== own)).toEqual([]);
});

test("code is shown as it is, and can be copied", async ({ people }) => {
  const bob = await people.join("bob");
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await alice.messageBox.fill("Run `npm ci` and then\n```sh\nnpm start   # https://example.org\n```");
  await alice.messageBox.press("Enter");
  await bob.openConversation(alice);
  await expect(bob.page.locator("code").filter({ hasText: /^npm ci$/ })).toBeVisible();
  await expect(bob.page.locator("pre")).toHaveText("npm start   # https://example.org");
  await expect(bob.page.locator("pre").getByRole("link")).toHaveCount(0);
  await bob.context.grantPermissions(["clipboard-write"]);
  await bob.page.getByRole("button", { name: "Copy code" }).click();
  await expect(bob.page.getByRole("status").filter({ hasText: /^Copied$/ })).toHaveCount(1);
  await bob.startConversation(alice);
  await bob.messageBox.press("Control+v");
  await expect(bob.messageBox).toHaveValue("npm start   # https://example.org");
});

test("texts that want to be more than text stay text, in messages, quotes, edits, names and the list", async ({
  people,
}) => {
  const phone = await people.anotherBrowser({ viewport: { width: 390, height: 844 } });
  const bob = await people.join("bob", phone);
  const alice = await people.join("alice");
  await alice.startConversation(bob);
  await bob.startConversation(alice);
  const title = await bob.page.title();
  for (const [index, text] of HOSTILE.entries()) {
    await alice.messageBox.fill(text);
    await alice.messageBox.press("Enter");
    await expect(bob.messages(alice)).toHaveCount(index + 1);
    expect(await bob.messages(alice).last().textContent()).toContain(text);
    await expectContained(bob.page);
  }
  const last = alice.messages(bob).last();
  await last.hover();
  await last.getByRole("button", { name: "Message actions" }).click();
  await alice.page.getByRole("menuitem", { name: "Reply" }).click();
  await alice.send("An answer");
  await last.hover();
  await alice.act("An answer", "Edit");
  await alice.messageBox.fill("<b onclick=alert(1)>An edit</b>");
  await alice.messageBox.press("Enter");
  await expect(bob.message("<b onclick=alert(1)>An edit</b>")).toBeVisible();
  await bob.page.getByRole("button", { name: "Conversation menu" }).click();
  await bob.page.getByRole("menuitem", { name: "Rename" }).click();
  await bob.page.getByRole("textbox", { name: "Name" }).fill("<i>\u202eecila</i>");
  await bob.page.getByRole("button", { name: "Save" }).click();
  await expect(bob.page.getByRole("heading", { name: "<i> ecila</i> · alice" })).toBeVisible();
  await expectContained(bob.page);
  await bob.page.getByRole("button", { name: "Back to conversations" }).click();
  await expect(bob.entry(alice)).toBeVisible();
  await expectContained(bob.page);
  expect(await bob.page.title()).toBe(title);
});

/** Nothing reaches out of the page, and nothing was made of the texts. */
async function expectContained(page: Page): Promise<void> {
  const found = await page.evaluate(() => ({
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    made: document.querySelectorAll(
      "article script, article img, article svg[onload], article iframe, article b[onclick]",
    ).length,
  }));
  expect(found).toEqual({ overflow: 0, made: 0 });
}
