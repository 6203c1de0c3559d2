/**
 * The part of the store's contract that is about what ends: invites, accounts at their own wish, and mail at the
 * operator's; and about the mailboxes that an operator looks at.
 */
import { expect, it } from "vitest";
import type { Store } from "../store.ts";
import {
  alice,
  bob,
  DAY,
  envelope,
  fresh,
  mailToBob,
  NOON,
  publication,
  type StoreUnderTest,
} from "./contract-fixtures.ts";

const mailbox = { mailbox: bob, after: 0, limit: 100, now: NOON };

export function describeInvites(subject: StoreUnderTest): void {
  const codeHash = fresh();
  const byInvite = (username: string) =>
    publication({ username, registration: { kind: "invite", codeHash }, identityKey: fresh() });

  it("let nobody register once their time is over, and are then swept", async () => {
    const { store } = await subject.open();
    await store.addInvite({ codeHash, uses: 3, expiresAt: NOON + 1 });
    expect(await store.publishKeys(byInvite("carol"))).toMatchObject({ kind: "published" });
    const late = { ...byInvite("bob"), now: NOON + 1 };
    expect(await store.publishKeys(late)).toEqual({ kind: "invite-required" });
    expect(await store.sweep(NOON)).toBe(0);
    expect(await store.sweep(NOON + 1)).toBe(1);
    expect(await store.publishKeys(byInvite("bob"))).toEqual({ kind: "invite-required" });
  });
}

export function describeDeletion(subject: StoreUnderTest): void {
  const ofBob = publication({ username: "bob", identityKey: fresh(), deviceKey: fresh() });
  const deletion = { ...bob, deviceKey: ofBob.deviceKey };
  async function openForBob(): Promise<Store> {
    const { store } = await subject.open();
    await store.publishKeys(ofBob);
    await store.addMail(mailToBob());
    return store;
  }

  it("is only for a device of the account, with the key that is its own", async () => {
    const store = await openForBob();
    expect(await store.deleteAccount({ ...deletion, deviceKey: fresh() })).toBeNull();
    expect(await store.deleteAccount({ ...deletion, device: 2 })).toBeNull();
    expect(await store.deleteAccount({ ...deletion, ...alice })).toBeNull();
    expect((await store.listMail(mailbox)).envelopes).toHaveLength(1);
    expect(await store.deleteAccount(deletion)).toHaveLength(1);
    expect(await store.deleteAccount(deletion)).toBeNull();
  });

  it("leaves nonces, the mail of others, and the mail that the account has sent", async () => {
    const store = await openForBob();
    await store.publishKeys(publication());
    await store.addMail({ from: bob, to: "alice", envelopes: [envelope()], now: NOON });
    const nonce = { deviceKey: ofBob.deviceKey, nonce: fresh(16), expiresAt: NOON + DAY };
    expect(await store.claimNonce(nonce)).toBe(true);
    await store.deleteAccount(deletion);
    expect(await store.claimNonce(nonce)).toBe(false);
    expect((await store.listMail({ ...mailbox, mailbox: alice })).envelopes).toMatchObject([{ from: "bob" }]);
  });
}

export function describeMailboxes(subject: StoreUnderTest): void {
  /** Bob with two envelopes of 10 bytes from noon and one from a day later, Alice with one of 25. */
  async function openWithMail(): Promise<Store> {
    const { store } = await subject.open();
    for (const username of ["alice", "bob"]) await store.publishKeys(publication({ username }));
    await store.addMail(mailToBob({ envelopes: [envelope(fresh(10)), envelope(fresh(10))] }));
    await store.addMail(mailToBob({ envelopes: [envelope(fresh(10))], now: NOON + DAY }));
    await store.addMail({ from: bob, to: "alice", envelopes: [envelope(fresh(25))], now: NOON + DAY });
    return store;
  }

  it("are listed by size, so many at most, without what was acknowledged", async () => {
    const store = await openWithMail();
    const ofBob = { username: "bob", envelopes: 3, bytes: 30, oldestAt: NOON };
    const ofAlice = { username: "alice", envelopes: 1, bytes: 25, oldestAt: NOON + DAY };
    expect(await store.largestMailboxes(10)).toEqual([ofBob, ofAlice]);
    expect(await store.largestMailboxes(1)).toEqual([ofBob]);
    const [first] = (await store.listMail(mailbox)).envelopes;
    await store.acknowledgeMail({ mailbox: bob, names: first ? [first] : [], now: NOON });
    expect(await store.largestMailboxes(10)).toEqual([ofAlice, { ...ofBob, envelopes: 2, bytes: 20 }]);
  });

  it("lose the mail that came by a time, all of them or one", async () => {
    const store = await openWithMail();
    const now = NOON + DAY;
    expect(await store.expireMail({ recipient: null, receivedBy: NOON - 1, now })).toBe(0);
    expect(await store.expireMail({ recipient: "alice", receivedBy: NOON, now })).toBe(0);
    expect(await store.expireMail({ recipient: null, receivedBy: NOON, now })).toBe(2);
    expect(await store.expireMail({ recipient: "bob", receivedBy: NOON + DAY, now })).toBe(1);
    expect(await store.largestMailboxes(10)).toMatchObject([{ username: "alice" }]);
    expect(await store.expireMail({ recipient: "nobody", receivedBy: NOON + DAY, now })).toBe(0);
  });
}
