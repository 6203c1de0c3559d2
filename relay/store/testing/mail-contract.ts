/** The part of the store's contract that is about mail, nonces and the passing of time. */
import { expect, it } from "vitest";
import {
  alice,
  bob,
  CONTRACT_LIMITS,
  DAY,
  envelope,
  fresh,
  mailToBob,
  NOON,
  publication,
  type StoreUnderTest,
} from "./contract-fixtures.ts";

export function describeMail(subject: StoreUnderTest): void {
  async function openForBob() {
    const opened = await subject.open();
    await opened.store.publishKeys(publication({ username: "bob" }));
    return opened;
  }
  const mailbox = { mailbox: bob, after: 0, limit: 100, now: NOON };

  it("lists what was sent, oldest first and in pages, also after it was opened again", async () => {
    const { store, reopen } = await openForBob();
    const sent = Array.from({ length: 5 }, () => envelope());
    for (const one of sent) expect((await store.addMail(mailToBob({ envelopes: [one] }))).kind).toBe("stored");
    const reopened = await reopen();
    const first = await reopened.listMail({ ...mailbox, limit: 3 });
    expect(first.envelopes.map(({ body }) => body)).toEqual(sent.slice(0, 3).map(({ body }) => body));
    expect(first.envelopes[0]).toMatchObject({ from: "alice", fromDevice: 1, toDevice: 1, receivedAt: NOON });
    const second = await reopened.listMail({ ...mailbox, limit: 3, after: first.next ?? 0 });
    expect(second.envelopes.map(({ id }) => id)).toEqual(sent.slice(3).map(({ id }) => id));
    expect(second.next).toBeNull();
    const exact = await reopened.listMail({ ...mailbox, limit: 5 });
    expect(exact.next).toBeNull();
    expect((await reopened.listMail({ ...mailbox, mailbox: { ...bob, device: 2 } })).envelopes).toEqual([]);
  });

  it("ends a page at so many bytes of bodies, but not before its first envelope", async () => {
    const { store } = await openForBob();
    const sent = Array.from({ length: 4 }, () => envelope(fresh(100)));
    for (const one of sent) await store.addMail(mailToBob({ envelopes: [one] }));
    for (const [bytes, count] of [
      [1, 1],
      [199, 1],
      [200, 2],
      [400, 4],
    ] as const) {
      const { envelopes, next } = await store.listMail({ ...mailbox, bytes });
      expect(envelopes.map(({ id }) => id)).toEqual(sent.slice(0, count).map(({ id }) => id));
      const rest = await store.listMail({ ...mailbox, after: next ?? Number.MAX_SAFE_INTEGER });
      expect(rest.envelopes.map(({ id }) => id)).toEqual(sent.slice(count).map(({ id }) => id));
      expect(next === null).toBe(count === 4);
    }
  });

  it("takes the same id and body as the same envelope, and refuses another body", async () => {
    const { store } = await openForBob();
    const once = envelope();
    expect(await store.addMail(mailToBob({ envelopes: [once, once] }))).toMatchObject({ added: 1 });
    expect(await store.addMail(mailToBob({ envelopes: [once] }))).toEqual({ kind: "stored", added: 0, devices: [] });
    const other = envelope(fresh(40), once.id);
    expect(await store.addMail(mailToBob({ envelopes: [envelope(), other] }))).toEqual({ kind: "envelope-conflict" });
    expect(await store.addMail(mailToBob({ envelopes: [envelope(fresh(9), fresh(16)), once] }))).toMatchObject({
      kind: "stored",
    });
    expect((await store.listMail(mailbox)).envelopes).toHaveLength(2);
  });

  it("keeps the ids of different senders apart", async () => {
    const { store } = await openForBob();
    const id = fresh(16);
    const carol = { username: "carol", device: 1 };
    await store.addMail(mailToBob({ envelopes: [envelope(fresh(8), id)] }));
    expect((await store.addMail(mailToBob({ from: carol, envelopes: [envelope(fresh(8), id)] }))).kind).toBe("stored");
    await store.acknowledgeMail({ mailbox: bob, names: [{ from: "alice", fromDevice: 1, id }], now: NOON });
    expect((await store.listMail(mailbox)).envelopes.map(({ from }) => from)).toEqual(["carol"]);
  });

  it("stores all envelopes of one send or none", async () => {
    const { store } = await openForBob();
    const elsewhere = { ...envelope(), toDevice: 2 };
    expect(await store.addMail(mailToBob({ envelopes: [envelope(), elsewhere] }))).toEqual({ kind: "unknown-user" });
    expect(await store.addMail(mailToBob({ to: "nobody" }))).toEqual({ kind: "unknown-user" });
    expect((await store.listMail(mailbox)).envelopes).toEqual([]);
  });

  it("does not deliver again what was acknowledged, though the sender tries again", async () => {
    const { store } = await openForBob();
    const once = envelope();
    await store.addMail(mailToBob({ envelopes: [once] }));
    const acknowledgement = { mailbox: bob, names: [{ from: "alice", fromDevice: 1, id: once.id }], now: NOON };
    expect(await store.acknowledgeMail({ ...acknowledgement, mailbox: { ...bob, device: 2 } })).toBe(0);
    expect(await store.acknowledgeMail({ ...acknowledgement, mailbox: alice })).toBe(0);
    expect(await store.acknowledgeMail(acknowledgement)).toBe(1);
    expect(await store.acknowledgeMail(acknowledgement)).toBe(0);
    expect(await store.addMail(mailToBob({ envelopes: [once] }))).toEqual({ kind: "stored", added: 0, devices: [] });
    expect((await store.addMail(mailToBob({ envelopes: [envelope(fresh(3), once.id)] }))).kind).toBe(
      "envelope-conflict",
    );
    expect((await store.listMail(mailbox)).envelopes).toEqual([]);
  });

  it("takes as many of one sender as their share, and more of others", async () => {
    const { store } = await subject.open({ mailboxEnvelopesOfSender: 2 });
    await store.publishKeys(publication({ username: "bob" }));
    const [first, second] = [envelope(), envelope()];
    await store.addMail(mailToBob({ envelopes: [first] }));
    expect(await store.addMail(mailToBob({ envelopes: [second, envelope()] }))).toEqual({ kind: "mailbox-full" });
    await store.addMail(mailToBob({ envelopes: [second] }));
    expect(await store.addMail(mailToBob())).toEqual({ kind: "mailbox-full" });
    expect(await store.addMail(mailToBob({ envelopes: [second] }))).toMatchObject({ kind: "stored", added: 0 });
    expect(await store.addMail(mailToBob({ from: { username: "carol", device: 1 } }))).toMatchObject({ added: 1 });
    await store.acknowledgeMail({ mailbox: bob, names: [{ from: "alice", fromDevice: 1, id: first.id }], now: NOON });
    expect(await store.addMail(mailToBob())).toMatchObject({ kind: "stored", added: 1 });
  });

  it("holds as many envelopes as the limit, and counts waiting ones only", async () => {
    const { store } = await openForBob();
    const waiting = Array.from({ length: CONTRACT_LIMITS.mailboxEnvelopes - 1 }, () => envelope());
    const [first = envelope()] = waiting;
    await store.addMail(mailToBob({ envelopes: waiting }));
    expect(await store.addMail(mailToBob({ envelopes: [envelope(), envelope()] }))).toEqual({ kind: "mailbox-full" });
    expect((await store.addMail(mailToBob())).kind).toBe("stored");
    expect(await store.addMail(mailToBob())).toEqual({ kind: "mailbox-full" });
    expect((await store.addMail(mailToBob({ envelopes: waiting }))).kind).toBe("stored");
    await store.acknowledgeMail({ mailbox: bob, names: [{ from: "alice", fromDevice: 1, id: first.id }], now: NOON });
    expect((await store.addMail(mailToBob())).kind).toBe("stored");
  });
}

