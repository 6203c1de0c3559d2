/**
 * What all use cases of one account share: the open store, the account's record, one queue in which changes are
 * computed and committed one after the other, and word to the watchers of what a commit touched.
 */
import type { AccountStore, Change, EnginePorts } from "./ports.ts";
import type { AccountRecord, ConversationRecord } from "./records.ts";
import type { RelayClient } from "./relay-client.ts";

export class AccountState {
  readonly store: AccountStore;
  readonly ports: EnginePorts;
  readonly relay: RelayClient;
  readonly conversations = new Map<string, ConversationRecord>();
  #account: AccountRecord;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #onCommit: (peers: ReadonlySet<string>) => void;

  constructor(options: {
    readonly store: AccountStore;
    readonly ports: EnginePorts;
    readonly relay: RelayClient;
    readonly account: AccountRecord;
    /** Called after each commit with the peers whose conversations it touched. */
    readonly onCommit: (peers: ReadonlySet<string>) => void;
  }) {
    this.store = options.store;
    this.ports = options.ports;
    this.relay = options.relay;
    this.#account = options.account;
    this.#onCommit = options.onCommit;
  }

  get account(): AccountRecord {
    return this.#account;
  }

  /** Reads what is kept in memory. */
  async load(): Promise<void> {
    for (const { value } of await this.store.list("conversations")) this.conversations.set(value.peer, value);
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

  /** Commits in one transaction. Rejects with StorageError, and then nothing has changed here either. */
  async commit(changes: readonly Change[]): Promise<void> {
    await this.store.commit(changes);
    const touched = new Set<string>();
    for (const change of changes) {
      if (change.store === "account" && change.value !== null) this.#account = change.value;
      if (change.store === "conversations" && change.value !== null) {
        this.conversations.set(change.value.peer, change.value);
      }
      const [peer] = change.id;
      if ((change.store === "conversations" || change.store === "messages") && typeof peer === "string")
        touched.add(peer);
    }
    this.#onCommit(touched);
  }
}
