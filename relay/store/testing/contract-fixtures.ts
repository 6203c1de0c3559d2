/** What the store's contract is tested with. */
import { randomBytes } from "node:crypto";
import type { Bytes } from "../../wire/bytes.ts";
import { KEM_PUBLIC_KEY_BYTES, PREKEY_TYPE, type SignedKemPrekey } from "../../wire/keys.ts";
import type { KeyId } from "../../wire/request-signature.ts";
import { oneTimePrekeyId } from "../prekey-records.ts";
import type { Publication, SentMail, Store, StoreLimits } from "../store.ts";

export const DAY = 86_400_000;
export const NOON = Date.UTC(2026, 10, 24, 12);
export const alice: KeyId = { username: "alice", device: 1 };
export const bob: KeyId = { username: "bob", device: 1 };

export const CONTRACT_LIMITS: StoreLimits = {
  oneTimePrekeys: 120,
  mailboxEnvelopes: 5,
  mailboxEnvelopesOfSender: 1_000,
  mailLifetimeMilliseconds: 30 * DAY,
  blobs: {
    accountBytes: 2_000_000,
    accountBlobs: 20,
    totalBytes: 5_000_000,
    lifetimeMilliseconds: 30 * DAY,
    unfinishedMilliseconds: DAY,
  },
};

/** Opens stores that go with the test. */
export interface StoreUnderTest {
  /** Opens an empty store under CONTRACT_LIMITS, unless others are given. */
  open(limits?: Partial<StoreLimits>): Promise<OpenedStore>;
}

export interface OpenedStore {
  readonly store: Store;
  /** Closes it and opens it again. */
  reopen(): Promise<Store>;
  /** Another on the same database, as another process would; the same one where there can only be one process. */
  openAnother(): Promise<Store>;
}

export const fresh = (length = 32): Bytes => Uint8Array.from(randomBytes(length));
export const freshMany = (count: number): readonly Bytes[] => Array.from({ length: count }, () => fresh());

export function freshKemPrekey(): SignedKemPrekey {
  return { publicKey: fresh(KEM_PUBLIC_KEY_BYTES), signature: fresh(64) };
}

export const freshKemPrekeys = (count: number): readonly SignedKemPrekey[] =>
  Array.from({ length: count }, freshKemPrekey);

export const x25519PrekeyId = (publicKey: Bytes): Bytes => oneTimePrekeyId(publicKey, PREKEY_TYPE.oneTime);

export const kemPrekeyId = ({ publicKey }: SignedKemPrekey): Bytes =>
  oneTimePrekeyId(publicKey, PREKEY_TYPE.oneTimeKem);

export function publication(overrides: Partial<Publication> = {}): Publication {
  return {
    username: "alice",
    device: 1,
    identityKey: new Uint8Array(32).fill(1),
    deviceKey: new Uint8Array(32).fill(2),
    statement: Uint8Array.of(1, 1),
    signature: new Uint8Array(64).fill(1),
    sequence: 1,
    previousHash: new Uint8Array(32),
    oneTimePrekeys: [],
    oneTimeKemPrekeys: [],
    identityChange: null,
    replace: false,
    registration: { kind: "open" },
    now: NOON,
    ...overrides,
  };
}

export function mailToBob(overrides: Partial<SentMail> = {}): SentMail {
  return { from: alice, to: "bob", envelopes: [envelope()], now: NOON, ...overrides };
}

export function envelope(body = fresh(40), id = fresh(16)) {
  return { toDevice: 1, id, body };
}
