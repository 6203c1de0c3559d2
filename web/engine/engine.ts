/**
 * The engine of one account: opens its records, registers it, links it to the relay, and serves the API that pages see.
 * What each call does is in the file named after it; this one says in which phase which of them may run.
 */
import { INVITE_CODE } from "../../relay/wire/keys.ts";
import { isUsername } from "../../relay/wire/username.ts";
import { isMlKem768There, KemUnavailableError } from "../protocol/kem.ts";
import { AccountState } from "./account-state.ts";
import type {
  AccountProblem,
  AccountView,
  CodeComparison,
  ConversationView,
  DeleteOutcome,
  EngineApi,
  IdentityDecision,
  KeyHealthView,
  RefreshOutcome,
  RegisterOutcome,
  RenewOutcome,
  SafetyNumberView,
  SendOutcome,
  StartOutcome,
  Unwatch,
  VerifyOutcome,
} from "./api.ts";
import { markRead, sendText, startConversation } from "./conversations.ts";
import { Link } from "./link.ts";
import { type AccountStore, type EnginePorts, StorageError } from "./ports.ts";
import { maintainPrekeys } from "./prekey-upkeep.ts";
import type { AccountRecord } from "./records.ts";
import { publishAccount, storeNewAccount } from "./registration.ts";
import { RelayClient } from "./relay-client.ts";
import { type AccountStatus, accountView, conversationView, Watchers } from "./views.ts";

const NOT_READY = { kind: "not-ready" } as const;

export interface EngineOptions {
  readonly username: string;
  readonly ports: EnginePorts;
  /** Called whenever a registered account is there. */
  readonly onRegistered: () => Promise<void>;
  /** Called after the account was removed from this device. */
  readonly onRemoved: () => Promise<void>;
}

/** Creates the engine of one account; it opens the store at once and serves the API from the start. */
export function createEngine(options: EngineOptions): EngineApi & { stop(): Promise<void> } {
  return new Engine(options);
}

