/** The stock of one-time prekeys on the relay, the weekly change of the lasting ones, and when secrets end. */
import { describe, expect, it } from "vitest";
import type { Publication } from "../../relay/store/store.ts";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { parsePublishRequest, type UnclaimedPrekeyIds } from "../../relay/wire/keys.ts";
import { makeManifest, parseManifest } from "../../relay/wire/manifest.ts";
import { sha256 } from "../protocol/kdf.ts";
import { signStatement } from "../protocol/signature.ts";
import { currentManifest, ONE_TIME_PREKEYS } from "./account.ts";
import { deleteExpired, PREKEY_SECRET_LIFETIME_MS } from "./expiry.ts";
import { makeOneTimePrekeys } from "./own-prekeys.ts";
import type { Change } from "./ports.ts";
import {
  MAX_KEPT_ONE_TIME_PREKEYS,
  maintainPrekeys,
  REFILL_BELOW,
  SIGNED_PREKEY_ROTATION_MS,
} from "./prekey-upkeep.ts";
import { randomBytes, texts } from "./testing/person.ts";
import { SteppedPerson, testTime } from "./testing/stepped-person.ts";
import { alterStopped, readStopped, twoWhoTalked } from "./testing/stored.ts";

async function aliceAlone(lie: Lie = {}) {
  const relay = await startTestRelay({
    wrapStore: (store) => ({
      ...store,
      async publishKeys(publication) {
        const outcome = await store.publishKeys({ ...publication, ...lie.publication });
        return outcome.kind === "published" ? { ...outcome, ...lie.answer } : outcome;
      },
    }),
  });
  const time = testTime(relay);
  const alice = await SteppedPerson.join(relay, time, "alice");
  const carol = await relay.member("carol");
  const take = async (count: number) => {
    for (let taken = 0; taken < count; taken++) await carol.fetchBundle("alice");
  };
  return { relay, time, alice, take };
}

/** What a relay makes of publications and of its answers to them, from the moment that it is set. */
interface Lie {
  publication?: Partial<Publication>;
  answer?: Partial<UnclaimedPrekeyIds>;
}

/** What the last request published. */
function lastPublication({ network }: SteppedPerson) {
  const request = network.requests.findLast(({ target }) => target === "/api/publish_keys");
  const publication = parsePublishRequest(JSON.parse(request?.body ?? "null"));
  if (publication === null) throw new Error("nothing was published");
  return publication;
}

/** Adds prekeys of both kinds that were handed out before. */
async function keepTaken({ state }: SteppedPerson, count: number): Promise<void> {
  const now = state.ports.clock.now();
  const made = await makeOneTimePrekeys({ x25519: count, kem: count, randomBytes, now });
  await state.commit(
    made.flatMap((change): readonly Change[] => {
      const facts = { published: true, takenAt: now };
      if (change.store === "oneTimePrekeys" && change.value)
        return [{ ...change, value: { ...change.value, ...facts } }];
      if (change.store !== "oneTimeKemPrekeys" || !change.value) return [];
      return [{ ...change, value: { ...change.value, ...facts } }];
    }),
  );
}

async function upkeep({ state }: SteppedPerson): Promise<void> {
  await maintainPrekeys(state);
  await deleteExpired(state);
}

const kept = async ({ state }: SteppedPerson) => ({
  x25519: (await state.store.list("oneTimePrekeys")).length,
  kem: (await state.store.list("oneTimeKemPrekeys")).length,
});

const lasting = async ({ state }: SteppedPerson) => ({
  signed: (await state.store.list("signedPrekeys")).length,
  lastResort: (await state.store.list("lastResortKemPrekeys")).length,
});

describe("the stock of one-time prekeys", () => {
  it("is filled up in both kinds below twenty, not at twenty", async () => {
    const { alice, take } = await aliceAlone();
    await take(ONE_TIME_PREKEYS - REFILL_BELOW);
    await maintainPrekeys(alice.state);
    expect(await kept(alice)).toEqual({ x25519: 100, kem: 100 });
    await take(1);
    const answer = await maintainPrekeys(alice.state);
    if (answer.kind !== "ok") throw new Error("the relay must answer");
    expect(answer.value.oneTimePrekeyIds.length).toBe(ONE_TIME_PREKEYS);
    expect(answer.value.oneTimeKemPrekeyIds.length).toBe(ONE_TIME_PREKEYS);
    expect(await kept(alice)).toEqual({ x25519: 181, kem: 181 });
  });

  it("of one kind is filled up alone", async () => {
    const lie: Lie = {};
    const { alice } = await aliceAlone(lie);
    lie.answer = { oneTimeKemPrekeyIds: [] };
    await maintainPrekeys(alice.state);
    const { oneTimePrekeys, oneTimeKemPrekeys, replace } = lastPublication(alice);
    expect([oneTimePrekeys.length, oneTimeKemPrekeys.length, replace]).toEqual([0, 100, false]);
    expect(await kept(alice)).toEqual({ x25519: 100, kem: 200 });
  });

  it("is not made anew for a kind of which there is enough", async () => {
    const { alice } = await aliceAlone();
    await maintainPrekeys(alice.state);
    const { oneTimePrekeys, oneTimeKemPrekeys } = lastPublication(alice);
    expect([oneTimePrekeys, oneTimeKemPrekeys]).toEqual([[], []]);
    expect(await kept(alice)).toEqual({ x25519: 100, kem: 100 });
  });

  it.each([
    ["loses all of them again and again", { publication: { replace: true } }],
    [
      "says that it holds none",
      { answer: { oneTimePrekeyIds: [], oneTimeKemPrekeyIds: [] }, publication: { replace: true } },
    ],
    [
      "names one that nobody made",
      { answer: { oneTimePrekeyIds: [new Uint8Array(16)] }, publication: { replace: true } },
    ],
  ] satisfies readonly (readonly [string, Lie])[])(
    "stays within a thousand of each kind when a relay %s",
    async (_what, told) => {
      const lie: Lie = {};
      const { alice } = await aliceAlone(lie);
      Object.assign(lie, told);
      await keepTaken(alice, 800);
      for (const wanted of [1_000, 1_000, 1_000]) {
        await maintainPrekeys(alice.state);
        expect(await kept(alice)).toEqual({ x25519: wanted, kem: wanted });
      }
      expect(MAX_KEPT_ONE_TIME_PREKEYS).toBe(1_000);
    },
  );
});

