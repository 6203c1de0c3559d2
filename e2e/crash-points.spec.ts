/**
 * Alice's engine ends before and after every call of its storage and network ports, and starts again: nothing is lost,
 * shown twice or encrypted twice under one counter, and the two devices need no recovery for it.
 *
 * `npm run test:crash-points` tests every point of every journey. Among all other tests it is sending and receiving at the
 * calls that leave something behind, here or at the relay.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { choosePoints, crashAtEach } from "./crash-points/each-point.ts";
import type { Peer } from "./crash-points/peer.ts";
import { CHANNEL, type CrashPoint } from "./crash-points/points.ts";
import { doubleUses } from "./crash-points/sent-envelopes.ts";
import { INTRODUCTION, crashTest as test } from "./crash-points/stage.ts";
import { REST_AFTER_MAIL } from "./crash-points/worker-life.ts";
import { expect } from "./fixtures/test.ts";

test.setTimeout(900_000);

/** A relay hands out hardly more one-time prekeys of one person in a row. */
const PREKEYS_AT_ONCE = 25;

/** The message by which a journey's points are found out. */
const UNDISTURBED = "Nothing happens to this one.";

test("sending: what is shown as written is sent once, and what is not can be written again", async ({ stage }) => {
  const { alice, life } = stage;
  const bob = await stage.joinAcquaintance("bob");
  await bob.goAway();
  await alice.openConversation(bob);
  await alice.expectMessages(bob, INTRODUCTION);
  await stage.sendUndisturbed(UNDISTURBED);

  const texts = await crashAtEach(choosePoints(life.reached), async (point, text) => {
    await stage.expectEnvelopes({ alice: 1 }, async () => {
      await life.arm(alice.page, point);
      await alice.messageBox.fill(text);
      await alice.messageBox.press("Enter");
      await life.toEnd(point);
      const isStored = life.reached.some(({ call, side }) => call.startsWith("commit") && side === "after");
      if (!isStored) await expect(alice.message(text)).toHaveCount(0);
      await stage.crashAndReload(point);
      await expect(alice.message(UNDISTURBED)).toHaveCount(1);
      await expect(alice.message(text)).toHaveCount(isStored ? 1 : 0);
      if (!isStored) await stage.sendUndisturbed(text);
      await alice.expectStatus(text, "Sent");
    });
  });

  const all = [...INTRODUCTION, UNDISTURBED, ...texts];
  bob.comeBack();
  await stage.expectAliceHas(bob, all);
  await stage.expectPeerHas(bob, all);
  await bob.engine.markRead(alice.username);
  for (const text of texts) await alice.expectStatus(text, "Read");
  stage.expectKeysFetched(1);
});

test("receiving: mail that is pushed is shown once and receipted once", async ({ stage }) => {
  const { alice, life } = stage;
  const bob = await stage.joinAcquaintance("bob");
  await life.arm(alice.page, null);
  await bob.send("alice", UNDISTURBED);
  await life.toRest(REST_AFTER_MAIL);

  const texts = await crashAtEach(choosePoints(life.reached), async (point, text) => {
    await stage.expectEnvelopes({ alice: 1, bob: 1 }, async () => {
      await life.arm(alice.page, point);
      await bob.send("alice", text);
      await stage.crashAndReload(point);
      await expectReceipted(bob, text);
    });
  });

  await alice.openConversation(bob);
  await stage.expectAliceHas(bob, [...INTRODUCTION, UNDISTURBED, ...texts]);
  await bob.untilConversation("alice", (seen) => seen.every(({ status }) => status !== "delivered"));
  await stage.expectPeerHas(bob, [...INTRODUCTION, UNDISTURBED, ...texts]);
  stage.expectKeysFetched(1);
});

test("receiving a receipt: the message ends as delivered", { tag: "@long" }, async ({ stage }) => {
  const { alice, life } = stage;
  const bob = await stage.joinAcquaintance("bob");
  await alice.openConversation(bob);
  const sendWhileAway = async (text: string, point: CrashPoint | null) => {
    await bob.goAway();
    await stage.sendUndisturbed(text);
    await life.arm(alice.page, point);
    bob.comeBack();
  };
  await sendWhileAway(UNDISTURBED, null);
  await alice.expectStatus(UNDISTURBED, "Delivered");
  await life.toRest(REST_AFTER_MAIL);

  const texts = await crashAtEach(choosePoints(life.reached), async (point, text) => {
    await stage.expectEnvelopes({ alice: 1, bob: 1 }, async () => {
      await sendWhileAway(text, point);
      await stage.crashAndReload(point);
      await alice.expectStatus(text, "Delivered");
    });
  });

  await stage.expectAliceHas(bob, [...INTRODUCTION, UNDISTURBED, ...texts]);
  await stage.expectPeerHas(bob, [...INTRODUCTION, UNDISTURBED, ...texts]);
  stage.expectKeysFetched(1);
});

