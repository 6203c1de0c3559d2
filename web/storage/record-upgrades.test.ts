import { describe, expect, it } from "vitest";
import { upgradeRecord } from "./record-upgrades.ts";

const bytes = (value: number) => new Uint8Array(32).fill(value);

/** What a message of schema 2 gets that was written at 1. */
const UNMARKED = { writtenAt: 1, reply: null, session: null, statusTimes: {}, marks: null, expiry: null };

const NOTHING_DISAPPEARS = {
  lastKind: "text",
  timer: { seconds: null, setAt: 0 },
  muted: false,
  pinnedAt: null,
  archived: false,
  draft: "",
  lastExpiresAt: null,
};

/** What somebody of schema 3 gets. */
const NOT_BLOCKED = { blocked: false, givenName: null };

/** What an account of schema 4 gets. */
const FIRST_READ = { contentVersion: 1, settings: { readReceipts: true, typing: true } };

describe("a record of schema 1", () => {
  it("of an account has no identity before it, none is being renewed, and there is no invite code", () => {
    const account = { username: "alice", device: 1, manifest: bytes(1), registered: true };
    expect(upgradeRecord("account", 1, account)).toEqual({
      ...account,
      identityChange: null,
      renewalPending: false,
      invite: null,
      backedUpAt: null,
      ...FIRST_READ,
    });
  });

  it("of a peer has sessions of version 1, and nobody verified or refused it", () => {
    const session = { phase: "established", generation: 7, transcriptHash: bytes(2) };
    const record = { session, createdAt: 1, lastUsedAt: 2 };
    const peer = { peer: "bob", device: 1, identityKey: bytes(3), manifestSequence: 4, sessions: [record, record] };
    const upgraded = { ...record, session: { ...session, version: 1 } };
    expect(upgradeRecord("peers", 1, peer)).toEqual({
      ...peer,
      retiredGeneration: 0,
      sessions: [upgraded, upgraded],
      verifiedAt: null,
      change: null,
      refusedIdentityKeys: [],
      ...NOT_BLOCKED,
    });
    expect(upgradeRecord("peers", 1, { ...peer, sessions: [] })).toMatchObject({ sessions: [] });
  });

  it("of a conversation is one that the person takes part in", () => {
    expect(upgradeRecord("conversations", 1, { peer: "bob", unread: 2 })).toEqual({
      peer: "bob",
      unread: 2,
      accepted: true,
      ...NOTHING_DISAPPEARS,
    });
  });

  it("of a message was never sent again", () => {
    const message = { kind: "text", contentId: "id", text: "hello", at: 1, source: null };
    expect(upgradeRecord("messages", 1, message)).toEqual({ ...message, identityKey: null, resends: 0, ...UNMARKED });
  });

  it("of a notice about unopened mail is a card for what is lost", () => {
    const notice = { kind: "notice", notice: "unopened-envelope", at: 5 };
    const card = { kind: "missing", at: 5, count: 1, state: "lost", cause: "altered" };
    expect(upgradeRecord("messages", 1, notice)).toEqual(card);
  });

  it("of a notice about another identity says so still", () => {
    const notice = { kind: "notice", notice: "identity-mismatch", at: 5 };
    expect(upgradeRecord("messages", 1, notice)).toEqual({ kind: "notice", notice: "identity-changed", at: 5 });
  });

  it("in the outbox is encrypted", () => {
    const entry = { peer: "bob", toDevice: 1, envelopeId: bytes(1), body: bytes(2), sequence: null };
    expect(upgradeRecord("outbox", 1, entry)).toEqual({ kind: "sealed", ...entry });
  });

  it("of an owed receipt is for the identity that was known", () => {
    const owed = { peer: "bob", contentId: "id", status: "read" };
    expect(upgradeRecord("owedReceipts", 1, owed)).toEqual({ ...owed, underChange: false });
  });

  it.each(["signedPrekeys", "oneTimePrekeys", "messageIndex", "handledEnvelopes", "acceptedHandshakes"] as const)(
    "in %s is as it was",
    (store) => {
      const record = { anything: 1 };
      expect(upgradeRecord(store, 1, record)).toBe(record);
    },
  );

  it.each([
    ["an account that is no object", "account", 7],
    ["a peer that is nothing", "peers", null],
    ["a peer without sessions", "peers", { peer: "bob" }],
    ["a peer whose sessions are no list", "peers", { peer: "bob", sessions: {} }],
    ["a session that is no object", "peers", { peer: "bob", sessions: [{ session: "none" }] }],
    ["a message that is text", "messages", "hello"],
  ] as const)("is damaged when it is %s", (_what, store, record) => {
    expect(() => upgradeRecord(store, 1, record)).toThrow(expect.objectContaining({ code: "damaged" }));
  });
});

describe("a record of schema 2", () => {
  it("of an account has no invite code", () => {
    const account = { username: "alice", registered: false, renewalPending: true };
    expect(upgradeRecord("account", 2, account)).toEqual({
      ...account,
      invite: null,
      backedUpAt: null,
      ...FIRST_READ,
    });
    expect(() => upgradeRecord("account", 2, null)).toThrow(expect.objectContaining({ code: "damaged" }));
  });

  it("of a peer has no retired session", () => {
    const peer = { peer: "bob", sessions: [], verifiedAt: 5 };
    expect(upgradeRecord("peers", 2, peer)).toEqual({ ...peer, retiredGeneration: 0, ...NOT_BLOCKED });
  });

  it("of a conversation has a text for its last message", () => {
    expect(upgradeRecord("conversations", 2, { peer: "bob" })).toEqual({ peer: "bob", ...NOTHING_DISAPPEARS });
  });

  it("of a message is one that nothing has become of, and a notice is as it was", () => {
    const message = { kind: "text", contentId: "id", text: "hello", at: 1, resends: 2 };
    expect(upgradeRecord("messages", 2, message)).toEqual({ ...message, ...UNMARKED });
    const notice = { kind: "notice", notice: "verified", at: 5 };
    expect(upgradeRecord("messages", 2, notice)).toEqual(notice);
  });

  it.each(["outbox", "owedReceipts"] as const)("in %s is as it was, whatever it is", (store) => {
    const record = { kind: "notice", verifiedAt: 5, accepted: false, underChange: true, resends: 3 };
    expect(upgradeRecord(store, 2, record)).toBe(record);
  });
});

describe("a record of schema 3", () => {
  it("of an account has no backup", () => {
    const account = { username: "alice", invite: "a-code-of-the-operator" };
    expect(upgradeRecord("account", 3, account)).toEqual({ ...account, backedUpAt: null, ...FIRST_READ });
  });
});

describe("a record of schema 4", () => {
  it("of an account was read by the first version of contents", () => {
    expect(upgradeRecord("account", 4, { username: "alice" })).toEqual({ username: "alice", ...FIRST_READ });
  });
});

describe("a record of the present schema", () => {
  it("of an account is as it was", () => {
    const account = { username: "alice", backedUpAt: 7 };
    expect(upgradeRecord("account", 5, account)).toBe(account);
  });
});
