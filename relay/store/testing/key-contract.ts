/** The part of the store's contract that is about accounts, manifests and one-time prekeys. */
import { expect, it } from "vitest";
import { sha256 } from "../sha256.ts";
import {
  alice,
  CONTRACT_LIMITS,
  fresh,
  freshKemPrekeys,
  freshMany,
  kemPrekeyId,
  publication,
  type StoreUnderTest,
  x25519PrekeyId,
} from "./contract-fixtures.ts";

export function describePublishing(subject: StoreUnderTest): void {
  it("keeps what was published, also after it was opened again", async () => {
    const { store, reopen } = await subject.open();
    expect(await store.readDeviceKey(alice)).toBeNull();
    expect(await store.publishKeys(publication())).toEqual({
      kind: "published",
      oneTimePrekeyIds: [],
      oneTimeKemPrekeyIds: [],
    });
    const reopened = await reopen();
    expect(await reopened.readDeviceKey(alice)).toEqual(new Uint8Array(32).fill(2));
    expect(await reopened.readDeviceKey({ username: "alice", device: 2 })).toBeNull();
    const device = {
      device: 1,
      deviceKey: new Uint8Array(32).fill(2),
      manifest: Uint8Array.of(1, 1),
      signature: new Uint8Array(64).fill(1),
      oneTimePrekey: null,
      oneTimeKemPrekey: null,
      remaining: 0,
    };
    expect(await reopened.claimKeys("alice")).toEqual({ devices: [device], identityChange: null });
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
    expect((await store.claimKeys("alice"))?.devices[0]?.remaining).toBe(0);
  });
}

