/**
 * The main journeys in Firefox and in WebKitGTK, where they are on this machine: `npm run test:other-browsers`. A browser
 * that is not there is named, and counts as a failure only if none is.
 */
import { RelayProcess } from "../fixtures/relay-process.ts";
import { openFirefox } from "./firefox.ts";
import { NotHereError, type OtherBrowser } from "./other-browser.ts";
import { Visitor } from "./visitor.ts";
import { openWebKit } from "./webkit.ts";

const PASSPHRASE = "lighthouse umbrella quartz";

async function main(): Promise<void> {
  let tried = 0;
  for (const open of [openFirefox, openWebKit]) {
    try {
      const browser = await open();
      tried += 1;
      await inBrowser(browser);
    } catch (error) {
      if (!(error instanceof NotHereError)) throw error;
      console.log(`left out: ${error.message}`);
    }
  }
  if (tried === 0) throw new Error("no other browser was found");
}

async function inBrowser(browser: OtherBrowser): Promise<void> {
  const relay = await RelayProcess.open();
  try {
    await journey("two people talk", browser, () => talk(browser, relay));
    if (browser.canLock) await journey("an account is locked and opened", browser, () => lock(browser, relay));
    else console.log(`${browser.name}: left out: the lock, which is known to fail here (docs/architecture.md)`);
  } finally {
    await browser.close();
    await relay.dispose();
  }
}

async function journey(name: string, browser: OtherBrowser, run: () => Promise<void>): Promise<void> {
  const begun = Date.now();
  await run();
  console.log(`${browser.name}: ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
}

async function talk(browser: OtherBrowser, relay: RelayProcess): Promise<void> {
  const alice = new Visitor("alice", await browser.openTab(), relay.origin);
  const bob = new Visitor("bob", await browser.openTab(), relay.origin);
  await alice.createAccount();
  await bob.createAccount();
  await alice.startConversation("bob");
  await alice.send("From here to there.");
  await bob.openConversation("alice");
  await bob.expectMessages(["From here to there."]);
  await bob.send("And back.");
  await alice.expectMessages(["From here to there.", "And back."]);
  await alice.expectStatus("From here to there.", ["Delivered", "Read"]);

  await relay.stop();
  await alice.expectConnection("Offline");
  await alice.send("While nothing was there.");
  await alice.expectStatus("While nothing was there.", ["Waiting"]);
  await relay.start();
  await alice.expectStatus("While nothing was there.", ["Delivered", "Read"]);
  const all = ["From here to there.", "And back.", "While nothing was there."];
  await bob.expectMessages(all);

  await alice.open();
  await alice.openConversation("bob");
  await alice.expectMessages(all);
  const second = new Visitor("alice", await browser.openTab(), relay.origin);
  await second.open();
  await second.openConversation("bob");
  await second.send("From a second tab.");
  await alice.expectMessages([...all, "From a second tab."]);
  await second.leave();

  await alice.press("Search messages");
  await alice.fill("Search messages", "nothing was");
  await alice.expect(
    "one message found",
    `document.querySelector("dialog")?.textContent.includes("One message found.")`,
  );
}

/** Carol alone in a tab: the account opens with the passphrase, and only with it. */
async function lock(browser: OtherBrowser, relay: RelayProcess): Promise<void> {
  const carol = new Visitor("carol", await browser.openTab(), relay.origin);
  await carol.createAccount();
  await carol.press("Account menu");
  await carol.press("App lock");
  await carol.fill("New passphrase", PASSPHRASE);
  await carol.fill("Repeat it", PASSPHRASE);
  await carol.press("Set lock");
  await carol.expect("the lock", `document.querySelector("dialog")?.textContent.includes("Lock by itself")`);
  await carol.press("Close");
  await carol.press("Account menu");
  await carol.press("Lock now");
  await carol.expect("the lock", `document.querySelector("h1")?.textContent === "carol is locked"`);
  await carol.fill("Passphrase", PASSPHRASE);
  await carol.press("Unlock");
  await carol.expectConnection("Online");
}

await main();