class Engine implements EngineApi {
  readonly #options: EngineOptions;
  readonly #watchers: Watchers;
  #status: AccountStatus = { phase: "starting", problem: null, connection: "offline", catchingUp: null };
  #state: AccountState | null = null;
  /** null while the account is not in use. */
  #link: Link | null = null;
  #registering: Promise<RegisterOutcome> | null = null;
  #renewing: Promise<RenewOutcome> | null = null;
  readonly #opened: Promise<void>;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#watchers = new Watchers({
      accountView: () => accountView(options.username, this.#status, this.#state),
      conversationView: (peer, count) => conversationView(this.#state, peer, count),
      onError: (error) => this.#fail(error),
    });
    this.#opened = this.#open().catch((error: unknown) => this.#fail(error));
  }

  async watchAccount(listener: (view: AccountView) => void): Promise<Unwatch> {
    return this.#watchers.watchAccount(listener);
  }

  async watchConversation(peer: string, count: number, listener: (view: ConversationView) => void): Promise<Unwatch> {
    await this.#opened;
    return await this.#watchers.watchConversation({ peer, count, listener });
  }

  async register(invite: string | null = null): Promise<RegisterOutcome> {
    await this.#opened;
    this.#registering ??= this.#register(invite).finally(() => {
      this.#registering = null;
    });
    return await this.#registering;
  }

  async startConversation(peer: string): Promise<StartOutcome> {
    await this.#opened;
    const state = this.#ready();
    return state === null ? NOT_READY : await this.#guard(startConversation(state, peer));
  }

  async send(peer: string, text: string): Promise<SendOutcome> {
    await this.#opened;
    const state = this.#ready();
    if (state === null) return NOT_READY;
    const outcome = await this.#guard(sendText(state, peer, text));
    if (outcome.kind === "queued") this.#link?.request("outbox", "receipts");
    return outcome;
  }

  async safetyNumber(peer: string): Promise<SafetyNumberView | null> {
    await this.#opened;
    const state = this.#ready();
    if (state === null) return null;
    const { safetyNumber } = await import("./late.ts");
    return await this.#guard(state.exclusive(() => safetyNumber(state, peer)));
  }

  async setVerified(peer: string, digits: string, verified: boolean): Promise<VerifyOutcome> {
    return await this.#decide((state, late) => late.setVerified(state, peer, { digits, verified }));
  }

  async compareCode(peer: string, code: string): Promise<CodeComparison> {
    return await this.#decide((state, late) => late.compareScannedCode(state, peer, code));
  }

  async decideIdentity(peer: string, change: string, decision: IdentityDecision): Promise<VerifyOutcome> {
    return await this.#decide((state, late) => late.decideIdentity(state, peer, { change, decision }));
  }

  async markRead(peer: string): Promise<void> {
    await this.#opened;
    const state = this.#ready();
    if (state === null) return;
    const owed = await this.#guard(state.exclusive(() => markRead(state, peer)));
    if (owed) this.#link?.request("receipts");
  }

  async reconnect(): Promise<void> {
    await this.#opened;
    this.#link?.retryNow();
    this.#link?.request("outbox");
  }

  async renewIdentity(): Promise<RenewOutcome> {
    await this.#opened;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return await this.#renewing;
  }

  async keyHealth(): Promise<KeyHealthView | null> {
    await this.#opened;
    const state = this.#ready();
    if (state === null) return null;
    const { keyHealth } = await import("./late.ts");
    return await this.#guard(state.exclusive(() => keyHealth(state)));
  }

  async refreshPrekeys(): Promise<RefreshOutcome> {
    await this.#opened;
    const state = this.#ready();
    if (state === null) return NOT_READY;
    const { refreshPrekeys } = await import("./late.ts");
    if (!(await isMlKem768There())) return { kind: "offline" };
    const outcome = await this.#guard(refreshPrekeys(state));
    if (outcome.kind !== "refreshed") this.#link?.request("prekeys");
    return outcome;
  }

  async deleteAccount(): Promise<DeleteOutcome> {
    await this.#opened;
    const state = this.#ready();
    if (state === null) return NOT_READY;
    const { deleteAccount } = await import("./late.ts");
    // Open, it would publish the keys again.
    this.#disconnect();
    const answer = await deleteAccount(state.relay, state.account.username);
    if (answer.kind === "ok" || (answer.kind === "refused" && answer.code === "unknown-device")) {
      await this.removeAccount();
      return { kind: "deleted" };
    }
    await this.#connect();
    if (answer.kind === "limited") return { kind: "refused", code: "rate-limited" };
    return answer.kind === "unreachable" ? { kind: "offline" } : answer;
  }

  async removeAccount(): Promise<void> {
    await this.#opened;
    this.#disconnect();
    const state = this.#state;
    this.#state = null;
    await state?.exclusive(() => state.store.destroy());
    await this.#options.onRemoved();
    this.#setStatus({ phase: "removed", problem: null });
  }

  async stop(): Promise<void> {
    await this.#opened;
    this.#disconnect();
    const state = this.#state;
    this.#state = null;
    await state?.exclusive(() => state.store.close());
  }

  async #open(): Promise<void> {
    const store = await this.#options.ports.openStore();
    const account = await store.read("account", []);
    if (account === null) {
      // Looking at an address must not leave anything behind for a name that nobody made here.
      await store.destroy();
      this.#setStatus({ phase: "absent" });
      return;
    }
    await this.#use(store, account);
    if (account.registered) await this.#connect();
    else this.#setStatus({ phase: "unregistered" });
  }

  async #use(store: AccountStore, account: AccountRecord): Promise<AccountState> {
    const { ports } = this.#options;
    const relay = new RelayClient(ports, () => {
      const { username, device, deviceKeys } = state.account;
      return { keyId: { username, device }, secretKey: deviceKeys.secretKey };
    });
    const onCommit = (peers: ReadonlySet<string>) => this.#onCommit(peers);
    const state: AccountState = new AccountState({ store, ports, relay, account, onCommit });
    await state.load();
    this.#state = state;
    return state;
  }

  async #register(invite: string | null): Promise<RegisterOutcome> {
    const { username } = this.#options;
    if (!isUsername(username)) return { kind: "username-invalid" };
    if (this.#status.phase === "ready") return { kind: "already-here" };
    if (invite !== null && !INVITE_CODE.test(invite)) return { kind: "invite-refused" };
    try {
      const state = this.#state ?? (await this.#makeAccount());
      const outcome = await publishAccount(state, invite);
      const { kind } = outcome;
      if (kind === "registered") await this.#connect();
      if (kind === "name-taken" || kind === "registration-closed") await this.#forgetUnregistered(state);
      return outcome;
    } catch (error) {
      // It comes from where the app comes from.
      if (error instanceof KemUnavailableError) return { kind: "offline" };
      if (!(error instanceof StorageError)) throw error;
      this.#fail(error);
      return { kind: "storage-unavailable" };
    }
  }

  async #renew(): Promise<RenewOutcome> {
    const state = this.#ready();
    if (state === null) return NOT_READY;
    const { renewIdentity } = await import("./late.ts");
    if (!(await isMlKem768There())) return { kind: "offline" };
    // The live socket was proved with the earlier device key: the relay pushes nothing to it any more.
    this.#disconnect();
    await this.#guard(state.exclusive(() => renewIdentity(state)));
    const answer = await this.#guard(maintainPrekeys(state));
    await this.#connect();
    if (answer.kind === "ok") return { kind: "renewed" };
    this.#link?.request("prekeys");
    if (answer.kind === "limited") return { kind: "refused", code: "rate-limited" };
    return answer.kind === "unreachable" ? { kind: "offline" } : answer;
  }

  async #makeAccount(): Promise<AccountState> {
    const { ports, username } = this.#options;
    const { store, account } = await storeNewAccount(username, ports);
    const state = await this.#use(store, account);
    this.#setStatus({ phase: "unregistered", problem: null });
    return state;
  }

  async #forgetUnregistered(state: AccountState): Promise<void> {
    this.#state = null;
    await state.exclusive(() => state.store.destroy());
    this.#setStatus({ phase: "absent" });
  }

  async #connect(): Promise<void> {
    const state = this.#state;
    if (state === null) return;
    await this.#options.onRegistered();
    this.#setStatus({ phase: "ready", problem: null });
    this.#link = new Link({
      state,
      onConnection: (connection) => this.#setStatus({ connection }),
      onProblem: (problem) => this.#setStatus({ problem }),
      onProgress: (catchingUp) => this.#setStatus({ catchingUp }),
      onError: (error) => this.#fail(error),
    });
  }

  #disconnect(): void {
    this.#link?.close();
    this.#link = null;
    this.#setStatus({ connection: "offline", catchingUp: null });
  }

  /** Runs a decision about someone's identity alone, then lets out what waited for it. */
  async #decide<Result>(
    decide: (state: AccountState, late: typeof import("./late.ts")) => Promise<Result>,
  ): Promise<Result | typeof NOT_READY> {
    await this.#opened;
    const state = this.#ready();
    if (state === null) return NOT_READY;
    const late = await import("./late.ts");
    const result = await this.#guard(state.exclusive(() => decide(state, late)));
    this.#link?.request("outbox", "receipts", "recovery");
    return result;
  }

  #ready(): AccountState | null {
    return this.#status.phase === "ready" ? this.#state : null;
  }

  /** Lets a storage failure end the engine's work visibly before it reaches the caller. */
  async #guard<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #fail(error: unknown): void {
    const problem = problemOf(error);
    if (problem === null) {
      // A fault of ours, not of the storage: let the environment report it.
      queueMicrotask(() => {
        throw error;
      });
      return;
    }
    // It may have room again, and until then everything can still be read.
    const goesOn = problem === "storage-full" && this.#status.phase === "ready";
    if (!goesOn) this.#disconnect();
    this.#setStatus(goesOn ? { problem } : { phase: "failed", problem });
  }

  /** Whatever is stored shows that there is room again. */
  #onCommit(peers: ReadonlySet<string>): void {
    if (this.#status.problem === "storage-full") this.#setStatus({ problem: null });
    this.#watchers.touch(peers);
  }

  #setStatus(change: Partial<AccountStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#watchers.touch([]);
  }
}

function problemOf(error: unknown): AccountProblem | null {
  if (!(error instanceof StorageError)) return null;
  switch (error.code) {
    case "fenced":
      return "taken-over";
    case "damaged":
      return "storage-damaged";
    case "newer-version":
      return "storage-newer";
    case "full":
      return "storage-full";
    case "cleared":
      return "storage-cleared";
    case "unavailable":
      return "storage-unavailable";
  }
}
