/**
 * The life of one account's engine: it opens the account's records, registers it where there is none, keeps it linked
 * to the relay while it is in use, and ends. Whatever fails on the way shows in the status that the pages see.
 */
import { INVITE_CODE } from "../../relay/wire/keys.ts";
import { isUsername } from "../../relay/wire/username.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { KemUnavailableError } from "../protocol/kem.ts";
import { AccountLock } from "./account-lock.ts";
import { AccountState } from "./account-state.ts";
import { StatusBoard } from "./account-status.ts";
import type {
  ConversationView,
  HistoryWindow,
  LockSecret,
  RegisterOutcome,
  RestoreOutcome,
  UnlockOutcome,
} from "./api.ts";
import type { BeginOutcome } from "./begin-session.ts";
import { type Late, lateOrNull, loadLate } from "./left-out.ts";
import { Link } from "./link.ts";
import type { LockKeeper } from "./lock-keeper.ts";
import type { LongWork, Progress } from "./long-work.ts";
import { type EnginePorts, type LockableStore, LockedError, PartMissingError, StorageError } from "./ports.ts";
import type { AccountRecord } from "./records.ts";
import { RelayClient } from "./relay-client.ts";
import type { Job } from "./synchronizer.ts";
import { accountView, conversationView } from "./views.ts";

export interface EngineOptions {
  readonly username: string;
  readonly ports: EnginePorts;
  /** Called whenever a registered account is there. */
  readonly onRegistered: () => Promise<void>;
  /** Called after the account was removed from this device. */
  readonly onRemoved: () => Promise<void>;
  /** Called when the account was locked: whatever ran this engine ends, so that nothing of it stays in memory. */
  readonly onLocked: () => void;
}

/** What an account is restored from. */
interface Backup {
  readonly file: Bytes;
  readonly passphrase: string;
}

