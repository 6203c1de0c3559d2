/**
 * The engine of one account: serves the API that pages see. What each call does is in the file named after it; when an
 * account is there to do it on is in account-life.ts.
 */

import type { Bytes } from "../protocol/bytes.ts";
import { isMlKem768There } from "../protocol/kem.ts";
import { AccountLife, type EngineOptions } from "./account-life.ts";
import type { AccountState } from "./account-state.ts";
import type {
  AccountSettings,
  AccountView,
  BackupOutcome,
  ChangeOutcome,
  CodeComparison,
  ConversationChange,
  ConversationOutcome,
  ConversationView,
  DeleteOutcome,
  EngineApi,
  HistoryWindow,
  IdentityDecision,
  KeyHealthView,
  LockChange,
  LockOutcome,
  LockSecret,
  MessageDetails,
  OwnChange,
  RefreshOutcome,
  RegisterOutcome,
  RenewOutcome,
  RestoreOutcome,
  SafetyNumberView,
  SearchView,
  SendOptions,
  SendOutcome,
  StartOutcome,
  UnlockOutcome,
  Unwatch,
  VerifyOutcome,
} from "./api.ts";
import { markRead, sendText, startConversation } from "./conversations.ts";
import { keepDraft, readDraft } from "./drafts.ts";
import { type Late, lateOrNull, loadLate } from "./left-out.ts";
import { StorageError } from "./ports.ts";
import { maintainPrekeys } from "./prekey-upkeep.ts";
import { notGranted } from "./relay-client.ts";
import type { Searcher } from "./search.ts";

const NOT_READY = { kind: "not-ready" } as const;

/** Creates the engine of one account; it opens the store at once and serves the API from the start. */
export function createEngine(options: EngineOptions): EngineApi & { stop(): Promise<void> } {
  return new Engine(new AccountLife(options));
}

class Engine implements EngineApi {
  readonly #life: AccountLife;
  /** Of the account as it is open. */
  #search: { readonly state: AccountState; readonly searcher: Searcher } | null = null;
  #registering: Promise<RegisterOutcome> | null = null;
  #renewing: Promise<RenewOutcome> | null = null;

  constructor(life: AccountLife) {
    this.#life = life;
  }

  async watchAccount(listener: (view: AccountView) => void): Promise<Unwatch> {
    return this.#life.status.watchers.watchAccount(listener);
  }

  async watchConversation(
    peer: string,
    window: HistoryWindow,
    listener: (view: ConversationView) => void,
  ): Promise<Unwatch> {
    await this.#life.opened;
    return await this.#life.status.watchers.watchConversation({ peer, window, listener });
  }

