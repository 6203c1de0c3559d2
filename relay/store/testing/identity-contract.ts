/** The part of the store's contract that is about who owns a name: identity changes, and names the operator frees. */
import { expect, it } from "vitest";
import type { IdentityChange } from "../../wire/keys.ts";
import { sha256 } from "../sha256.ts";
import type { Publication } from "../store.ts";
import {
  alice,
  bob,
  CONTRACT_LIMITS,
  envelope,
  fresh,
  freshKemPrekeys,
  freshMany,
  kemPrekeyId,
  mailToBob,
  NOON,
  publication,
  type StoreUnderTest,
  x25519PrekeyId,
} from "./contract-fixtures.ts";

const first = publication();

function changeFrom(previousIdentityKey: Publication["identityKey"]): IdentityChange {
  return { previousIdentityKey, signature: new Uint8Array(64).fill(7) };
}

/** What another identity publishes to follow the one of `publication()`, as its device's next manifest. */
function successor(overrides: Partial<Publication> = {}): Publication {
  return publication({
    identityKey: new Uint8Array(32).fill(8),
    deviceKey: new Uint8Array(32).fill(9),
    statement: Uint8Array.of(2),
    sequence: 2,
    previousHash: sha256(first.statement),
    identityChange: changeFrom(first.identityKey),
    ...overrides,
  });
}

export function describeIdentityChange(subject: StoreUnderTest): void {
  it("gives the name to the identity that the owner names, also after it was opened again", async () => {
    const { store, reopen } = await subject.open();
    await store.publishKeys(first);
    expect((await store.publishKeys(successor())).kind).toBe("published");
    const reopened = await reopen();
    expect(await reopened.readDeviceKey(alice)).toEqual(successor().deviceKey);
    const keys = await reopened.claimKeys("alice");
    expect(keys?.identityChange).toEqual(changeFrom(first.identityKey));
    expect(keys?.devices.map(({ manifest }) => manifest)).toEqual([successor().statement]);
    const late = publication({ sequence: 3, statement: Uint8Array.of(3), previousHash: sha256(Uint8Array.of(2)) });
    expect((await reopened.publishKeys(late)).kind).toBe("name-taken");
  });

  it("is refused without an identity change, or with one of an identity that does not own the name", async () => {
    const { store } = await subject.open();
    await store.publishKeys(first);
    for (const identityChange of [null, changeFrom(fresh()), changeFrom(successor().identityKey)]) {
      expect((await store.publishKeys(successor({ identityChange }))).kind).toBe("name-taken");
    }
    expect((await store.claimKeys("alice"))?.identityChange).toBeNull();
    expect(await store.readDeviceKey(alice)).toEqual(first.deviceKey);
  });

  it("takes a later manifest only, which names the one before when it is the next", async () => {
    const { store } = await subject.open();
    await store.publishKeys(publication({ sequence: 5 }));
    for (const sequence of [4, 5]) {
      expect((await store.publishKeys(successor({ sequence }))).kind).toBe("manifest-outdated");
    }
    expect((await store.publishKeys(successor({ sequence: 6, previousHash: fresh() }))).kind).toBe("manifest-invalid");
    expect(await store.readDeviceKey(alice)).toEqual(first.deviceKey);
    expect((await store.publishKeys(successor({ sequence: 7, previousHash: fresh() }))).kind).toBe("published");
  });

  it("drops the one-time prekeys of the earlier identity, once, and knows those it handed out", async () => {
    const { store } = await subject.open();
    const [kept, ...own] = freshKemPrekeys(3);
    if (!kept) throw new Error("too few prekeys");
    await store.publishKeys({ ...first, oneTimePrekeys: freshMany(3), oneTimeKemPrekeys: [kept] });
    expect((await store.claimKeys("alice"))?.devices[0]?.oneTimeKemPrekey).toEqual(kept);
    const expected = { kind: "published", oneTimePrekeyIds: [], oneTimeKemPrekeyIds: own.map(kemPrekeyId) };
    expect(await store.publishKeys(successor({ oneTimeKemPrekeys: [kept, ...own] }))).toEqual(expected);
    expect(await store.publishKeys(successor())).toEqual(expected);
  });

  it("counts the prekeys of the earlier identity no longer", async () => {
    const { store } = await subject.open();
    const limit = CONTRACT_LIMITS.oneTimePrekeys;
    await store.publishKeys({ ...first, oneTimePrekeys: freshMany(limit) });
    const tooMany = successor({ oneTimePrekeys: freshMany(limit + 1) });
    expect((await store.publishKeys(tooMany)).kind).toBe("too-many-prekeys");
    expect(await store.readDeviceKey(alice)).toEqual(first.deviceKey);
    expect((await store.publishKeys(successor({ oneTimePrekeys: freshMany(limit) }))).kind).toBe("published");
  });

  it("is kept when it comes with a first publication or from the owner, and stays when none comes", async () => {
    const { store } = await subject.open();
    const identityChange = changeFrom(fresh());
    const known = async (username: string) => (await store.claimKeys(username))?.identityChange;
    await store.publishKeys({ ...first, identityChange });
    expect(await known("alice")).toEqual(identityChange);
    await store.publishKeys(publication({ username: "bob" }));
    expect(await known("bob")).toBeNull();
    await store.publishKeys(publication({ username: "bob", identityChange }));
    expect(await known("bob")).toEqual(identityChange);
    await store.publishKeys(publication({ username: "bob" }));
    expect(await known("bob")).toEqual(identityChange);
    expect((await store.publishKeys(publication({ sequence: 9, statement: fresh() }))).kind).toBe("published");
    expect(await known("alice")).toEqual(identityChange);
  });

  it("goes to one of fifty who ask at once", async () => {
    const { store } = await subject.open();
    await store.publishKeys(first);
    const outcomes = await Promise.all(
      freshMany(50).map((identityKey) => store.publishKeys(successor({ identityKey, statement: identityKey }))),
    );
    expect(outcomes.filter(({ kind }) => kind === "published")).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === "name-taken")).toHaveLength(49);
  });
}