export class AccountLife {
  readonly status: StatusBoard;
  /** Resolves when it is known what is stored here; never rejects. */
  readonly opened: Promise<void>;
  readonly #options: EngineOptions;
  #longWork: LongWork | null = null;
  #cancels = 0;
  #state: AccountState | null = null;
  /** null while the account is not in use. */
  #link: Link | null = null;
  readonly #lock: AccountLock;
  #store: LockableStore | null = null;
  #isEnded = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    const fail = (error: unknown) => this.status.fail(error);
    this.status = new StatusBoard({
      accountView: (status) => accountView(options.username, status, this.#state),
      conversationView: (peer, window) => this.#viewConversation(peer, window),
      onBroken: () => this.disconnect(),
    });
    this.#lock = new AccountLock({
      ports: this.#ports,
      isLocked: () => this.status.phase === "locked",
      onLocked: (lock) => this.status.set({ phase: "locked", problem: null, lock }),
      onDue: () => this.lock(),
      onChange: () => this.#showLock(),
      onError: fail,
    });
    this.opened = this.#open().catch(fail);
  }

  /** The account once its records are open; null while it is not in use. */
  async ready(): Promise<AccountState | null> {
    await this.opened;
    return this.status.phase === "ready" ? this.#state : null;
  }

  /** Asks for work on the relay, as soon as there is a link to it. */
  request(...jobs: readonly Job[]): void {
    this.#link?.request(...jobs);
  }

  /** Tries the live socket now instead of after the backoff. */
  retryNow(): void {
    this.#link?.retryNow();
  }

  /** Makes the account, or goes on where that was interrupted, and publishes its keys. */
  async register(invite: string | null): Promise<RegisterOutcome> {
    await this.opened;
    await this.#forgetCleared();
    const { username } = this.#options;
    if (!isUsername(username)) return { kind: "username-invalid" };
    if (this.status.phase === "ready") return { kind: "already-here" };
    if (invite !== null && !INVITE_CODE.test(invite)) return { kind: "invite-refused" };
    const late = await lateOrNull();
    // It comes from where the app comes from.
    if (late === null) return { kind: "offline" };
    try {
      const state = this.#state ?? (await this.#makeAccount(late));
      const outcome = await late.publishAccount(state, invite);
      const { kind } = outcome;
      if (kind === "registered") await this.connect();
      if (kind === "name-taken" || kind === "registration-closed") await this.#forgetUnregistered(state);
      return outcome;
    } catch (error) {
      if (error instanceof late.AlreadyHereError) return { kind: "already-here" };
      if (error instanceof KemUnavailableError) return { kind: "offline" };
      if (!(error instanceof StorageError)) throw error;
      this.status.fail(error);
      return { kind: "storage-unavailable" };
    }
  }

  /** Makes the account of a backup, where there is none, and publishes its keys. */
  async restore(backup: Backup): Promise<RestoreOutcome> {
    try {
      return await this.longWork((progress, late) => this.#restore(backup, progress, late));
    } catch (error) {
      if (error instanceof PartMissingError) return { kind: "offline" };
      throw error;
    }
  }

  async #restore(backup: Backup, progress: Progress, late: Late): Promise<RestoreOutcome> {
    await this.opened;
    await this.#forgetCleared();
    if (this.status.phase !== "absent" && this.status.phase !== "removed") return { kind: "already-here" };
    try {
      const restored = await late.storeBackup(this.#options.username, backup, this.#ports, progress);
      if (restored.kind !== "restored") return restored;
      await this.#use(restored.store, restored.account);
      this.status.set({ phase: "unregistered", problem: null });
      const registration = await this.register(null);
      return registration.kind === "registered" ? { kind: "restored" } : { kind: "unpublished", registration };
    } catch (error) {
      if (error instanceof late.AlreadyHereError) return { kind: "already-here" };
      if (error instanceof KemUnavailableError) return { kind: "offline" };
      if (!(error instanceof StorageError)) throw error;
      this.status.fail(error);
      return { kind: "storage-unavailable" };
    }
  }

  /** Does work that is to be seen and can be given up, also while the part for it is fetched; else PartMissingError. */
  async longWork<Result>(
    work: (progress: Progress, late: Late) => Promise<Result>,
  ): Promise<Result | { readonly kind: "cancelled" }> {
    const cancels = this.#cancels;
    const late = await loadLate();
    this.#longWork ??= new late.LongWork((working) => this.status.set({ working }));
    if (cancels !== this.#cancels) return { kind: "cancelled" };
    return await this.#longWork.run((progress) => work(progress, late));
  }

  /** Gives up what is under way, and what was asked for before this. */
  cancelWork(): void {
    this.#cancels += 1;
    this.#longWork?.cancel();
  }

  /** Puts the account in use: its mail comes and goes from here on. */
  async connect(): Promise<void> {
    const state = this.#state;
    if (state === null) return;
    await this.#options.onRegistered();
    // It was locked, removed or ended meanwhile.
    if (this.#isEnded || this.#state !== state) return;
    this.status.set({ phase: "ready", problem: null });
    this.#link = new Link({
      state,
      onConnection: (connection) => this.status.set({ connection }),
      onProblem: (problem) => this.status.set({ problem }),
      onProgress: (catchingUp) => this.status.set({ catchingUp }),
      onError: (error) => this.status.fail(error),
    });
  }

  /** Links the account in use again, where it is not. */
  async reconnect(): Promise<void> {
    if (this.status.phase === "ready" && this.#link === null) await this.connect();
  }

  /** Ends the link to the relay; `connect` makes another. */
  disconnect(): void {
    this.#link?.close();
    this.#link = null;
    this.status.set({ connection: "offline", catchingUp: null });
  }

  /** Deletes everything that is stored here of the account. */
  async remove(): Promise<void> {
    await this.opened;
    this.disconnect();
    const state = this.#state;
    this.#state = null;
    this.#lock.end();
    if (state === null) await this.#options.ports.deleteStore();
    else await state.exclusive(() => state.store.destroy());
    await this.#options.onRemoved();
    this.status.set({ phase: "removed", problem: null, lock: null });
  }

  /** The ports, with which an engine that has ended takes over nothing. */
  get #ports(): EnginePorts {
    const { ports } = this.#options;
    return { ...ports, openStore: (secret) => ports.openStore(secret, () => !this.#isEnded) };
  }

  /** Ends the engine and leaves what is stored. */
  async stop(): Promise<void> {
    this.#isEnded = true;
    await this.opened;
    await this.#close();
  }

  /** Opens the lock; one attempt after the other. */
  async unlock(secret: LockSecret): Promise<UnlockOutcome> {
    await this.opened;
    try {
      return await this.#lock.unlock(secret, (store) => this.#begin(store));
    } catch (error) {
      if (!this.status.failToUnlock(error)) throw error;
      return { kind: "storage-unavailable" };
    }
  }

  /** The lock's keeper, set or not; null while the account is not in use. */
  async keeper(): Promise<LockKeeper | null> {
    if ((await this.ready()) === null || this.#store === null) return null;
    return await this.#lock.keep(this.#store);
  }

  /** The keeper, where there is one already. */
  get presentKeeper(): LockKeeper | null {
    return this.#lock.keeper;
  }

  /** Closes everything and says so, where a lock is set; the records are then as good as gone until it is opened. */
  async lock(): Promise<void> {
    const set = this.#lock.view;
    if ((await this.ready()) === null || set === null) return;
    await this.#close();
    this.status.setAtOnce({ phase: "locked", problem: null, lock: { ...set, idleMinutes: null, onHiding: false } });
    this.#options.onLocked();
  }

  async #open(): Promise<void> {
    const store = await this.#lock.openStore(null);
    if (!(store instanceof LockedError)) await this.#begin(store);
  }

  /** Uses what is stored; when that fails it is closed again, and nothing of it stays in memory. */
  async #begin(store: LockableStore): Promise<void> {
    try {
      await this.#beginWith(store);
    } catch (error) {
      await this.#close();
      // It may be what has failed.
      await store.close().catch(() => undefined);
      throw error;
    }
  }

  async #beginWith(store: LockableStore): Promise<void> {
    const account = await store.read("account", []);
    if (account === null) {
      // Looking at an address must not leave anything behind for a name that nobody made here.
      await store.destroy();
      this.status.set({ phase: "absent" });
      return;
    }
    if (store.hasLock) await this.#lock.keep(store);
    await this.#use(store, account);
    this.#showLock();
    if (account.registered) await this.connect();
    else this.status.set({ phase: "unregistered" });
  }

  #showLock(): void {
    this.status.set({ lock: this.#lock.view });
  }

  /** What was deleted under the account leaves room for another. */
  async #forgetCleared(): Promise<void> {
    if (this.status.problem !== "storage-cleared") return;
    await this.#close();
    this.status.set({ phase: "absent", problem: null, lock: null });
  }

  async #close(): Promise<void> {
    this.disconnect();
    this.#lock.end();
    const state = this.#state;
    this.#state = null;
    this.#store = null;
    await state?.exclusive(() => state.store.close());
  }

  async #use(store: LockableStore, account: AccountRecord): Promise<AccountState> {
    const { ports } = this.#options;
    const relay = new RelayClient(ports, () => {
      const { username, device, deviceKeys } = state.account;
      return { keyId: { username, device }, secretKey: deviceKeys.secretKey };
    });
    const onCommit = (peers: ReadonlySet<string>) => this.status.committed(peers);
    const state: AccountState = new AccountState({ store, ports, relay, account, beginSession, onCommit });
    if (!(await state.load())) await (await loadLate()).mendRecords(state);
    if (this.#isEnded) {
      await store.close();
      throw new StorageError("fenced", "the engine has ended");
    }
    this.#state = state;
    this.#store = store;
    // What was watched before there was anything to see.
    this.status.watchers.touch(state.conversations.keys());
    return state;
  }

  async #makeAccount({ storeNewAccount }: Late): Promise<AccountState> {
    const { store, account } = await storeNewAccount(this.#options.username, this.#ports);
    const state = await this.#use(store, account);
    this.status.set({ phase: "unregistered", problem: null });
    return state;
  }

  async #forgetUnregistered(state: AccountState): Promise<void> {
    this.#state = null;
    await state.exclusive(() => state.store.destroy());
    this.status.set({ phase: "absent" });
  }

  async #viewConversation(peer: string, window: HistoryWindow): Promise<ConversationView> {
    const state = this.#state;
    const before = state?.store.damaged.size;
    const view = await conversationView(state, peer, window);
    // What does not open is met as it is read.
    if (state?.store.damaged.size !== before) this.status.watchers.touch([]);
    return view;
  }
}

/** Its code comes from where the app does, and so does a relay's answer: without it there is none. */
async function beginSession(state: AccountState, peer: string): Promise<BeginOutcome> {
  const late = await lateOrNull();
  return late === null ? { kind: "unreachable" } : await late.beginSessionWith(state, peer);
}