  async watchSearch(text: string, listener: (view: SearchView) => void): Promise<Unwatch> {
    const state = await this.#life.ready();
    if (state === null) return () => undefined;
    const { Searcher } = await loadLate();
    if (this.#search?.state !== state) this.#search = { state, searcher: new Searcher(state) };
    return this.#search.searcher.watch(text, listener, (error) => this.#life.status.fail(error));
  }

  async register(invite: string | null = null): Promise<RegisterOutcome> {
    this.#registering ??= this.#life.register(invite).finally(() => {
      this.#registering = null;
    });
    return await this.#registering;
  }

  async startConversation(peer: string): Promise<StartOutcome> {
    const state = await this.#life.ready();
    return state === null ? NOT_READY : await this.#life.status.guard(startConversation(state, peer));
  }

  async send(peer: string, text: string, options?: SendOptions): Promise<SendOutcome> {
    const state = await this.#life.ready();
    if (state === null) return NOT_READY;
    const outcome = await this.#life.status.guard(sendText(state, peer, text, options));
    if (outcome.kind === "queued") this.#life.request("outbox", "receipts");
    return outcome;
  }

  async changeMessage(peer: string, sequence: number, change: OwnChange): Promise<ChangeOutcome> {
    const state = await this.#life.ready();
    if (state === null) return NOT_READY;
    const { changeMessage } = await loadLate();
    const outcome = await this.#life.status.guard(changeMessage(state, peer, sequence, change));
    if (outcome.kind === "done") this.#life.request("outbox");
    return outcome;
  }

  async setTimer(peer: string, seconds: number | null): Promise<ChangeOutcome> {
    const state = await this.#life.ready();
    if (state === null) return NOT_READY;
    const { setTimer } = await loadLate();
    const outcome = await this.#life.status.guard(setTimer(state, peer, seconds));
    if (outcome.kind === "done") this.#life.request("outbox");
    return outcome;
  }

  async changeConversation(peer: string, change: ConversationChange): Promise<ConversationOutcome> {
    const state = await this.#life.ready();
    if (state === null) return NOT_READY;
    const { changeConversation } = await loadLate();
    const outcome = await this.#life.status.guard(changeConversation(state, peer, change));
    this.#life.request("receipts");
    return outcome;
  }

  async deleteConversation(peer: string): Promise<ConversationOutcome> {
    const state = await this.#life.ready();
    if (state === null) return NOT_READY;
    const { deleteConversation } = await loadLate();
    return await this.#life.status.guard(deleteConversation(state, peer));
  }

  async noteTyping(peer: string): Promise<void> {
    const state = await this.#life.ready();
    const late = state && (await lateOrNull());
    if (state === null || late === null) return;
    const isSaid = await this.#life.status.guard(state.exclusive(() => late.sayTyping(state, peer)));
    if (isSaid) this.#life.request("outbox");
  }

  async changeSettings(settings: AccountSettings): Promise<boolean> {
    const state = await this.#life.ready();
    if (state === null) return false;
    const change = () => state.commit([{ store: "account", id: [], value: { ...state.account, settings } }]);
    await this.#life.status.guard(state.exclusive(change));
    return true;
  }

  async messageDetails(peer: string, sequence: number): Promise<MessageDetails | null> {
    const state = await this.#life.ready();
    if (state === null) return null;
    const { messageDetails } = await loadLate();
    return await this.#life.status.guard(messageDetails(state, peer, sequence));
  }

  async keepDraft(peer: string, text: string): Promise<void> {
    const state = await this.#life.ready();
    if (state !== null) await this.#life.status.guard(keepDraft(state, peer, text));
  }

  async readDraft(peer: string): Promise<string> {
    const state = await this.#life.ready();
    return state === null ? "" : await this.#life.status.guard(readDraft(state, peer));
  }

  async safetyNumber(peer: string): Promise<SafetyNumberView | null> {
    const state = await this.#life.ready();
    if (state === null) return null;
    const { safetyNumber } = await loadLate();
    return await this.#life.status.guard(state.exclusive(() => safetyNumber(state, peer)));
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
    const state = await this.#life.ready();
    if (state === null) return;
    const owed = await this.#life.status.guard(state.exclusive(() => markRead(state, peer)));
    this.#life.request("timers", ...(owed ? (["receipts"] as const) : []));
  }

  async reconnect(): Promise<void> {
    await this.#life.opened;
    this.#life.retryNow();
    this.#life.request("outbox");
  }

  async renewIdentity(): Promise<RenewOutcome> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return await this.#renewing;
  }

  async keyHealth(): Promise<KeyHealthView | null> {
    const state = await this.#life.ready();
    if (state === null) return null;
    const { keyHealth } = await loadLate();
    return await this.#life.status.guard(state.exclusive(() => keyHealth(state)));
  }

  async refreshPrekeys(): Promise<RefreshOutcome> {
    const state = await this.#life.ready();
    if (state === null) return NOT_READY;
    const { refreshPrekeys } = await loadLate();
    if (!(await isMlKem768There())) return { kind: "offline" };
    const outcome = await this.#life.status.guard(refreshPrekeys(state));
    if (outcome.kind !== "refreshed") this.#life.request("prekeys");
    return outcome;
  }

  async deleteAccount(): Promise<DeleteOutcome> {
    const state = await this.#life.ready();
    if (state === null) return NOT_READY;
    const { deleteAccount } = await loadLate();
    // Linked, it would publish the keys again.
    this.#life.disconnect();
    const answer = await deleteAccount(state.relay, state.account.username).catch(async (error: unknown) => {
      await this.#life.reconnect();
      throw error;
    });
    if (answer.kind === "ok" || (answer.kind === "refused" && answer.code === "unknown-device")) {
      await this.#life.remove();
      return { kind: "deleted" };
    }
    await this.#life.reconnect();
    return notGranted(answer);
  }

  async makeBackup(passphrase: string): Promise<BackupOutcome> {
    const making = this.#life.longWork(async (progress, late): Promise<BackupOutcome> => {
      const state = await this.#life.ready();
      return state === null ? NOT_READY : await late.makeBackup(state, passphrase, { progress });
    });
    return await making.catch((error: unknown) => {
      if (error instanceof StorageError) this.#life.status.fail(error);
      throw error;
    });
  }

  async cancelWork(): Promise<void> {
    this.#life.cancelWork();
  }

  async restoreBackup(file: Bytes, passphrase: string): Promise<RestoreOutcome> {
    return await this.#life.restore({ file, passphrase });
  }

  async unlock(secret: LockSecret): Promise<UnlockOutcome> {
    return await this.#life.unlock(secret);
  }

  async lock(): Promise<void> {
    await this.#life.status.guard(this.#life.lock());
  }

  async changeLock(change: LockChange): Promise<LockOutcome> {
    const keeper = await this.#life.keeper();
    return keeper === null ? NOT_READY : await this.#life.status.guard(keeper.change(change));
  }

  async noteUse(): Promise<void> {
    this.#life.presentKeeper?.noteUse();
  }

  async attend(): Promise<Unwatch> {
    return this.#life.presentKeeper?.attend() ?? (() => undefined);
  }

  async takeOver(): Promise<void> {
    // It is here.
  }

  async removeAccount(): Promise<void> {
    await this.#life.remove();
  }

  async stop(): Promise<void> {
    await this.#life.stop();
  }

  async #renew(): Promise<RenewOutcome> {
    const state = await this.#life.ready();
    if (state === null) return NOT_READY;
    const { renewIdentity } = await loadLate();
    if (!(await isMlKem768There())) return { kind: "offline" };
    // The live socket was proved with the earlier device key: the relay pushes nothing to it any more.
    this.#life.disconnect();
    const renewing = state.exclusive(() => renewIdentity(state)).then(() => maintainPrekeys(state));
    const answer = await this.#life.status.guard(renewing).catch(async (error: unknown) => {
      await this.#life.reconnect();
      this.#life.request("prekeys");
      throw error;
    });
    await this.#life.reconnect();
    if (answer.kind === "ok") return { kind: "renewed" };
    this.#life.request("prekeys");
    return notGranted(answer);
  }

  /** Runs a decision about someone's identity alone, then lets out what waited for it. */
  async #decide<Result>(
    decide: (state: AccountState, late: Late) => Promise<Result>,
  ): Promise<Result | typeof NOT_READY> {
    const state = await this.#life.ready();
    if (state === null) return NOT_READY;
    const late = await loadLate();
    const result = await this.#life.status.guard(state.exclusive(() => decide(state, late)));
    this.#life.request("outbox", "receipts", "recovery");
    return result;
  }
}