export function describeReset(subject: StoreUnderTest): void {
  const reset = { username: "alice", now: NOON };
  const stranger = publication({ identityKey: fresh(), deviceKey: fresh(), statement: fresh() });

  it("frees a name for any other identity, and never for the one that had it", async () => {
    const { store, reopen } = await subject.open();
    await store.publishKeys(publication({ sequence: 7 }));
    expect(await store.resetName(reset)).toBe(true);
    expect(await store.readDeviceKey(alice)).toBeNull();
    expect(await store.claimKeys("alice")).toBeNull();
    const reopened = await reopen();
    for (const sequence of [7, 8]) {
      expect((await reopened.publishKeys(publication({ sequence }))).kind).toBe("name-taken");
    }
    expect((await reopened.publishKeys(stranger)).kind).toBe("published");
    expect(await reopened.readDeviceKey(alice)).toEqual(stranger.deviceKey);
    expect((await reopened.publishKeys(publication({ sequence: 9 }))).kind).toBe("name-taken");
  });

  it("lets the earlier identity own other names, and name nobody for the one it lost", async () => {
    const { store } = await subject.open();
    await store.publishKeys(first);
    await store.resetName(reset);
    expect((await store.publishKeys(successor())).kind).toBe("name-taken");
    expect((await store.publishKeys({ ...successor(), username: "bob" })).kind).toBe("published");
    expect((await store.publishKeys(publication({ username: "carol" }))).kind).toBe("published");
    expect((await store.publishKeys(stranger)).kind).toBe("published");
    expect((await store.publishKeys({ ...stranger, identityChange: changeFrom(first.identityKey) })).kind).toBe(
      "name-taken",
    );
    expect((await store.claimKeys("alice"))?.identityChange).toBeNull();
  });

  it("refuses the identity before the last one too", async () => {
    const { store } = await subject.open();
    await store.publishKeys(first);
    await store.publishKeys(successor());
    await store.resetName(reset);
    for (const earlier of [first, successor(), successor({ identityChange: null })]) {
      expect((await store.publishKeys(earlier)).kind).toBe("name-taken");
    }
    expect((await store.publishKeys(stranger)).kind).toBe("published");
  });

  it("says when nobody owns the name, and touches no other", async () => {
    const { store } = await subject.open();
    await store.publishKeys(publication({ username: "alicia", oneTimePrekeys: freshMany(1) }));
    expect(await store.resetName(reset)).toBe(false);
    await store.publishKeys(first);
    expect(await store.resetName(reset)).toBe(true);
    expect(await store.resetName(reset)).toBe(false);
    expect((await store.claimKeys("alicia"))?.devices[0]?.oneTimePrekey).not.toBeNull();
  });

  it("may happen to one name again and again", async () => {
    const { store } = await subject.open();
    const owners = freshMany(3).map((identityKey) => publication({ identityKey, statement: identityKey }));
    for (const owner of owners) {
      expect((await store.publishKeys(owner)).kind).toBe("published");
      expect(await store.resetName(reset)).toBe(true);
    }
    for (const owner of owners) expect((await store.publishKeys(owner)).kind).toBe("name-taken");
  });

  it("deletes prekeys that wait, and remembers those that were handed out", async () => {
    const { store } = await subject.open();
    const [taken = fresh(), waiting = fresh()] = freshMany(2);
    const oneTimeKemPrekeys = freshKemPrekeys(2);
    await store.publishKeys({ ...first, oneTimePrekeys: [taken, waiting], oneTimeKemPrekeys });
    await store.claimKeys("alice");
    await store.resetName(reset);
    await store.publishKeys(stranger);
    expect((await store.claimKeys("alice"))?.devices[0]).toMatchObject({ oneTimePrekey: null, oneTimeKemPrekey: null });
    const again = await store.publishKeys({ ...stranger, oneTimePrekeys: [taken, waiting], oneTimeKemPrekeys });
    expect(again).toEqual({
      kind: "published",
      oneTimePrekeyIds: [x25519PrekeyId(waiting)],
      oneTimeKemPrekeyIds: oneTimeKemPrekeys.slice(1).map(kemPrekeyId),
    });
  });

  it("deletes the mail that waits, remembers its digests, and keeps what the name sent to others", async () => {
    const { store } = await subject.open();
    await store.publishKeys(first);
    await store.publishKeys(publication({ username: "bob" }));
    const once = envelope();
    const toAlice = { from: bob, to: "alice", envelopes: [once], now: NOON };
    const page = { after: 0, limit: 10, now: NOON };
    await store.addMail(toAlice);
    await store.addMail(mailToBob());
    await store.resetName(reset);
    expect(await store.addMail(toAlice)).toEqual({ kind: "unknown-user" });
    await store.publishKeys(stranger);
    expect((await store.listMail({ ...page, mailbox: alice })).envelopes).toEqual([]);
    expect(await store.addMail(toAlice)).toEqual({ kind: "stored", added: 0, devices: [] });
    const other = { ...toAlice, envelopes: [envelope(fresh(40), once.id)] };
    expect(await store.addMail(other)).toEqual({ kind: "envelope-conflict" });
    expect((await store.listMail({ ...page, mailbox: bob })).envelopes).toHaveLength(1);
    expect(await store.addMail({ ...toAlice, envelopes: [envelope()] })).toMatchObject({
      added: 1,
      devices: [{ deviceKey: stranger.deviceKey }],
    });
  });

  it("remembers nonces", async () => {
    const { store } = await subject.open();
    const nonce = { deviceKey: first.deviceKey, nonce: fresh(16), expiresAt: NOON + 1000 };
    await store.publishKeys(first);
    await store.claimNonce(nonce);
    await store.resetName(reset);
    expect(await store.claimNonce(nonce)).toBe(false);
  });
}
