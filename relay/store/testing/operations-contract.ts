/** The part of the store's contract that is about what sockets and operators ask for. */
import { expect, it } from "vitest";
import {
  alice,
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

const page = { mailbox: bob, after: 0, limit: 10, now: NOON };
const bobs = publication({ username: "bob" });

export function describeClaimsWithoutPrekeys(subject: StoreUnderTest): void {
  it("hand out none, say how many are left, and leave them for the next", async () => {
    const { store } = await subject.open();
    const [oneTimePrekey = fresh()] = freshMany(1);
    const oneTimeKemPrekeys = freshKemPrekeys(2);
    await store.publishKeys(publication({ oneTimePrekeys: [oneTimePrekey], oneTimeKemPrekeys }));
    const without = (await store.claimKeys("alice", false))?.devices[0];
    expect(without).toMatchObject({ oneTimePrekey: null, oneTimeKemPrekey: null, remaining: 1 });
    expect(without?.manifest).toEqual(publication().statement);
    const claimed = (await store.claimKeys("alice", true))?.devices[0];
    expect(claimed).toMatchObject({ oneTimePrekey, oneTimeKemPrekey: oneTimeKemPrekeys[0], remaining: 0 });
    expect(await store.claimKeys("nobody", false)).toBeNull();
  });
}

export function describeMailbox(subject: StoreUnderTest): void {
  it("knows the number of its newest waiting envelope", async () => {
    const { store } = await subject.open();
    await store.publishKeys(bobs);
    expect(await store.newestMail(bob)).toBe(0);
    const [first, second] = [envelope(), envelope()];
    await store.addMail(mailToBob({ envelopes: [first, second] }));
    const numbers = (await store.listMail(page)).envelopes.map(({ number }) => number);
    expect(await store.newestMail(bob)).toBe(numbers[1]);
    expect(await store.countMail(bob)).toBe(2);
    expect(await store.newestMail({ ...bob, device: 2 })).toBe(0);
    expect(await store.countMail({ ...bob, device: 2 })).toBe(0);
    expect(await store.newestMail(alice)).toBe(0);
    const acknowledge = (id: typeof first.id) =>
      store.acknowledgeMail({ mailbox: bob, names: [{ from: "alice", fromDevice: 1, id }], now: NOON });
    await acknowledge(second.id);
    expect(await store.newestMail(bob)).toBe(numbers[0]);
    expect(await store.countMail(bob)).toBe(1);
    await acknowledge(first.id);
    expect(await store.newestMail(bob)).toBe(0);
  });

  it("is listed for the key that is the device's own now, and for no earlier one", async () => {
    const { store } = await subject.open();
    await store.publishKeys(bobs);
    await store.addMail(mailToBob());
    const count = async (deviceKey: typeof bobs.deviceKey) =>
      (await store.listMail({ ...page, deviceKey })).envelopes.length;
    expect(await count(bobs.deviceKey)).toBe(1);
    expect(await count(fresh())).toBe(0);
    const later = { ...bobs, deviceKey: fresh(), sequence: 5, statement: fresh() };
    await store.publishKeys(later);
    expect(await count(bobs.deviceKey)).toBe(0);
    expect(await count(later.deviceKey)).toBe(1);
  });
}

export function describeOperations(subject: StoreUnderTest): void {
  it("counts what it holds", async () => {
    const { store } = await subject.open();
    const nothing = {
      accounts: 0,
      waitingEnvelopes: 0,
      waitingBytes: 0,
      oneTimePrekeys: 0,
      devicesWithoutPrekeys: 0,
      blobs: 0,
      blobBytes: 0,
    };
    expect(await store.statistics()).toEqual(nothing);
    await store.publishKeys(publication({ oneTimePrekeys: freshMany(3), oneTimeKemPrekeys: freshKemPrekeys(1) }));
    await store.publishKeys({ ...bobs, oneTimePrekeys: freshMany(2) });
    const once = envelope(fresh(41));
    await store.addMail(mailToBob({ envelopes: [once, envelope(fresh(100))] }));
    const both = {
      ...nothing,
      accounts: 2,
      waitingEnvelopes: 2,
      waitingBytes: 141,
      oneTimePrekeys: 6,
      devicesWithoutPrekeys: 1,
    };
    expect(await store.statistics()).toEqual(both);
    await store.claimKeys("alice");
    const names = [{ from: "alice", fromDevice: 1, id: once.id }];
    await store.acknowledgeMail({ mailbox: bob, names, now: NOON });
    expect(await store.statistics()).toEqual({
      ...both,
      waitingEnvelopes: 1,
      waitingBytes: 100,
      oneTimePrekeys: 4,
      devicesWithoutPrekeys: 2,
    });
  });

  it("checks that it can write, as often as it is asked and also at once", async () => {
    const { store, openAnother } = await subject.open();
    const other = await openAnother();
    await store.check();
    await Promise.all([store, other, store, other].map((one) => one.check()));
    expect((await store.statistics()).accounts).toBe(0);
  });

  it("sweeps more rows than one transaction takes, and none that are in use", async () => {
    const { store } = await subject.open();
    const nonce = { deviceKey: fresh(), nonce: fresh(16), expiresAt: NOON + 1 };
    const expired = Array.from({ length: 1001 }, () => ({ ...nonce, nonce: fresh(16), expiresAt: NOON }));
    await Promise.all([nonce, ...expired].map((one) => store.claimNonce(one)));
    expect(await store.sweep(NOON - 1)).toBe(0);
    expect(await store.sweep(NOON)).toBe(1001);
    expect(await store.sweep(NOON)).toBe(0);
    expect(await store.claimNonce(nonce)).toBe(false);
  });
}
