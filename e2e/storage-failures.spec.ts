/** Storage that fails while an account is open: each failure says what it is and what to do, and mail is not lost. */
import type { Page } from "@playwright/test";
import type { Person } from "./fixtures/person.ts";
import { expect, proxiedTest, test } from "./fixtures/test.ts";

async function talking(alice: Person, bob: Person): Promise<void> {
  await alice.startConversation(bob);
  await alice.send("Before.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Before."]);
}

const heading = ({ page }: Person, name: string | RegExp) => page.getByRole("heading", { name });

test("full storage leaves mail on the relay, keeps the draft, and goes on by itself", { tag: "@long" }, async ({
  people,
}) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob", await people.anotherBrowser());
  await talking(alice, bob);
  const browser = await bob.context.newCDPSession(bob.page);
  const { origin } = bob;
  await browser.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });

  const full = bob.page.getByRole("alert").filter({ hasText: "There is no room left here" });
  const sent = ["Before."];
  // The browser goes by what it had granted before for some while.
  while (sent.length < 60 && !(await full.isVisible())) {
    const text = `Message ${sent.length}.`;
    await alice.send(text);
    await alice.expectStatus(text, /^(Sent|Delivered)$/);
    sent.push(text);
    await full.waitFor({ timeout: 1_000 }).catch(() => undefined);
  }
  await expect(full).toBeVisible();
  const last = sent.at(-1) ?? "";
  await bob.page.getByRole("textbox", { name: "Message" }).fill("My answer.");
  await bob.sendButton.click();
  await expect(bob.page.getByText("could not be stored")).toBeVisible();
  await expect(bob.page.getByRole("textbox", { name: "Message" })).toHaveValue("My answer.");
  await alice.expectStatus(last, "Sent");

  await browser.send("Storage.overrideQuotaForOrigin", { origin });
  await bob.expectMessages(alice, sent);
  await alice.expectStatus(last, "Delivered");
  await expect(full).toBeHidden();
  await bob.sendButton.click();
  await alice.expectMessages(bob, [...sent, "My answer."]);
});

test("data that is cleared while the account is open is said to be gone, then and after a reload", async ({
  people,
}) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob", await people.anotherBrowser());
  await talking(alice, bob);
  const browser = await bob.context.newCDPSession(bob.page);
  await browser.send("Storage.clearDataForOrigin", { origin: bob.origin, storageTypes: "indexeddb" });

  await alice.send("Anybody there?");
  await expect(heading(bob, "What was kept here is gone")).toBeVisible();
  await bob.reload();
  await expect(heading(bob, "What bob kept here is gone")).toBeVisible();
  await alice.expectStatus("Anybody there?", "Sent");
  await expect(bob.page.getByRole("link", { name: "Start page" })).toBeVisible();
});

test("records of a newer version are left alone, and the page says that it is the older one", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  await alice.page.evaluate(
    (name) =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open(name, 99);
        request.onsuccess = () => {
          request.result.close();
          resolve();
        };
        request.onerror = () => reject(request.error);
      }),
    "sotto/account/alice",
  );
  await alice.reload();
  await expect(heading(alice, "This account cannot be opened")).toBeVisible();
  await expect(alice.page.getByText("A newer version of Sotto was here")).toBeVisible();
});

test("keys that are damaged are said to be, and nothing is made in their place", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const { page } = alice;
  await page.goto(`${alice.origin}/`);
  await page.evaluate(
    (name) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction("records", "readwrite");
          transaction.objectStore("records").put({ schema: 1, dataKeys: [] }, "!keys");
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
          transaction.onabort = () => reject(transaction.error);
        };
      }),
    "sotto/account/alice",
  );
  await alice.open();
  await expect(heading(alice, "This account cannot be opened")).toBeVisible();
  await expect(alice.page.getByText("records cannot be read")).toBeVisible();

  // The way out, so that a backup can be restored.
  await alice.page.getByRole("button", { name: "Remove from this device" }).click();
  const dialog = alice.page.getByRole("dialog", { name: "Remove alice from this device?" });
  await dialog.getByRole("textbox", { name: "Type alice to confirm" }).fill("alice");
  await dialog.getByRole("button", { name: "Remove account" }).click();
  await expect(heading(alice, "alice was removed")).toBeVisible();
  await alice.reload();
  await expect(heading(alice, "alice is not on this device")).toBeVisible();
});

/** Flips a bit of the first record of each of these stores; resolves to how many were there. */
async function damage(page: Page, username: string, stores: readonly string[]): Promise<number> {
  return await page.evaluate(
    ([name, prefixes]) =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction("records", "readwrite");
          const records = transaction.objectStore("records");
          let found = 0;
          for (const prefix of prefixes) {
            const cursor = records.openCursor(IDBKeyRange.bound(`${prefix}/`, `${prefix}0`, false, true));
            cursor.onsuccess = () => {
              if (cursor.result === null) return;
              const { ciphertext } = cursor.result.value;
              ciphertext[3] ^= 1;
              cursor.result.update(cursor.result.value);
              found += 1;
            };
          }
          transaction.oncomplete = () => {
            opening.result.close();
            resolve(found);
          };
          transaction.onabort = () => reject(transaction.error);
        };
      }),
    [`sotto/account/${username}`, stores] as const,
  );
}