export function describeTime(subject: StoreUnderTest): void {
  it("claims a nonce once for each key, also at once and after it was opened again", async () => {
    const { store, reopen } = await subject.open();
    const nonce = { deviceKey: fresh(), nonce: fresh(16), expiresAt: NOON + 1000 };
    const claims = await Promise.all(Array.from({ length: 100 }, () => store.claimNonce(nonce)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await store.claimNonce({ ...nonce, deviceKey: fresh() })).toBe(true);
    const reopened = await reopen();
    await reopened.sweep(NOON + 999);
    expect(await reopened.claimNonce(nonce)).toBe(false);
    await reopened.sweep(NOON + 1000);
    expect(await reopened.claimNonce(nonce)).toBe(true);
  });

  it("lets mail live thirty days and not a millisecond more", async () => {
    const { store } = await subject.open();
    await store.publishKeys(publication({ username: "bob" }));
    const end = NOON + CONTRACT_LIMITS.mailLifetimeMilliseconds;
    const page = { mailbox: bob, after: 0, limit: 10 };
    await store.addMail(mailToBob());
    expect(await store.sweep(end - 1)).toBe(0);
    expect((await store.listMail({ ...page, now: end - 1 })).envelopes).toHaveLength(1);
    expect((await store.listMail({ ...page, now: end })).envelopes).toHaveLength(0);
    expect(await store.sweep(end)).toBe(1);
  });

  it("deletes nothing of others when an envelope comes by a clock that is ahead", async () => {
    const { store } = await subject.open();
    await store.publishKeys(publication({ username: "bob" }));
    const ahead = NOON + 365 * DAY;
    const [old, again] = [envelope(), envelope()];
    await store.addMail(mailToBob({ envelopes: [old, again] }));
    expect(await store.addMail(mailToBob({ now: ahead }))).toMatchObject({ kind: "stored", added: 1 });
    expect(await store.addMail(mailToBob({ envelopes: [again], now: ahead }))).toMatchObject({ added: 1 });
    const { envelopes } = await store.listMail({ mailbox: bob, after: 0, limit: 10, now: NOON });
    expect(envelopes).toHaveLength(3);
    expect(envelopes.map(({ id }) => id)).toEqual(expect.arrayContaining([old.id, again.id]));
  });

  it("keeps the time of its last sweep, also when it is opened again", async () => {
    const { store, reopen } = await subject.open();
    await store.publishKeys(publication({ username: "bob" }));
    expect(await store.sweptAt(NOON)).toBe(NOON);
    await store.addMail(mailToBob());
    expect(await store.sweptAt(NOON)).toBeNull();
    await store.sweep(NOON);
    await store.sweep(NOON - DAY);
    expect(await (await reopen()).sweptAt(NOON)).toBe(NOON - DAY);
  });

  it("remembers what was acknowledged for thirty days more", async () => {
    const { store } = await subject.open();
    await store.publishKeys(publication({ username: "bob" }));
    const once = envelope();
    const acknowledgedAt = NOON + 29 * DAY;
    const end = acknowledgedAt + CONTRACT_LIMITS.mailLifetimeMilliseconds;
    await store.addMail(mailToBob({ envelopes: [once] }));
    const names = [{ from: "alice", fromDevice: 1, id: once.id }];
    await store.acknowledgeMail({ mailbox: bob, names, now: acknowledgedAt });
    await store.sweep(end - 1);
    expect(await store.addMail(mailToBob({ envelopes: [once], now: end - 1 }))).toMatchObject({ added: 0 });
    expect(await store.addMail(mailToBob({ envelopes: [once], now: end }))).toMatchObject({ added: 1 });
  });

  it("makes room in a full mailbox when mail expires, without waiting for a sweep", async () => {
    const { store } = await subject.open();
    await store.publishKeys(publication({ username: "bob" }));
    const full = Array.from({ length: CONTRACT_LIMITS.mailboxEnvelopes }, () => envelope());
    await store.addMail(mailToBob({ envelopes: full }));
    const end = NOON + CONTRACT_LIMITS.mailLifetimeMilliseconds;
    expect((await store.addMail(mailToBob({ now: end - 1 }))).kind).toBe("mailbox-full");
    expect((await store.addMail(mailToBob({ now: end }))).kind).toBe("stored");
  });
}
