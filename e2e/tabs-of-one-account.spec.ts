/** Several tabs of one account at work at once: one engine serves them all, and nothing is lost or doubled. */
import type { Person } from "./fixtures/person.ts";
import { expect, test } from "./fixtures/test.ts";
import { readMessagesOn } from "./history/read-messages-on.ts";

/** From each tab; `npm run test:two-tabs` sends 500. */
const MESSAGES = Number(process.env["MESSAGES_PER_TAB"] ?? 60);

const numbered = (tab: string) => Array.from({ length: MESSAGES }, (_, index) => `${tab} ${index + 1} of ${MESSAGES}`);

/** Writes as fast as the box takes it. */
async function sendAll(person: Person, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await person.messageBox.fill(text);
    await person.messageBox.press("Enter");
  }
}

/** The whole conversation as it is stored. */
async function stored(person: Person, peer: Person): Promise<readonly string[]> {
  await person.open(`${person.origin}/`);
  return await readMessagesOn(person.page, { username: person.username, peer: peer.username });
}

test("two tabs of one account send at once, and each message arrives once, those of a tab in order", {
  tag: "@long",
}, async ({ people }) => {
  test.setTimeout(600_000);
  const bob = await people.join("bob", await people.anotherBrowser());
  const alice = await people.join("alice", await people.anotherBrowser());
  await alice.startConversation(bob);
  const other = alice.inBrowser(alice.context);
  await other.open();
  await other.openConversation(bob);

  const left = numbered("left");
  const right = numbered("right");
  await Promise.all([sendAll(alice, left), sendAll(other, right)]);
  const newest = (person: Person) => person.messages(bob).last().locator("p").innerText();
  await expect(async () => expect(await newest(other)).toBe(await newest(alice))).toPass();
  for (const person of [alice, other]) {
    await expect(person.log(bob).getByText("Waiting")).toHaveCount(0, { timeout: 300_000 });
    await expect(person.log(bob).getByText("Sent", { exact: true })).toHaveCount(0, { timeout: 300_000 });
  }

  await other.page.close();
  await alice.leave();
  await bob.leave();
  const arrived = await stored(bob, alice);
  expect(arrived.toSorted()).toEqual([...left, ...right].toSorted());
  expect(arrived.filter((text) => text.startsWith("left"))).toEqual(left);
  expect(arrived.filter((text) => text.startsWith("right"))).toEqual(right);
  expect(await stored(alice, bob)).toEqual(arrived);
});
