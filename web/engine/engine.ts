/**
 * The engine of one account: opens its records, registers it, keeps it connected, and serves the API that pages see.
 * What each call does is in the file named after it; this one says in which phase which of them may run.
 */
import { isUsername } from "../../relay/wire/username.ts";
import { loadKem } from "../protocol/kem.ts";
import { makeAccount } from "./account.ts";
import { AccountState } from "./account-state.ts";
import type {
  AccountProblem,
  AccountView,
  CodeComparison,
  ConversationView,
  EngineApi,
  IdentityDecision,
  RegisterOutcome,
  RenewOutcome,
  SafetyNumberView,
  SendOutcome,
  StartOutcome,
  Unwatch,
  VerifyOutcome,
} from "./api.ts";
import { markRead, sendText, startConversation } from "./conversations.ts";
import { compareScannedCode, decideIdentity, safetyNumber, setVerified } from "./identity.ts";
import { type AccountStore, type EnginePorts, type LiveConnection, StorageError } from "./ports.ts";
import { maintainPrekeys, REFILL_BELOW } from "./prekey-upkeep.ts";
import type { AccountRecord } from "./records.ts";
import { RelayClient, type Signer } from "./relay-client.ts";
import { renewIdentity } from "./renewal.ts";
import { Synchronizer } from "./synchronizer.ts";
import { type AccountStatus, accountView, conversationView, Watchers } from "./views.ts";

