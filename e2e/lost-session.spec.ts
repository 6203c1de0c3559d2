/** One side's records of its sessions are gone: the two apps begin anew by themselves, and nothing unread is lost. */
import type { Page } from "@playwright/test";
import { accountDatabaseName } from "../web/storage/indexeddb.ts";
import type { Person } from "./fixtures/person.ts";
import { expect, test } from "./fixtures/test.ts";

/** Deletes everything an account knows of the people it talks with: sessions, identity keys, verified states. */
async function forgetPeers(page: Page, username: string): Promise<number> {
  return await page.evaluate(deletePeers, accountDatabaseName(username));
}

/** Runs on a page of the app's origin; returns how many records were deleted. */
async function deletePeers(databaseName: string): Promise<number> {
  const settle = <Result>(request: IDBRequest<Result>) =>
    new Promise<Result>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await settle(indexedDB.open(databaseName));
  const [storeName = ""] = database.objectStoreNames;
  const store = database.transaction(storeName, "readwrite").objectStore(storeName);
  const keys = (await settle(store.getAllKeys())).filter((key) => String(key).startsWith("peers/"));
  for (const key of keys) await settle(store.delete(key));
  database.close();
  return keys.length;
}

/** Leaves, loses every session while away, and comes back. */
async function loseSessions(person: Person): Promise<void> {
  await person.leave();
  await person.open(`${person.origin}/`);
  expect(await forgetPeers(person.page, person.username)).toBe(1);
  await person.page.goto(person.address);
  await person.expectConnection("Online");
}

test("a lost session heals, and the message that could not be opened arrives without a click", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob", await people.anotherBrowser());
  await alice.startConversation(bob);
  await alice.send("Before it was lost.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Before it was lost."]);
  await bob.send("All is well.");
  await alice.expectMessages(bob, ["Before it was lost.", "All is well."]);

  await loseSessions(bob);
  await bob.openConversation(alice);
  await alice.send("Can you still read me?");
  await bob.expectMessages(alice, ["Before it was lost.", "All is well.", "Can you still read me?"]);
  await alice.expectStatus("Can you still read me?", "Read");

  await bob.send("Every word.");
  const all = ["Before it was lost.", "All is well.", "Can you still read me?", "Every word."];
  await alice.expectMessages(bob, all);
  await bob.expectMessages(alice, all);
});

test("whoever lost the session may write first, and both go on", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob", await people.anotherBrowser());
  await alice.startConversation(bob);
  await alice.send("Before it was lost.");
  await bob.openConversation(alice);
  await bob.expectMessages(alice, ["Before it was lost."]);

  await loseSessions(bob);
  await bob.openConversation(alice);
  await bob.send("Written without a session.");
  await alice.expectMessages(bob, ["Before it was lost.", "Written without a session."]);
  await bob.expectStatus("Written without a session.", "Read");
});