describe("the signed prekey and the last-resort KEM prekey", () => {
  it("are replaced together after a week, not before, by a manifest that follows the one before", async () => {
    const { time, alice } = await aliceAlone();
    const before = currentManifest(alice.state.account);
    time.advance(SIGNED_PREKEY_ROTATION_MS - 1);
    await maintainPrekeys(alice.state);
    expect(currentManifest(alice.state.account)).toEqual(before);
    time.advance(1);
    await maintainPrekeys(alice.state);
    const after = currentManifest(alice.state.account);
    expect(after.sequence).toBe(before.sequence + 1);
    expect(after.signedPrekey).not.toEqual(before.signedPrekey);
    expect(after.lastResortKemPrekey).not.toEqual(before.lastResortKemPrekey);
    expect(after.protocolVersions).toEqual([2]);
    expect(parseManifest(lastPublication(alice).manifest)).toEqual(after);
    expect(await lasting(alice)).toEqual({ signed: 2, lastResort: 2 });
  });

  it("that were replaced die after 37 days, not before", async () => {
    const { time, alice } = await aliceAlone();
    time.advance(SIGNED_PREKEY_ROTATION_MS);
    await upkeep(alice);
    const first = (await alice.state.store.list("lastResortKemPrekeys")).find(({ value }) => value.replacedAt !== null);
    const isThere = async () =>
      (await alice.state.store.list("lastResortKemPrekeys")).some(
        ({ value }) => value.createdAt === first?.value.createdAt,
      );
    time.advance(PREKEY_SECRET_LIFETIME_MS);
    await upkeep(alice);
    expect(await isThere()).toBe(true);
    expect(await lasting(alice)).toEqual({ signed: 3, lastResort: 3 });
    time.advance(1);
    await upkeep(alice);
    expect(await isThere()).toBe(false);
    expect(await lasting(alice)).toEqual({ signed: 2, lastResort: 2 });
  });
});

describe("one-time prekeys that were taken", () => {
  it("keep their secrets for 37 days, and no longer", async () => {
    const { time, alice, take } = await aliceAlone();
    await take(1);
    await upkeep(alice);
    time.advance(PREKEY_SECRET_LIFETIME_MS);
    await upkeep(alice);
    expect(await kept(alice)).toEqual({ x25519: 100, kem: 100 });
    time.advance(1);
    await upkeep(alice);
    expect(await kept(alice)).toEqual({ x25519: 99, kem: 99 });
  });
});

describe("an account whose manifest is of version 1", () => {
  it("publishes one of version 2 as soon as its engine starts, with a last-resort KEM prekey", async () => {
    const { alice, bob } = await twoWhoTalked();
    let sequence = 0;
    await alterStopped(alice, async (store) => {
      const account = await store.read("account", []);
      if (account === null) throw new Error("there is no account");
      const present = currentManifest(account);
      sequence = present.sequence + 1;
      const { statement } = makeManifest({
        ...present,
        sequence,
        previousHash: await sha256(account.manifest),
        protocolVersions: [1],
        lastResortKemPrekey: new Uint8Array(),
      });
      const manifestSignature = signStatement(account.identity.secretKey, statement);
      return [{ store: "account", id: [], value: { ...account, manifest: statement, manifestSignature } }];
    });
    const back = await alice.restart();
    await back.network.untilGranted("/api/publish_keys");
    await back.engine.send("bob", "third");
    await bob.untilConversation("alice", (view) => texts(view).includes("third"));
    const account = await readStopped(back, (store) => store.read("account", []));
    const manifest = account && currentManifest(account);
    expect(manifest).toMatchObject({ sequence: sequence + 1, protocolVersions: [2] });
    expect(manifest?.lastResortKemPrekey.length).toBe(1184);
    const request = back.network.requests.find(({ target }) => target === "/api/publish_keys");
    const published = parsePublishRequest(JSON.parse(request?.body ?? "null"));
    expect(published?.manifest).toEqual(account?.manifest);
  });
});
