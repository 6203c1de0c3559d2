/**
 * What the relay holds, is sent and logs is searched byte for byte for what it must never have: the words, the secret
 * keys and, in the logs, the names. A planted canary shows that the search would find each of them.
 */
import type { Person } from "./fixtures/person.ts";
import { expect, proxiedTest as test } from "./fixtures/test.ts";
import { readAccountOn } from "./secrets/read-account-on.ts";
import { keyNeedle, type Needle, search, spellings, textNeedle } from "./secrets/search.ts";

const WORDS = [
  "The heron waits by the seventh bridge.",
  "Bring the blue ledger & a second umbrella.",
  "Über den Dächern brennt noch Licht 🕯️",
];

/** Plants every spelling of every needle in a copy, one at a time, and sees that the search finds it. */
function expectCanariesFound(clean: Buffer, needles: readonly Needle[]): void {
  for (const needle of needles) {
    for (const [spelling, canary] of spellings(needle)) {
      const middle = Math.floor(clean.length / 2);
      const planted = Buffer.concat([clean.subarray(0, middle), canary, clean.subarray(middle)]);
      expect(search(planted, [needle]), `${needle.name} planted as ${spelling}`).toContain(
        `${needle.name} as ${spelling}`,
      );
    }
  }
}

async function keysOf(person: Person): Promise<{ secret: Needle[]; published: Needle[] }> {
  await person.leave();
  await person.open(`${person.origin}/`);
  const keys = await readAccountOn(person.page, person.username);
  const needles = keys.map(({ path, base64url, secret }) => ({
    secret,
    path,
    needle: keyNeedle(`${person.username}: ${path}`, base64url),
  }));
  return {
    secret: needles.filter(({ secret }) => secret).map(({ needle }) => needle),
    published: needles.filter(({ path }) => path === "account.identity.publicKey").map(({ needle }) => needle),
  };
}

test("the relay's files, requests and logs hold no word, no secret key and, in the logs, no name", async ({
  people,
  relay,
  relayProxy,
}) => {
  const [first = "", second = "", third = ""] = WORDS;
  const alice = await people.join("alice");
  const bob = await people.join("bob");
  await alice.startConversation(bob);
  await alice.send(first);
  await bob.openConversation(alice);
  await bob.send(second);
  await alice.expectMessages(bob, [first, second]);
  await bob.leave();
  // This one rests on the relay while it is searched.
  await alice.send(third);
  await alice.expectStatus(third, "Sent");

  const keys = [await keysOf(alice), await keysOf(await bobOnline(bob, alice, third))];
  const secrets = keys.flatMap(({ secret }) => secret);
  const published = keys.flatMap(({ published: found }) => found);
  const words = WORDS.map((text, index) => textNeedle(`message ${index + 1}`, text));
  // Two identities, two devices, the lasting prekeys, some 200 one-time prekeys of each kind and the sessions.
  expect(secrets.length).toBeGreaterThan(390);
  const seeds = secrets.filter(({ name }) => /: (lastResort|oneTime)KemPrekeys\.keyPair\.seed$/.test(name));
  expect(seeds.length).toBeGreaterThan(190);
  expect(published.length).toBe(2);

  await test.step("the database files", async () => {
    const files = Buffer.concat([...(await relay.files()).values()]);
    expect(search(files, [...words, ...secrets])).toEqual([]);
    // What is public is there, so the search does look where keys are kept.
    for (const needle of published) expect(search(files, [needle])).not.toEqual([]);
    expectCanariesFound(files, [...words, ...secrets.slice(0, 4), ...seeds.slice(0, 2)]);
  });

  await test.step("everything that the relay was ever sent", () => {
    const requests = Buffer.concat(relayProxy.answered.flatMap(({ body, path }) => [Buffer.from(`\n${path}\n`), body]));
    expect(requests.length).toBeGreaterThan(1000);
    expect(search(requests, [...words, ...secrets])).toEqual([]);
    // Bodies travel as base64url inside JSON: look beneath that once.
    const opened = Buffer.concat(relayProxy.answered.flatMap(({ body }) => base64urlParts(body)));
    expect(search(opened, [...words, ...secrets])).toEqual([]);
    for (const needle of published) expect(search(opened, [needle])).not.toEqual([]);
  });

  await test.step("the logs", async () => {
    await relay.stop();
    const names = ["alice", "bob"].map((name) => textNeedle(`the name ${name}`, name));
    const logs = Buffer.from(relay.output);
    expect(logs.length).toBeGreaterThan(0);
    expect(search(logs, [...words, ...secrets, ...published, ...names])).toEqual([]);
    expectCanariesFound(logs, [...words, ...names, ...published]);
  });

  await test.step("the database files after the relay has ended", async () => {
    const files = Buffer.concat([...(await relay.files()).values()]);
    expect(search(files, [...words, ...secrets])).toEqual([]);
  });
});

/** Bob comes back and takes his mail, so that his session's keys are there to be looked for as well. */
async function bobOnline(bob: Person, alice: Person, text: string): Promise<Person> {
  await bob.open();
  await bob.openConversation(alice);
  await expect(bob.message(text)).toBeVisible();
  return bob;
}

function base64urlParts(body: Buffer): Buffer[] {
  return [...body.toString("utf8").matchAll(/"([A-Za-z0-9_-]{20,})"/g)].map(([, text = ""]) =>
    Buffer.from(text, "base64url"),
  );
}