export function describePrekeys(subject: StoreUnderTest): void {
  it("hands each of both kinds out once, oldest first, and then none", async () => {
    const { store } = await subject.open();
    const oneTimePrekeys = freshMany(3);
    const oneTimeKemPrekeys = freshKemPrekeys(4);
    const outcome = await store.publishKeys(publication({ oneTimePrekeys, oneTimeKemPrekeys }));
    expect(outcome).toEqual({
      kind: "published",
      oneTimePrekeyIds: oneTimePrekeys.map((prekey) => x25519PrekeyId(prekey)),
      oneTimeKemPrekeyIds: oneTimeKemPrekeys.map(kemPrekeyId),
    });
    for (let claim = 0; claim < 6; claim += 1) {
      const [device] = (await store.claimKeys("alice"))?.devices ?? [];
      expect(device?.oneTimePrekey).toEqual(oneTimePrekeys[claim] ?? null);
      expect(device?.oneTimeKemPrekey).toEqual(oneTimeKemPrekeys[claim] ?? null);
    }
  });

  it("counts what remains by the kind of which there is less", async () => {
    const { store } = await subject.open();
    const remaining = async () => (await store.claimKeys("alice"))?.devices[0]?.remaining;
    await store.publishKeys(publication({ oneTimePrekeys: freshMany(2), oneTimeKemPrekeys: freshKemPrekeys(4) }));
    expect([await remaining(), await remaining(), await remaining()]).toEqual([1, 0, 0]);
    await store.publishKeys(publication({ oneTimePrekeys: freshMany(5), oneTimeKemPrekeys: freshKemPrekeys(2) }));
    expect([await remaining(), await remaining(), await remaining()]).toEqual([2, 1, 0]);
  });

  it("hands a hundred out to a hundred who ask at once", async () => {
    const { store } = await subject.open();
    const published = { oneTimePrekeys: freshMany(100), oneTimeKemPrekeys: freshKemPrekeys(100) };
    await store.publishKeys(publication(published));
    const claims = await Promise.all(Array.from({ length: 101 }, () => store.claimKeys("alice")));
    const devices = claims.map((claim) => claim?.devices[0]);
    for (const kind of ["oneTimePrekey", "oneTimeKemPrekey"] as const) {
      const handedOut = devices.flatMap((device) => (device?.[kind] ? [JSON.stringify(device[kind])] : []));
      expect(handedOut).toHaveLength(100);
      expect(new Set(handedOut).size).toBe(100);
    }
  });

  it("never takes back one that was handed out, not even with replace and after it was opened again", async () => {
    const { store, reopen } = await subject.open();
    const [first = fresh(), second = fresh()] = freshMany(2);
    const [firstKem, secondKem] = freshKemPrekeys(2);
    if (!firstKem || !secondKem) throw new Error("too few prekeys");
    const both = { oneTimePrekeys: [first, second], oneTimeKemPrekeys: [firstKem, secondKem] };
    await store.publishKeys(publication(both));
    const claimed = (await store.claimKeys("alice"))?.devices[0];
    expect(claimed).toMatchObject({ oneTimePrekey: first, oneTimeKemPrekey: firstKem });
    const reopened = await reopen();
    for (const replace of [false, true]) {
      // Also under another signature: the key is what was handed out.
      const oneTimeKemPrekeys = [{ ...firstKem, signature: fresh(64) }, secondKem];
      expect(await reopened.publishKeys(publication({ ...both, oneTimeKemPrekeys, replace }))).toEqual({
        kind: "published",
        oneTimePrekeyIds: [x25519PrekeyId(second)],
        oneTimeKemPrekeyIds: [kemPrekeyId(secondKem)],
      });
    }
  });

  it("drops the earlier ones of both kinds with replace, and keeps them without", async () => {
    const { store } = await subject.open();
    const [first = fresh(), second = fresh(), third = fresh()] = freshMany(3);
    const [firstKem, secondKem] = freshKemPrekeys(2);
    if (!firstKem || !secondKem) throw new Error("too few prekeys");
    await store.publishKeys(publication({ oneTimePrekeys: [first], oneTimeKemPrekeys: [firstKem] }));
    const more = { oneTimePrekeys: [second, second], oneTimeKemPrekeys: [secondKem, secondKem] };
    expect(await store.publishKeys(publication(more))).toEqual({
      kind: "published",
      oneTimePrekeyIds: [x25519PrekeyId(first), x25519PrekeyId(second)],
      oneTimeKemPrekeyIds: [kemPrekeyId(firstKem), kemPrekeyId(secondKem)],
    });
    expect(await store.publishKeys(publication({ oneTimePrekeys: [third], replace: true }))).toEqual({
      kind: "published",
      oneTimePrekeyIds: [x25519PrekeyId(third)],
      oneTimeKemPrekeyIds: [],
    });
  });

  it("holds as many of each kind as the limit and stores nothing of a publication with one more", async () => {
    const { store } = await subject.open();
    const limit = CONTRACT_LIMITS.oneTimePrekeys;
    const of = (oneTime: number, kem: number) =>
      publication({ oneTimePrekeys: freshMany(oneTime), oneTimeKemPrekeys: freshKemPrekeys(kem) });
    await store.publishKeys(of(limit - 1, limit - 1));
    for (const tooMany of [of(2, 0), of(0, 2)]) {
      const later = { ...tooMany, sequence: 3, statement: Uint8Array.of(3) };
      expect(await store.publishKeys(later)).toEqual({ kind: "too-many-prekeys" });
    }
    const full = await store.publishKeys(of(1, 1));
    expect(full.kind === "published" && full.oneTimePrekeyIds).toHaveLength(limit);
    expect(full.kind === "published" && full.oneTimeKemPrekeyIds).toHaveLength(limit);
    expect((await store.publishKeys({ ...of(limit, limit), replace: true })).kind).toBe("published");
    expect((await store.publishKeys({ ...of(limit, limit + 1), replace: true })).kind).toBe("too-many-prekeys");
  });

  it("knows no keys of a name that nobody owns", async () => {
    const { store } = await subject.open();
    expect(await store.claimKeys("nobody")).toBeNull();
  });
}
