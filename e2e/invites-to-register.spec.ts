/** Making an account where the relay does not let everybody in: with an invite code, by hand and by link, and not at all. */
import type { Person } from "./fixtures/person.ts";
import { expect, test } from "./fixtures/test.ts";

const usernameBox = ({ page }: Person) => page.getByRole("textbox", { name: "Username" });
const codeBox = ({ page }: Person) => page.getByRole("textbox", { name: "Invite code" });
const create = ({ page }: Person) => page.getByRole("button", { name: "Create account" }).click();

async function tryToJoin(person: Person): Promise<void> {
  await usernameBox(person).fill(person.username);
  await create(person);
}

async function expectToHaveJoined(person: Person, code: string): Promise<void> {
  await expect(person.page).toHaveURL(person.address);
  await person.expectConnection("Online");
  expect(await person.page.content()).not.toContain(code);
  await expect(codeBox(person)).toHaveCount(0);
}

test.describe("where the relay asks for an invite code", () => {
  test.use({ relayEnvironment: { RELAY_REGISTRATION: "invite" } });

  test("one is asked for, a wrong one is refused, and the right one opens the account", async ({ people, relay }) => {
    const code = await relay.invite();
    const alice = await people.person("alice");
    await alice.open(`${alice.origin}/`);
    await expect(codeBox(alice)).toHaveCount(0);
    await tryToJoin(alice);
    await expect(alice.alert).toContainText(/ask whoever runs it/i);
    await expect(usernameBox(alice)).toHaveValue("alice");
    await expect(alice.page).toHaveURL(`${alice.origin}/`);

    await codeBox(alice).fill(`${code}-not`);
    await expect(alice.alert).toHaveCount(0);
    await create(alice);
    await expect(alice.alert).toContainText(/not valid/i);
    await expect(codeBox(alice)).toHaveValue(`${code}-not`);

    await codeBox(alice).fill(code);
    await create(alice);
    await expectToHaveJoined(alice, code);
    await alice.reload();
    await alice.expectConnection("Online");
  });

  test("a link fills it in, is gone from the address bar, and is used up by whom it was for", async ({
    people,
    relay,
  }) => {
    const code = await relay.invite(2);
    const alice = await people.person("alice");
    const bob = await people.person("bob");
    const carol = await people.person("carol");
    for (const person of [alice, bob, carol]) {
      await person.open(`${person.origin}/?invite=${code}`);
      await expect(person.page).toHaveURL(`${person.origin}/`);
      await expect(codeBox(person)).toHaveValue(code);
      await tryToJoin(person);
      if (person !== carol) await expectToHaveJoined(person, code);
    }
    await expect(carol.alert).toContainText(/not valid/i);
    await expect(carol.page).toHaveURL(`${carol.origin}/`);

    await alice.startConversation(bob);
    await alice.send("Good evening, Bob");
    await bob.openConversation(alice);
    await bob.expectMessages(alice, ["Good evening, Bob"]);
  });

  test("one that was given before the relay went away need not be given again", async ({ people, relay }) => {
    const code = await relay.invite();
    const alice = await people.person("alice");
    await alice.open(`${alice.origin}/?invite=${code}`);
    await expect(codeBox(alice)).toHaveValue(code);
    await relay.kill();
    await tryToJoin(alice);
    await expect(alice.alert).toContainText(/cannot be reached/i);
    await relay.start();
    await alice.reload();
    await expect(codeBox(alice)).toHaveCount(0);
    await tryToJoin(alice);
    await expectToHaveJoined(alice, code);
  });
});

test.describe("where the relay takes nobody", () => {
  test.use({ relayEnvironment: { RELAY_REGISTRATION: "closed" } });

  test("the person is told so, and whom to ask", async ({ people }) => {
    const alice = await people.person("alice");
    await alice.open(`${alice.origin}/`);
    await tryToJoin(alice);
    await expect(alice.alert).toContainText(/takes no new accounts\. Ask whoever runs it/i);
    await expect(usernameBox(alice)).toHaveValue("alice");
    await expect(codeBox(alice)).toHaveCount(0);
  });
});