test("records that are damaged are left out, the page says so, and what is there goes on", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob");
  await bob.startConversation(alice);
  for (const text of ["One.", "Two.", "Three."]) await bob.send(text);
  await alice.openConversation(bob);
  await alice.expectMessages(bob, ["One.", "Two.", "Three."]);
  await alice.send("Four.");
  await bob.expectMessages(alice, ["One.", "Two.", "Three.", "Four."]);
  await alice.messageBox.fill("Not sent yet");
  await alice.messageBox.blur();
  await alice.leave();
  await alice.open(`${alice.origin}/`);
  const stores = [
    "messages",
    "messageIndex",
    "sentEnvelopes",
    "sentEnvelopeIds",
    "handledEnvelopes",
    "acceptedHandshakes",
    "epochs",
    "drafts",
    "signedPrekeys",
    "oneTimePrekeys",
    "lastResortKemPrekeys",
    "oneTimeKemPrekeys",
  ];
  expect(await damage(alice.page, "alice", stores)).toBe(stores.length);

  await alice.open();
  await alice.openConversation(bob);
  await expect(alice.messages(bob)).toHaveCount(3);
  await expect(alice.page.getByRole("alert").filter({ hasText: "Make a backup now" })).toBeVisible();
  await alice.send("Five.");
  await bob.expectMessages(alice, ["One.", "Two.", "Three.", "Four.", "Five."]);
  await bob.send("Six.");
  await expect(alice.message("Six.")).toBeVisible();
  // Somebody new meets the prekeys that took the place of those that were damaged.
  const carol = await people.join("carol");
  await carol.startConversation(alice);
  await carol.send("And from Carol.");
  await alice.openConversation(carol);
  await alice.expectMessages(carol, ["And from Carol."]);
});

test("damaged records of people and conversations are made anew, and it is said whom to verify again", async ({
  people,
}) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob");
  await talking(alice, bob);
  await bob.send("One.");
  await alice.expectMessages(bob, ["Before.", "One."]);
  await alice.leave();
  await alice.open(`${alice.origin}/`);
  expect(await damage(alice.page, "alice", ["peers", "conversations"])).toBe(2);
  await bob.send("Two.");

  await alice.open();
  await alice.openConversation(bob);
  await alice.expectMessages(bob, ["Before.", "One.", "Two."]);
  await expect(alice.page.getByText("What this browser kept of their keys was damaged")).toBeVisible();
  await expect(alice.page.getByRole("alert").filter({ hasText: "Make a backup now" })).toBeVisible();
  await alice.send("Three.");
  await bob.expectMessages(alice, ["Before.", "One.", "Two.", "Three."]);
});

test("a damaged record of the account itself is said to be, and removes nothing", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob");
  await talking(bob, alice);
  await alice.leave();
  await alice.open(`${alice.origin}/`);
  expect(await damage(alice.page, "alice", ["account"])).toBe(1);
  await alice.open();
  await expect(heading(alice, "This account cannot be opened")).toBeVisible();
  await expect(alice.page.getByText("records cannot be read")).toBeVisible();
  await bob.send("Kept on the relay.");
  await bob.expectStatus("Kept on the relay.", "Sent");
});

test("where another page keeps the records from being opened it is said, and the account opens once it is gone", async ({
  people,
}) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob");
  await talking(alice, bob);
  await alice.leave();
  // An earlier version that does not make way for a later one, as a frozen tab does not.
  const earlier = await alice.context.newPage();
  await earlier.goto(`${alice.origin}/manifest.webmanifest`);
  await earlier.evaluate(async (name) => {
    const request = indexedDB.open(name);
    await new Promise((resolve) => {
      request.onsuccess = resolve;
    });
    const blocked = indexedDB.open(name, 2);
    await new Promise((resolve) => {
      blocked.onblocked = resolve;
    });
    // It is given up once it gets its turn: everything stays at the version of before.
    blocked.onupgradeneeded = () => blocked.transaction?.abort();
  }, "sotto/account/alice");

  await alice.open();
  await expect(heading(alice, "Opening alice takes long")).toBeVisible();
  await bob.send("Take your time.");
  await earlier.close();
  await alice.openConversation(bob);
  await alice.expectMessages(bob, ["Before.", "Take your time."]);
});

for (const [name, prelude] of [
  ["has no storage", "Object.defineProperty(globalThis, 'indexedDB', { value: undefined })"],
  ["refuses storage", "IDBFactory.prototype.open = () => { throw new DOMException('refused', 'SecurityError') }"],
] as const) {
  proxiedTest(`a browser that ${name}, as in some private windows, says what to do`, async ({ people, relayProxy }) => {
    relayProxy.follow({ workerPrelude: () => prelude });
    const alice = await people.person("alice");
    await alice.open(`${alice.origin}/`);
    await alice.page.getByRole("textbox", { name: "Username" }).fill("alice");
    await alice.page.getByRole("button", { name: "Create account" }).click();
    await expect(alice.page.getByText("Leave private browsing")).toBeVisible();
    await alice.page.goto(alice.address);
    await expect(heading(alice, "This account cannot be opened")).toBeVisible();
    await expect(alice.page.getByText("Leave private browsing")).toBeVisible();
    await alice.page.getByRole("link", { name: "start page" }).click();
    await expect(alice.page.getByRole("textbox", { name: "Username" })).toBeVisible();
  });
}
