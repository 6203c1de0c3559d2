/** The part of the store's contract that is about accounts, manifests and one-time prekeys. */
import { expect, it } from "vitest";
import { oneTimePrekeyId, sha256 } from "../key-records.ts";
import { alice, CONTRACT_LIMITS, fresh, freshMany, publication, type StoreUnderTest } from "./contract-fixtures.ts";

export function describePublishing(subject: StoreUnderTest): void {
  it("keeps what was published, also after it was opened again", async () => {
    const { store, reopen } = await subject.open();
    expect(await store.readDeviceKey(alice)).toBeNull();
    expect(await store.publishKeys(publication())).toEqual({ kind: "published", oneTimePrekeyIds: [] });
    const reopened = await reopen();
    expect(await reopened.readDeviceKey(alice)).toEqual(new Uint8Array(32).fill(2));
    expect(await reopened.readDeviceKey({ username: "alice", device: 2 })).toBeNull();
    const claimed = await reopened.claimKeys("alice");
    expect(claimed).toEqual([
      {
        device: 1,
        manifest: Uint8Array.of(1, 1),
        signature: new Uint8Array(64).fill(1),
        oneTimePrekey: null,
        remaining: 0,
      },
    ]);
  });

  it("takes the same manifest again, and refuses another one with its sequence or a lower one", async () => {
    const { store } = await subject.open();
    await store.publishKeys(publication({ sequence: 7 }));
    expect((await store.publishKeys(publication({ sequence: 7 }))).kind).toBe("published");
    const otherStatement = publication({ sequence: 7, statement: Uint8Array.of(1, 2) });
    expect((await store.publishKeys(otherStatement)).kind).toBe("manifest-outdated");
    const otherSignature = publication({ sequence: 7, signature: new Uint8Array(64).fill(9) });
    expect((await store.publishKeys(otherSignature)).kind).toBe("manifest-outdated");
    expect((await store.publishKeys(publication({ sequence: 6 }))).kind).toBe("manifest-outdated");
  });

  it("wants the next manifest to name the one before, and lets a bigger jump be", async () => {
    const { store } = await subject.open();
    await store.publishKeys(publication());
    const next = publication({ sequence: 2, statement: Uint8Array.of(2), deviceKey: new Uint8Array(32).fill(5) });
    expect((await store.publishKeys(next)).kind).toBe("manifest-invalid");
    expect(await store.readDeviceKey(alice)).toEqual(new Uint8Array(32).fill(2));
    const linked = { ...next, previousHash: sha256(Uint8Array.of(1, 1)) };
    expect((await store.publishKeys(linked)).kind).toBe("published");
    expect(await store.readDeviceKey(alice)).toEqual(new Uint8Array(32).fill(5));
    const jump = publication({ sequence: 4, statement: Uint8Array.of(4), previousHash: fresh() });
    expect((await store.publishKeys(jump)).kind).toBe("published");
  });

  it("gives a name to one identity key only, also when fifty ask at once", async () => {
    const { store } = await subject.open();
    const outcomes = await Promise.all(
      freshMany(50).map((identityKey) => store.publishKeys(publication({ identityKey, oneTimePrekeys: [fresh()] }))),
    );
    expect(outcomes.filter(({ kind }) => kind === "published")).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === "name-taken")).toHaveLength(49);
    expect((await store.claimKeys("alice"))?.[0]?.remaining).toBe(0);
  });
}

export function describePrekeys(subject: StoreUnderTest): void {
  it("hands each out once, oldest first, and then none", async () => {
    const { store } = await subject.open();
    const oneTimePrekeys = freshMany(3);
    const outcome = await store.publishKeys(publication({ oneTimePrekeys }));
    expect(outcome).toEqual({ kind: "published", oneTimePrekeyIds: oneTimePrekeys.map(oneTimePrekeyId) });
    for (const [index, expected] of [...oneTimePrekeys, null, null].entries()) {
      const [device] = (await store.claimKeys("alice")) ?? [];
      expect(device?.oneTimePrekey).toEqual(expected);
      expect(device?.remaining).toBe(Math.max(0, 2 - index));
    }
  });

  it("hands a hundred out to a hundred who ask at once", async () => {
    const { store } = await subject.open();
    await store.publishKeys(publication({ oneTimePrekeys: freshMany(100) }));
    const claims = await Promise.all(Array.from({ length: 101 }, () => store.claimKeys("alice")));
    const handedOut = claims.map((devices) => devices?.[0]?.oneTimePrekey).filter((prekey) => prekey !== null);
    expect(new Set(handedOut.map(String)).size).toBe(100);
    expect(handedOut).toHaveLength(100);
  });

  it("never takes back one that was handed out, not even with replace and after it was opened again", async () => {
    const { store, reopen } = await subject.open();
    const [first = fresh(), second = fresh()] = freshMany(2);
    await store.publishKeys(publication({ oneTimePrekeys: [first, second] }));
    expect((await store.claimKeys("alice"))?.[0]?.oneTimePrekey).toEqual(first);
    const reopened = await reopen();
    for (const replace of [false, true]) {
      const outcome = await reopened.publishKeys(publication({ oneTimePrekeys: [first, second], replace }));
      expect(outcome).toEqual({ kind: "published", oneTimePrekeyIds: [oneTimePrekeyId(second)] });
    }
  });

  it("drops the earlier ones with replace, and keeps them without", async () => {
    const { store } = await subject.open();
    const [first = fresh(), second = fresh(), third = fresh()] = freshMany(3);
    await store.publishKeys(publication({ oneTimePrekeys: [first] }));
    const kept = await store.publishKeys(publication({ oneTimePrekeys: [second, second] }));
    expect(kept).toEqual({ kind: "published", oneTimePrekeyIds: [first, second].map(oneTimePrekeyId) });
    const replaced = await store.publishKeys(publication({ oneTimePrekeys: [third], replace: true }));
    expect(replaced).toEqual({ kind: "published", oneTimePrekeyIds: [oneTimePrekeyId(third)] });
  });

  it("holds as many as the limit and stores nothing of a publication with one more", async () => {
    const { store } = await subject.open();
    const limit = CONTRACT_LIMITS.oneTimePrekeys;
    await store.publishKeys(publication({ oneTimePrekeys: freshMany(limit - 1) }));
    const tooMany = publication({ sequence: 3, statement: Uint8Array.of(3), oneTimePrekeys: freshMany(2) });
    expect(await store.publishKeys(tooMany)).toEqual({ kind: "too-many-prekeys" });
    const full = await store.publishKeys(publication({ oneTimePrekeys: freshMany(1) }));
    expect(full.kind === "published" && full.oneTimePrekeyIds).toHaveLength(limit);
    const replaced = await store.publishKeys(publication({ oneTimePrekeys: freshMany(limit), replace: true }));
    expect(replaced.kind).toBe("published");
  });

  it("knows no keys of a name that nobody owns", async () => {
    const { store } = await subject.open();
    expect(await store.claimKeys("nobody")).toBeNull();
  });
}
