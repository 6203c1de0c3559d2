/** The part of the store's contract that is about who gets the name of a deleted account, and who may register at all. */
import { expect, it } from "vitest";
import { sha256 } from "../sha256.ts";
import type { Publication, Registration, Store } from "../store.ts";
import {
  alice,
  bob,
  envelope,
  fresh,
  freshKemPrekeys,
  freshMany,
  NOON,
  publication,
  type StoreUnderTest,
} from "./contract-fixtures.ts";

const owner = publication();
const stranger = publication({ identityKey: fresh(), deviceKey: fresh(), statement: fresh() });
const deletion = { ...alice, deviceKey: owner.deviceKey };
const reset = { username: "alice", now: NOON };

export function describeDepartures(subject: StoreUnderTest): void {
  it("leaves nothing of the account, and says which devices it had", async () => {
    const { store } = await subject.open();
    const before = await store.statistics();
    await store.publishKeys({ ...owner, oneTimePrekeys: freshMany(2), oneTimeKemPrekeys: freshKemPrekeys(2) });
    await store.claimKeys("alice");
    await store.addMail({ from: bob, to: "alice", envelopes: [envelope()], now: NOON });
    expect(await store.statistics()).not.toEqual(before);
    expect(await store.deleteAccount(deletion)).toEqual([{ device: 1, deviceKey: owner.deviceKey }]);
    expect(await store.statistics()).toEqual(before);
    expect(await store.readDeviceKey(alice)).toBeNull();
    expect(await store.claimKeys("alice")).toBeNull();
    expect(await store.newestMail(alice)).toBe(0);
    const mail = { from: bob, to: "alice", envelopes: [envelope()], now: NOON };
    expect(await store.addMail(mail)).toEqual({ kind: "unknown-user" });
  });

  it("keeps the name for its own identity, which may begin again, and from every other", async () => {
    const { store, reopen } = await subject.open();
    await store.publishKeys(publication({ sequence: 7 }));
    await store.deleteAccount(deletion);
    const reopened = await reopen();
    expect((await reopened.publishKeys(stranger)).kind).toBe("name-taken");
    const identityChange = { previousIdentityKey: owner.identityKey, signature: new Uint8Array(64) };
    expect((await reopened.publishKeys({ ...stranger, identityChange })).kind).toBe("name-taken");
    expect((await reopened.publishKeys(owner)).kind).toBe("published");
    expect(await reopened.readDeviceKey(alice)).toEqual(owner.deviceKey);
    expect((await reopened.publishKeys(stranger)).kind).toBe("name-taken");
  });

  it("lets the operator free the name for others, once, and then never gives it to the identity that left", async () => {
    const { store } = await subject.open();
    await store.publishKeys(owner);
    await store.deleteAccount(deletion);
    expect(await store.resetName(reset)).toBe(true);
    expect(await store.resetName(reset)).toBe(false);
    expect((await store.publishKeys(owner)).kind).toBe("name-taken");
    expect((await store.publishKeys(stranger)).kind).toBe("published");
  });
}

export function describeEpochs(subject: StoreUnderTest): void {
  const device = { ...alice, deviceKey: owner.deviceKey };

  it("are set where none is, where the present one is expected, and nowhere else", async () => {
    const { store, reopen } = await subject.open();
    const [first, second, third, other] = [fresh(16), fresh(16), fresh(16), fresh(16)];
    expect(await store.setEpoch({ ...device, expected: [], next: first })).toBeNull();
    await store.publishKeys(owner);
    expect(await store.setEpoch({ ...device, expected: [other], next: first })).toEqual(first);
    expect(await store.setEpoch({ ...device, expected: [], next: second })).toEqual(first);
    expect(await store.setEpoch({ ...device, expected: [other], next: second })).toEqual(first);
    const reopened = await reopen();
    expect(await reopened.setEpoch({ ...device, expected: [other, first], next: second })).toEqual(second);
    expect(await reopened.setEpoch({ ...device, deviceKey: fresh(), expected: [second], next: third })).toBeNull();
    expect(await reopened.setEpoch({ ...device, device: 2, expected: [second], next: third })).toBeNull();
    await reopened.publishKeys(publication({ ...owner, sequence: owner.sequence + 5, statement: fresh(40) }));
    expect(await reopened.setEpoch({ ...device, expected: [], next: third })).toEqual(second);
  });

  it("are set by one of fifty who expect the same at once", async () => {
    const { store } = await subject.open();
    await store.publishKeys(owner);
    const first = fresh(16);
    await store.setEpoch({ ...device, expected: [], next: first });
    const next = Array.from({ length: 50 }, () => fresh(16));
    const present = await Promise.all(next.map((one) => store.setEpoch({ ...device, expected: [first], next: one })));
    expect(next.filter((one, index) => present[index]?.join() === one.join())).toHaveLength(1);
    expect(new Set(present.map((one) => one?.join()))).toHaveLength(1);
  });

  it("begin anew with an account that was deleted", async () => {
    const { store } = await subject.open();
    await store.publishKeys(owner);
    await store.setEpoch({ ...device, expected: [], next: fresh(16) });
    await store.deleteAccount(deletion);
    await store.publishKeys(owner);
    const next = fresh(16);
    expect(await store.setEpoch({ ...device, expected: [], next })).toEqual(next);
  });
}

