/** A relay that goes on from a backup: devices fill up their prekeys by themselves, and none is handed out twice. */
import { describe, expect, it } from "vitest";
import { backUpFolder, restoreToFolder } from "../../relay/backup/testing/backup-fixtures.ts";
import type { Store } from "../../relay/store/store.ts";
import { startTestRelay, temporaryFolder } from "../../relay/testing/test-relay.ts";
import { toBase64url } from "../../relay/wire/bytes.ts";
import { ONE_TIME_PREKEYS } from "./account.ts";
import { expectTheyGoOn, joinWatched, missing } from "./testing/watched-person.ts";

/** Every one-time prekey of either kind that relays were given or handed out, each as often as they were. */
interface SeenPrekeys {
  readonly published: string[];
  readonly handedOut: string[];
}

/** Writes down what a store takes and hands out. */
function noting(seen: SeenPrekeys) {
  return (store: Store): Store => ({
    ...store,
    async publishKeys(publication) {
      const outcome = await store.publishKeys(publication);
      const kemPrekeys = publication.oneTimeKemPrekeys.map(({ publicKey }) => publicKey);
      if (outcome.kind === "published") {
        seen.published.push(...[...publication.oneTimePrekeys, ...kemPrekeys].map((key) => toBase64url(key)));
      }
      return outcome;
    },
    async claimKeys(username, withOneTimePrekeys) {
      const claimed = await store.claimKeys(username, withOneTimePrekeys);
      for (const { oneTimePrekey, oneTimeKemPrekey } of claimed?.devices ?? []) {
        if (oneTimePrekey) seen.handedOut.push(toBase64url(oneTimePrekey));
        if (oneTimeKemPrekey) seen.handedOut.push(toBase64url(oneTimeKemPrekey.publicKey));
      }
      return claimed;
    },
  });
}

const STOCK = 2 * ONE_TIME_PREKEYS;

describe("a relay restored from a backup", () => {
  it("gets new one-time prekeys from each device, hands none out twice, and everybody goes on", async () => {
    const seen: SeenPrekeys = { published: [], handedOut: [] };
    const before = await startTestRelay({ wrapStore: noting(seen) });
    let alice = await joinWatched(before, "alice");
    let bob = await joinWatched(before, "bob");
    await alice.engine.startConversation("bob");
    await expectTheyGoOn(alice, bob, "Before");
    const backup = await backUpFolder(before.folder);
    let carol = await joinWatched(before, "carol");
    await carol.engine.startConversation("bob");
    await expectTheyGoOn(carol, bob, "After the backup");
    for (const person of [alice, bob, carol]) await person.engine.stop();
    await before.stop();
    expect(seen.handedOut).toHaveLength(4);

    const folder = temporaryFolder();
    expect(await restoreToFolder(backup, folder)).toMatchObject({ kind: "restored", rows: { account: 2 } });
    const after = await startTestRelay({ wrapStore: noting(seen), folder });
    // Bob is away yet: nobody gets one of his.
    const mallory = await joinWatched(after, "mallory");
    await mallory.engine.startConversation("bob");
    await mallory.engine.send("bob", "Mallory: mallory goes on.");
    expect(seen.handedOut).toHaveLength(4);

    bob = await bob.restart(after);
    [alice, carol] = [await alice.restart(after), await carol.restart(after)];
    for (const friend of [alice, carol]) await expectTheyGoOn(friend, bob, "After");
    expect(missing(await bob.untilConversation("alice", () => true))).toEqual([]);
    // Four people, of whom three filled up.
    await expect.poll(() => seen.published.length, { timeout: 20_000 }).toBe(7 * STOCK);
    expect(new Set(seen.published).size).toBe(seen.published.length);
    const [bobs] = (await after.store.claimKeys("bob"))?.devices ?? [];
    expect(bobs).toMatchObject({ oneTimePrekey: expect.anything(), oneTimeKemPrekey: expect.anything() });
    await mallory.engine.startConversation("carol");
    expect(seen.handedOut.length).toBeGreaterThan(4);
    expect(new Set(seen.handedOut).size).toBe(seen.handedOut.length);
  });
});
