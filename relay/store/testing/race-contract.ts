/** The part of the store's contract that is about many asking at once, where it can be of several processes. */
import { expect, it } from "vitest";
import { toBase64url } from "../../wire/bytes.ts";
import type { ClaimedDevice, Store } from "../store.ts";
import {
  bob,
  envelope,
  fresh,
  freshKemPrekeys,
  freshMany,
  mailToBob,
  NOON,
  publication,
  type StoreUnderTest,
} from "./contract-fixtures.ts";

export function describeRaces(subject: StoreUnderTest): void {
  async function openTwice(limits: { readonly mailboxEnvelopes?: number } = {}) {
    const { store, openAnother } = await subject.open(limits);
    const other = await openAnother();
    /** Asks both by turns, without waiting. */
    const all = <T>(count: number, ask: (store: Store, index: number) => Promise<T>) =>
      Promise.all(Array.from({ length: count }, (_, index) => ask(index % 2 === 0 ? store : other, index)));
    return { store, all };
  }

  it("hands a hundred one-time prekeys of each kind out to a thousand who ask, each once", async () => {
    const { store, all } = await openTwice();
    await store.publishKeys(publication({ oneTimePrekeys: freshMany(100), oneTimeKemPrekeys: freshKemPrekeys(100) }));
    const claims = await all(1000, (one) => one.claimKeys("alice"));
    const devices = claims.flatMap((claim) => claim?.devices ?? []);
    expect(devices).toHaveLength(1000);
    const kinds: readonly ((device: ClaimedDevice) => Uint8Array | undefined)[] = [
      ({ oneTimePrekey }) => oneTimePrekey ?? undefined,
      ({ oneTimeKemPrekey }) => oneTimeKemPrekey?.publicKey,
    ];
    for (const keyOf of kinds) {
      const handedOut = devices.flatMap((device) => keyOf(device) ?? []).map(toBase64url);
      expect(handedOut).toHaveLength(100);
      expect(new Set(handedOut).size).toBe(100);
    }
  });

  it("gives a name to one of fifty identities that publish at once, and keeps what that one published", async () => {
    const { store, all } = await openTwice();
    const rivals = freshMany(50).map((identityKey) =>
      publication({ identityKey, deviceKey: identityKey, statement: identityKey }),
    );
    const outcomes = await all(rivals.length, (one, index) => one.publishKeys(rivals[index] ?? publication()));
    const winners = rivals.filter((_, index) => outcomes[index]?.kind === "published");
    expect(winners).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === "name-taken")).toHaveLength(49);
    const [device] = (await store.claimKeys("alice"))?.devices ?? [];
    expect(device?.manifest).toEqual(winners[0]?.statement);
  });

  it("takes one nonce once of a hundred times, and each of a hundred others", async () => {
    const { all } = await openTwice();
    const nonce = { deviceKey: fresh(), nonce: fresh(16), expiresAt: NOON };
    expect((await all(100, (one) => one.claimNonce(nonce))).filter(Boolean)).toHaveLength(1);
    const others = await all(100, (one) => one.claimNonce({ ...nonce, nonce: fresh(16) }));
    expect(others.filter(Boolean)).toHaveLength(100);
  });

  it("stores one envelope of twenty that are sent with the same id and body at once", async () => {
    const { store, all } = await openTwice();
    await store.publishKeys(publication({ username: "bob" }));
    const envelopes = [envelope()];
    const outcomes = await all(20, (one) => one.addMail(mailToBob({ envelopes })));
    expect(outcomes.map((outcome) => outcome.kind === "stored" && outcome.added).sort()).toEqual([
      ...Array.from({ length: 19 }, () => 0),
      1,
    ]);
  });

  it("fills a mailbox to its limit and not beyond", async () => {
    const { store, all } = await openTwice({ mailboxEnvelopes: 30 });
    await store.publishKeys(publication({ username: "bob" }));
    const outcomes = await all(50, (one) => one.addMail(mailToBob()));
    expect(outcomes.filter(({ kind }) => kind === "stored")).toHaveLength(30);
    expect(outcomes.filter(({ kind }) => kind === "mailbox-full")).toHaveLength(20);
  });

  it("numbers a mailbox in the order of commits: a reader that goes on from the last it saw misses none", async () => {
    const { store, all } = await openTwice({ mailboxEnvelopes: 500 });
    await store.publishKeys(publication({ username: "bob" }));
    const page = { mailbox: bob, limit: 1000, now: NOON };
    const seen: number[] = [];
    const look = async () => {
      const { envelopes } = await store.listMail({ ...page, after: seen.at(-1) ?? 0 });
      seen.push(...envelopes.map(({ number }) => number));
    };
    const sends = 150;
    let sent = 0;
    const sending = all(sends, async (one) => {
      await one.addMail(mailToBob());
      sent += 1;
    });
    for (let looks = 0; looks < 10_000 && sent < sends; looks += 1) {
      await look();
      // The senders' turn: a store that answers at once would leave them none.
      await new Promise(setImmediate);
    }
    await sending;
    await look();
    const { envelopes } = await store.listMail({ ...page, after: 0 });
    expect(envelopes).toHaveLength(sends);
    expect(seen).toEqual(envelopes.map(({ number }) => number));
  });
}
