/**
 * Several changes of an account computed one after the other and committed in one transaction: each sees what those
 * before it changed, and nobody else sees any of them until the transaction is on disk.
 */
import { AccountState } from "./account-state.ts";
import type { AccountStore, Change, ListedRecord, ListOptions, RecordId, SalvagedRecord } from "./ports.ts";
import type { Records, StoreName } from "./records.ts";

export interface StagedState {
  /** What is committed here is gathered. To be dropped when the exclusive task that made it ends. */
  readonly state: AccountState;
  /** Begins to read a record that will be asked for. */
  prefetch(store: StoreName, id: RecordId): void;
  /** Commits what was gathered, in one transaction. Rejects with StorageError, and then nothing of it has changed. */
  flush(): Promise<void>;
}

/** A copy of the state for one exclusive task: while it is in use nothing else may commit. */
export function stageState(state: AccountState): StagedState {
  const store = new StagedStore(state);
  const { ports, relay, account } = state;
  const staged = new AccountState({
    store,
    ports,
    relay,
    account,
    // Whatever asks the relay for something is no part of a change.
    beginSession: () => Promise.reject(new Error("a staged change asks the network nothing")),
    onCommit: () => undefined,
    signs: state.signs,
  });
  for (const [peer, conversation] of state.conversations) staged.conversations.set(peer, conversation);
  for (const [peer, identity] of state.identities) staged.identities.set(peer, identity);
  return {
    state: staged,
    prefetch: (name, id) => void store.read(name, id).catch(() => undefined),
    flush: () => store.flush(),
  };
}

class StagedStore implements AccountStore {
  readonly #state: AccountState;
  /** By store and id, the latest of each. */
  readonly #changes = new Map<string, Change>();
  readonly #reads = new Map<string, Promise<Records[StoreName] | null>>();

  constructor(state: AccountState) {
    this.#state = state;
  }

  get damaged(): ReadonlySet<StoreName> {
    return this.#state.store.damaged;
  }

  async read<S extends StoreName>(store: S, id: RecordId): Promise<Records[S] | null> {
    const name = nameOf(store, id);
    const change = this.#changes.get(name);
    // The name begins with the store, so the value is of it.
    if (change !== undefined) return change.value as Records[S] | null;
    const read = this.#reads.get(name) ?? this.#state.store.read(store, id);
    this.#reads.set(name, read);
    return (await read) as Records[S] | null;
  }

  /** What is gathered of that store is committed first: lists are rare while changes are gathered. */
  async list<S extends StoreName>(store: S, options?: ListOptions): Promise<readonly ListedRecord<S>[]> {
    if ([...this.#changes.values()].some((change) => change.store === store)) await this.flush();
    return await this.#state.store.list(store, options);
  }

  salvage<S extends StoreName>(): Promise<readonly SalvagedRecord<S>[]> {
    return Promise.reject(new Error("nothing is salvaged within a change"));
  }

  dropDamaged(): Promise<void> {
    return Promise.reject(new Error("nothing is mended within a change"));
  }

  async commit(changes: readonly Change[]): Promise<void> {
    for (const change of changes) this.#changes.set(nameOf(change.store, change.id), change);
  }

  async flush(): Promise<void> {
    if (this.#changes.size === 0) return;
    await this.#state.commit([...this.#changes.values()]);
    for (const name of this.#changes.keys()) this.#reads.delete(name);
    this.#changes.clear();
  }

  destroy(): Promise<void> {
    return this.#state.store.destroy();
  }

  close(): Promise<void> {
    return this.#state.store.close();
  }
}

function nameOf(store: StoreName, id: RecordId): string {
  return JSON.stringify([store, ...id]);
}
