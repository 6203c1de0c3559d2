/** One account as the page sees it: the engine's view of it, and the actions that concern the whole account. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type {
  AccountView,
  BackupOutcome,
  DeleteOutcome,
  EngineApi,
  KeyHealthView,
  LockChange,
  LockOutcome,
  LockSecret,
  RefreshOutcome,
  RenewOutcome,
  StartOutcome,
  UnlockOutcome,
} from "../engine/api.ts";
import type { Registration } from "./creation.ts";
import type { Keeping } from "./ports.ts";
import { readTypedUsername } from "./typed-username.ts";

/** Why a conversation was not started, and with whom; `engine-gone` is when no engine answered. */
export interface StartRefusal {
  readonly peer: string;
  readonly outcome: StartOutcome | { readonly kind: "engine-gone" };
}

/** What came of renewing the identity. */
export type Renewal = RenewOutcome | { readonly kind: "engine-gone" };

export interface Account {
  readonly username: string;
  /** Null until the engine has answered. */
  readonly view: AccountView | null;
  /** The engine could not be reached at all; only a reload helps. */
  readonly engineGone: boolean;
  readonly registering: boolean;
  /** The last attempt to register that did not succeed. */
  readonly registration: Registration | null;
  /** With whom a conversation is being started now, or null. */
  readonly starting: string | null;
  readonly startRefusal: StartRefusal | null;
  readonly register: () => Promise<void>;
  /** Starts a conversation; resolves to the other's username, or to null when it was refused. */
  readonly start: (typed: string) => Promise<string | null>;
  readonly clearStartRefusal: () => void;
  readonly reconnect: () => Promise<void>;
  /** Makes new keys in place of all that there are. */
  readonly renew: () => Promise<Renewal>;
  /** Runs the account in this tab, where another one runs it. */
  readonly takeOver: () => Promise<void>;
  readonly remove: () => Promise<void>;
  /** Deletes the account on the relay, too; resolves to what came of it. */
  readonly deleteEverywhere: () => Promise<Deletion>;
  /** Whether it was in use in this browser before this page was opened. */
  readonly wasHere: boolean;
  /** How its keys are; null until they were asked for. */
  readonly health: Health | null;
  readonly lookAtHealth: () => Promise<void>;
  readonly askToPersist: () => Promise<void>;
  readonly refreshPrekeys: () => Promise<Refresh>;
  /** Makes the file of a backup. */
  readonly makeBackup: (passphrase: string) => Promise<Backup>;
  /** Gives up the backup that is being made. */
  readonly cancelWork: () => Promise<void>;
  readonly unlock: (secret: LockSecret) => Promise<Unlocking>;
  /** Locks the account in every tab. */
  readonly lockNow: () => Promise<void>;
  readonly changeLock: (change: LockChange) => Promise<LockChangeResult>;
}

/** How the keys, and what they are kept in, are. */
export interface Health {
  /** null when the account is not in use. */
  readonly keys: KeyHealthView | null;
  /** null when the browser does not say. */
  readonly isPersistent: boolean | null;
}

export type Deletion = DeleteOutcome | { readonly kind: "engine-gone" };

export type Backup = BackupOutcome | { readonly kind: "engine-gone" };

export type Unlocking = UnlockOutcome | { readonly kind: "engine-gone" };

export type LockChangeResult = LockOutcome | { readonly kind: "engine-gone" };

export type Refresh = RefreshOutcome | { readonly kind: "engine-gone" };

/** `engine` resolves to null when there is none. */
export function createAccount(
  username: string,
  engine: Promise<EngineApi | null>,
  keeping: Keeping,
): StoreApi<Account> {
  return createStore<Account>()((set, get) => ({
    wasHere: keeping.wasHere(username),
    health: null,
    async lookAtHealth() {
      const [keys, isPersistent] = await Promise.all([ask(engine, (api) => api.keyHealth()), keeping.isPersistent()]);
      set({ health: { keys, isPersistent } });
    },
    async askToPersist() {
      await keeping.askToPersist();
      await get().lookAtHealth();
    },
    async refreshPrekeys() {
      const outcome = (await ask(engine, (api) => api.refreshPrekeys())) ?? GONE;
      await get().lookAtHealth();
      return outcome;
    },
    username,
    view: null,
    engineGone: false,
    registering: false,
    registration: null,
    starting: null,
    startRefusal: null,
    async register() {
      if (get().registering) return;
      set({ registering: true, registration: null });
      const registration = await ask(engine, (api) => api.register());
      set({ registering: false, registration: registration?.kind === "registered" ? null : (registration ?? GONE) });
    },
    async start(typed) {
      if (get().starting !== null) return null;
      const peer = readTypedUsername(typed);
      set({ starting: peer, startRefusal: null });
      const outcome = (await ask(engine, (api) => api.startConversation(peer))) ?? GONE;
      const started = outcome.kind === "started";
      set({ starting: null, startRefusal: started ? null : { peer, outcome } });
      return started ? peer : null;
    },
    clearStartRefusal: () => set({ startRefusal: null }),
    async reconnect() {
      await ask(engine, (api) => api.reconnect());
    },
    async renew() {
      return (await ask(engine, (api) => api.renewIdentity())) ?? GONE;
    },
    async takeOver() {
      await ask(engine, (api) => api.takeOver());
    },
    async remove() {
      const removed = (await ask(engine, (api) => api.removeAccount())) !== null;
      const { view } = get();
      if (removed && view !== null) set({ view: { ...view, phase: "removed" } });
    },
    makeBackup: async (passphrase) => (await ask(engine, (api) => api.makeBackup(passphrase))) ?? GONE,
    async cancelWork() {
      await ask(engine, (api) => api.cancelWork());
    },
    unlock: async (secret) => (await ask(engine, (api) => api.unlock(secret))) ?? GONE,
    async lockNow() {
      await ask(engine, (api) => api.lock());
    },
    changeLock: async (change) => (await ask(engine, (api) => api.changeLock(change))) ?? GONE,
    async deleteEverywhere() {
      return (await ask(engine, (api) => api.deleteAccount())) ?? GONE;
    },
  }));
}

const GONE = { kind: "engine-gone" } as const;

/** Asks the engine something; null when there is none or it fails, which it does for nothing a person can cause. */
export async function ask<Answer>(
  engine: Promise<EngineApi | null>,
  question: (api: EngineApi) => Promise<Answer>,
): Promise<Answer | null> {
  try {
    const api = await engine;
    return api === null ? null : await question(api);
  } catch {
    return null;
  }
}