const code = fresh();
const byInvite: Registration = { kind: "invite", codeHash: code };
const newcomer = (username: string, registration: Registration = byInvite): Publication =>
  publication({ username, registration });

/** What a refused registration may not change. */
async function traces(store: Store) {
  return { ...(await store.statistics()), isReset: await store.resetName({ username: "carol", now: NOON }) };
}

export function describeRegistration(subject: StoreUnderTest): void {
  it("lets as many register as it has uses, and keeps its uses when an owner publishes again", async () => {
    const { store, reopen } = await subject.open();
    await store.addInvite({ codeHash: code, uses: 2, expiresAt: NOON + 1 });
    for (let again = 0; again < 3; again += 1) {
      expect((await store.publishKeys(newcomer("alice"))).kind).toBe("published");
    }
    const reopened = await reopen();
    expect((await reopened.publishKeys(newcomer("bob"))).kind).toBe("published");
    expect(await reopened.publishKeys(newcomer("carol"))).toEqual({ kind: "invite-required" });
    expect((await reopened.publishKeys(newcomer("alice"))).kind).toBe("published");
  });

  it("is needed where one is asked for, is of no use where nobody may register, and where everyone may", async () => {
    const { store } = await subject.open();
    await store.addInvite({ codeHash: code, uses: 1, expiresAt: NOON + 1 });
    const refused = [
      { registration: { kind: "invite", codeHash: null }, kind: "invite-required" },
      { registration: { kind: "invite", codeHash: fresh() }, kind: "invite-required" },
      { registration: { kind: "closed" }, kind: "registration-closed" },
    ] as const;
    const before = await traces(store);
    for (const { registration, kind } of refused) {
      expect(await store.publishKeys(newcomer("carol", registration))).toEqual({ kind });
      expect(await traces(store)).toEqual(before);
    }
    expect((await store.publishKeys(newcomer("alice", { kind: "open" }))).kind).toBe("published");
    expect((await store.publishKeys(newcomer("bob"))).kind).toBe("published");
    // Who has a name already keeps it, whoever may register now.
    expect((await store.publishKeys(newcomer("alice", { kind: "closed" }))).kind).toBe("published");
  });

  it("keeps its use when the registration is refused for another reason", async () => {
    const { store } = await subject.open();
    await store.addInvite({ codeHash: code, uses: 1, expiresAt: NOON + 1 });
    const tooMany = { ...newcomer("alice"), oneTimePrekeys: freshMany(121) };
    expect((await store.publishKeys(tooMany)).kind).toBe("too-many-prekeys");
    expect((await store.publishKeys(newcomer("alice"))).kind).toBe("published");
    await store.deleteAccount({ ...alice, deviceKey: owner.deviceKey });
    // An account that comes back registers like any other.
    expect((await store.publishKeys(newcomer("alice"))).kind).toBe("invite-required");
  });

  it("lets no more register than it has uses when all ask at once", async () => {
    const { store, openAnother } = await subject.open();
    const stores = [store, await openAnother()];
    await store.addInvite({ codeHash: sha256(code), uses: 3, expiresAt: NOON + 1 });
    const registration: Registration = { kind: "invite", codeHash: sha256(code) };
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        stores[index % stores.length]?.publishKeys(newcomer(`carol-${index}`, registration)),
      ),
    );
    expect(outcomes.filter((outcome) => outcome?.kind === "published")).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome?.kind === "invite-required")).toHaveLength(37);
  });
}