/** When the code for handshakes is loaded: after the app is there, and before most need it. */
const LOAD_KEM_AFTER_MS = 4_000;

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
  #status: AccountStatus = { phase: "starting", problem: null, connection: "offline" };
  #state: AccountState | null = null;
  #synchronizer: Synchronizer | null = null;
  #live: LiveConnection | null = null;
  #cancelLoading: () => void = () => undefined;
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

  async register(): Promise<RegisterOutcome> {
    await this.#opened;
    this.#registering ??= this.#register().finally(() => {
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
    if (outcome.kind === "queued") this.#synchronizer?.request("outbox", "receipts");
    return outcome;
  }

  async safetyNumber(peer: string): Promise<SafetyNumberView | null> {
    await this.#opened;
    const state = this.#ready();
    return state === null ? null : await this.#guard(state.exclusive(() => safetyNumber(state, peer)));
  }

  async setVerified(peer: string, digits: string, verified: boolean): Promise<VerifyOutcome> {
    return await this.#decide((state) => setVerified(state, peer, { digits, verified }));
  }

  async compareCode(peer: string, code: string): Promise<CodeComparison> {
    return await this.#decide((state) => compareScannedCode(state, peer, code));
  }

  async decideIdentity(peer: string, change: string, decision: IdentityDecision): Promise<VerifyOutcome> {
    return await this.#decide((state) => decideIdentity(state, peer, { change, decision }));
  }

  async markRead(peer: string): Promise<void> {
    await this.#opened;
    const state = this.#ready();
    if (state === null) return;
    const owed = await this.#guard(state.exclusive(() => markRead(state, peer)));
    if (owed) this.#synchronizer?.request("receipts");
  }

  async reconnect(): Promise<void> {
    await this.#opened;
    this.#live?.retryNow();
    this.#synchronizer?.request("outbox");
  }

  async renewIdentity(): Promise<RenewOutcome> {
    await this.#opened;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return await this.#renewing;
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
    const relay = new RelayClient(ports, () => signerOf(state.account));
    const onCommit = (peers: ReadonlySet<string>) => this.#watchers.touch(peers);
    const state: AccountState = new AccountState({ store, ports, relay, account, onCommit });
    await state.load();
    this.#state = state;
    return state;
  }

  async #register(): Promise<RegisterOutcome> {
    const { username } = this.#options;
    if (!isUsername(username)) return { kind: "username-invalid" };
    if (this.#status.phase === "ready") return { kind: "already-here" };
    try {
      const state = this.#state ?? (await this.#makeAccount());
      const answer = await maintainPrekeys(state);
      if (answer.kind === "ok") {
        await this.#connect();
        return { kind: "registered" };
      }
      if (answer.kind === "unreachable") return { kind: "offline" };
      if (answer.code !== "name-taken") return { kind: "refused", code: answer.code };
      await this.#forgetUnregistered(state);
      return { kind: "name-taken" };
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#fail(error);
      return { kind: "storage-unavailable" };
    }
  }

  async #renew(): Promise<RenewOutcome> {
    const state = this.#ready();
    if (state === null) return { kind: "not-ready" };
    // The live socket was proved with the earlier device key: the relay pushes nothing to it any more.
    this.#disconnect();
    await this.#guard(state.exclusive(() => renewIdentity(state)));
    const answer = await this.#guard(maintainPrekeys(state));
    await this.#connect();
    if (answer.kind === "ok") return { kind: "renewed" };
    this.#synchronizer?.request("prekeys");
    return answer.kind === "unreachable" ? { kind: "offline" } : answer;
  }

  async #makeAccount(): Promise<AccountState> {
    const { ports, username } = this.#options;
    const store = await ports.openStore();
    const { account, changes } = await makeAccount(username, ports.randomBytes, ports.clock.now());
    await store.commit(changes);
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
    const synchronizer = new Synchronizer({
      state,
      onProblem: (problem) => this.#setStatus({ problem }),
      onError: (error) => this.#fail(error),
    });
    this.#synchronizer = synchronizer;
    this.#setStatus({ phase: "ready", problem: null });
    // What is not there yet is loaded again when a handshake needs it, and a failure is met there.
    this.#cancelLoading = state.ports.clock.after(LOAD_KEM_AFTER_MS, () => void loadKem().catch(() => undefined));
    this.#live = state.ports.network.connectLive({
      authenticate: (challenge) => state.relay.authenticate(challenge),
      onUp: () => {
        this.#setStatus({ connection: "online" });
        synchronizer.request("prekeys", "outbox", "mailbox", "receipts", "recovery");
      },
      onMail: (envelope) => synchronizer.arrive(envelope),
      onPrekeys: (remaining) => {
        if (remaining < REFILL_BELOW) synchronizer.request("prekeys");
      },
      onDown: (code) => {
        this.#setStatus({ connection: "offline" });
        // A relay that lost its database, or does not have renewed keys yet: publishing brings them.
        if (code === "unknown-device" || code === "signature-invalid") synchronizer.request("prekeys");
      },
    });
  }

  #disconnect(): void {
    this.#cancelLoading();
    this.#live?.close();
    this.#synchronizer?.stop();
    this.#live = null;
    this.#synchronizer = null;
    this.#setStatus({ connection: "offline" });
  }

  /** Runs a decision about someone's identity alone, then lets out what waited for it. */
  async #decide<Result>(decide: (state: AccountState) => Promise<Result>): Promise<Result | typeof NOT_READY> {
    await this.#opened;
    const state = this.#ready();
    if (state === null) return NOT_READY;
    const result = await this.#guard(state.exclusive(() => decide(state)));
    this.#synchronizer?.request("outbox", "receipts", "recovery");
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
    this.#disconnect();
    this.#setStatus({ phase: "failed", problem });
  }

  #setStatus(change: Partial<AccountStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#watchers.touch([]);
  }
}

function signerOf({ username, device, deviceKeys }: AccountRecord): Signer {
  return { keyId: { username, device }, secretKey: deviceKeys.secretKey };
}

function problemOf(error: unknown): AccountProblem | null {
  if (!(error instanceof StorageError)) return null;
  switch (error.code) {
    case "fenced":
      return "taken-over";
    case "damaged":
      return "storage-damaged";
    case "newer-version":
    case "unavailable":
      return "storage-unavailable";
  }
}