test("receiving a first message: it is shown once, however its prekeys were used", { tag: "@long" }, async ({
  stage,
}) => {
  const { alice, life } = stage;
  const strangers: Peer[] = [];
  /** Somebody new, who has begun a session with Alice. */
  const meetStranger = async () => {
    if (strangers.length % PREKEYS_AT_ONCE === PREKEYS_AT_ONCE - 1) await stage.restartRelay();
    const stranger = await stage.join(`stranger${strangers.length + 1}`);
    strangers.push(stranger);
    await life.arm(alice.page, null);
    await stranger.engine.startConversation("alice");
    await life.toReach("live prekeys");
    return stranger;
  };
  const first = await meetStranger();
  await life.arm(alice.page, null);
  await first.send("alice", UNDISTURBED);
  await life.toRest(REST_AFTER_MAIL);

  const texts = await crashAtEach(choosePoints(life.reached), async (point, text) => {
    const stranger = await meetStranger();
    await stage.expectEnvelopes({ alice: 1, [stranger.username]: 1 }, async () => {
      await life.arm(alice.page, point);
      await stranger.send("alice", text);
      await stage.crashAndReload(point);
      await expectReceipted(stranger, text);
    });
    await stranger.goAway();
  });

  for (const [index, text] of [UNDISTURBED, ...texts].entries()) {
    const stranger = strangers[index];
    if (stranger === undefined) throw new Error("every text is a stranger's");
    await alice.openConversation(stranger);
    await stage.expectAliceHas(stranger, [text]);
  }
  stage.expectKeysFetched(strangers.length);
});

test("starting with mail that waited: it is shown once and receipted once", { tag: "@long" }, async ({ stage }) => {
  const { alice, life } = stage;
  const bob = await stage.joinAcquaintance("bob");
  const sendWhileAway = async (text: string, point: CrashPoint | null) => {
    await alice.leave();
    await bob.send("alice", text);
    await bob.untilConversation("alice", (seen) => seen.at(-1)?.status === "sent");
    life.armNext(point);
    await alice.open();
  };
  await sendWhileAway(UNDISTURBED, null);
  await life.toRest(REST_AFTER_MAIL);

  const texts = await crashAtEach(choosePoints(life.reached), async (point, text) => {
    await stage.expectEnvelopes({ alice: 1, bob: 1 }, async () => {
      await sendWhileAway(text, point);
      await stage.crashAndReload(point);
      await expectReceipted(bob, text);
    });
  });

  await alice.openConversation(bob);
  await stage.expectAliceHas(bob, [...INTRODUCTION, UNDISTURBED, ...texts]);
  await stage.expectPeerHas(bob, [...INTRODUCTION, UNDISTURBED, ...texts]);
  stage.expectKeysFetched(1);
});

/** Sees that Alice's receipt has reached the sender of this text, which is the last one. */
async function expectReceipted(peer: Peer, text: string): Promise<void> {
  await peer.untilConversation("alice", (seen) => {
    const last = seen.at(-1);
    return last?.text === text && last.status === "delivered";
  });
}

const PRODUCT_SCRIPTS = fileURLToPath(new URL("../build/web/assets/", import.meta.url));

/** The scripts of a built app in which the checkpoints' channel is named. */
async function scriptsWithCheckpoints(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".js"));
  expect(names.length).toBeGreaterThan(0);
  const scripts = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")]));
  return scripts.flatMap(([name = "", script = ""]) => (script.includes(CHANNEL) ? [name] : []));
}

test("the product holds none of the checkpoints, and the build that is tested here does", async ({
  checkpointedApp,
}) => {
  expect(await scriptsWithCheckpoints(PRODUCT_SCRIPTS)).toEqual([]);
  expect(await scriptsWithCheckpoints(join(checkpointedApp, "assets"))).toEqual([
    expect.stringMatching(/^engine-worker-/),
  ]);
});

test("a counter used for two bodies would be found, as would an id", () => {
  const envelope = { from: "alice", id: "alice/1", counter: "key/0", body: "one" };
  expect(doubleUses([envelope, envelope, { ...envelope, id: "alice/2", counter: "key/1", body: "two" }])).toEqual([]);
  expect(doubleUses([envelope, { ...envelope, id: "alice/2", body: "two" }])).toEqual(["counter key/0"]);
  expect(doubleUses([envelope, { ...envelope, counter: "key/1", body: "two" }])).toEqual(["id alice/1"]);
  expect(doubleUses([envelope, { ...envelope, id: "alice/2" }])).toEqual(["body one"]);
});
