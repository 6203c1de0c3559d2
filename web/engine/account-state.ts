/**
 * What all use cases of one account share: the open store, the account's record, one queue in which changes are
 * computed and committed one after the other, and word to the watchers of what a commit touched.
 */
import type { Bytes } from "../protocol/bytes.ts";
import type { PeerIdentity } from "./api.ts";
import type { BeginOutcome } from "./begin-session.ts";
import type { AccountStore, Change, EnginePorts } from "./ports.ts";
import type { AccountRecord, ConversationRecord, PeerRecord } from "./records.ts";
import type { RelayClient } from "./relay-client.ts";

/** What is kept in memory of a peer's identity. */
export interface IdentityState {
  readonly kind: PeerIdentity["kind"];
  /** Whether it is still to be found out if the earlier key has signed the new one. */
  readonly toConfirm: boolean;
  readonly isBlocked: boolean;
  readonly givenName: string | null;
}

/** What was last noticed of somebody, in Unix milliseconds by this device's clock. */
export interface SignOfLife {
  /** When something of theirs came in. */
  readonly heardAt: number;
  /** Until when they are taken to be writing. */
  readonly typingUntil: number;
}

/** What this engine sets at the relay (epoch.ts), and from which of those before. */
export interface DrawnEpoch {
  readonly earlier: readonly Bytes[];
  readonly next: Bytes;
}

/** begin-session.ts, which comes late: an account is open sooner without it. */
type BeginSession = (state: AccountState, peer: string) => Promise<BeginOutcome>;

export class AccountState {
  readonly store: AccountStore;
  readonly ports: EnginePorts;
  readonly relay: RelayClient;
  readonly conversations = new Map<string, ConversationRecord>();
  readonly identities = new Map<string, IdentityState>();
  /** Grows with every change of what is searched. */
  searchRevision = 0;
  /** When a fresh session was last tried for with someone, so that one who cannot be reached costs little. */
  readonly renewalsTriedAt = new Map<string, number>();
  /** By peer; shared with staged copies, since nothing of it is stored. */
  readonly signs: Map<string, SignOfLife>;
  /** When somebody's keys were last refused, by peer. */
  readonly refusedAt = new Map<string, number>();
  /** null until it was drawn. */
  drawnEpoch: DrawnEpoch | null = null;
  /** Renewals of sessions under way, by peer. */
  readonly renewals = new Map<string, Promise<void>>();
  readonly #beginSession: BeginSession;
  #account: AccountRecord;
  #nextOutboxNumber = 0;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #onCommit: (peers: ReadonlySet<string>) => void;

  constructor(options: {
    readonly store: AccountStore;
    readonly ports: EnginePorts;
    readonly relay: RelayClient;
    readonly account: AccountRecord;
    readonly beginSession: BeginSession;
    /** Called after each commit with the peers whose conversations it touched. */
    readonly onCommit: (peers: ReadonlySet<string>) => void;
    readonly signs?: Map<string, SignOfLife>;
  }) {
    this.store = options.store;
    this.ports = options.ports;
    this.relay = options.relay;
    this.#account = options.account;
    this.#beginSession = options.beginSession;
    this.#onCommit = options.onCommit;
    this.signs = options.signs ?? new Map();
  }

  get account(): AccountRecord {
    return this.#account;
  }

  /** Reads what is kept in memory; resolves to whether all of it could be read. */
  async load(): Promise<boolean> {
    const { store } = this;
    const conversations = await store.salvage("conversations");
    const peers = await store.salvage("peers");
    const outbox = await store.salvage("outbox");
    for (const { value } of conversations) if (value !== null) this.conversations.set(value.peer, value);
    for (const { value } of peers) if (value !== null) this.identities.set(value.peer, identityStateOf(value));
    this.#nextOutboxNumber = (outbox.at(-1)?.number ?? -1) + 1;
    return [...conversations, ...peers, ...outbox].every(({ value }) => value !== null);
  }

  /** Fetches someone's keys and begins a session with them (begin-session.ts). */
  async beginSession(peer: string): Promise<BeginOutcome> {
    return await this.#beginSession(this, peer);
  }

  /** The next of the outbox's numbers, which keep the order of sending. */
  takeOutboxNumber(): number {
    return this.#nextOutboxNumber++;
  }

  /**
   * Runs `task` when all tasks before it have ended, so that what it read still holds when it commits. Tasks ask the
   * network nothing: a slow relay must not hold up the person's typing.
   */
  exclusive<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Shows again what was touched by no commit. */
  show(peers: ReadonlySet<string>): void {
    this.#onCommit(peers);
  }

  /** Commits in one transaction. Rejects with StorageError, and then nothing has changed here either. */
  async commit(changes: readonly Change[]): Promise<void> {
    await this.store.commit(changes);
    const touched = new Set<string>();
    for (const change of changes) {
      const [peer] = change.id;
      if (change.store === "searchBlocks") this.searchRevision += 1;
      if (change.store === "account" && change.value !== null) this.#account = change.value;
      if (change.store === "conversations" && typeof peer === "string") {
        if (change.value === null) this.conversations.delete(peer);
        else this.conversations.set(peer, change.value);
      }
      if (change.store === "peers" && change.value !== null) {
        this.identities.set(change.value.peer, identityStateOf(change.value));
      }
      const isShown = change.store === "conversations" || change.store === "messages" || change.store === "peers";
      if (isShown && typeof peer === "string") touched.add(peer);
    }
    this.#onCommit(touched);
  }
}

function identityStateOf({ change, verifiedAt, blocked: isBlocked, givenName }: PeerRecord): IdentityState {
  if (change !== null) return { kind: "changed", toConfirm: change.signedByEarlier === null, isBlocked, givenName };
  return { kind: verifiedAt === null ? "unverified" : "verified", toConfirm: false, isBlocked, givenName };
}
