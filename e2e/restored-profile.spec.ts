/** A browser profile that is put back to an older state, as by a backup of the whole device. */
import { cp, rm } from "node:fs/promises";
import { expect, test } from "./fixtures/test.ts";

test("is found out before anything is sent, said once, and people talk on", async ({ people }) => {
  const alice = await people.join("alice", await people.anotherBrowser());
  const profile = await people.newProfile();
  const first = await people.join("bob", await people.ownBrowser(profile));
  await alice.startConversation(first);
  await alice.send("One.");
  await first.openConversation(alice);
  await first.expectMessages(alice, ["One."]);
  await first.send("Two.");
  await alice.expectMessages(first, ["One.", "Two."]);
  await first.context.close();
  const kept = await people.newProfile();
  await cp(profile, kept, { recursive: true });

  const second = first.inBrowser(await people.ownBrowser(profile));
  await second.open();
  await second.openConversation(alice);
  await second.send("Three.");
  await alice.send("Four.");
  await second.expectMessages(alice, ["One.", "Two.", "Three.", "Four."]);
  await alice.expectStatus("Four.", "Read");
  await second.context.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });

  const back = first.inBrowser(await people.ownBrowser(kept));
  await back.open();
  await back.openConversation(alice);
  const notice = back.page.getByText("put back to an earlier state");
  await expect(notice).toBeVisible();
  await back.expectMessages(alice, ["One.", "Two."]);
  await back.send("Five.");
  await alice.expectMessages(back, ["One.", "Two.", "Three.", "Four.", "Five."]);
  await alice.send("Six.");
  await back.expectMessages(alice, ["One.", "Two.", "Five.", "Six."]);

  await back.reload();
  await back.expectConnection("Online");
  await expect(notice).toHaveCount(1);
});
