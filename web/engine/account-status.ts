/** What an account's engine says of itself: its phase, what is wrong, and whether it is linked to the relay. */
import type { AccountProblem, AccountView, ConversationView, HistoryWindow } from "./api.ts";
import { PartMissingError, StorageError } from "./ports.ts";
import { type AccountStatus, Watchers } from "./views.ts";

export interface StatusOptions {
  readonly accountView: (status: AccountStatus) => AccountView;
  readonly conversationView: (peer: string, window: HistoryWindow) => Promise<ConversationView>;
  /** Called when a failure ends the work: before it is shown. */
  readonly onBroken: () => void;
}

/** The status, and the watchers that it is shown to. */
export class StatusBoard {
  readonly watchers: Watchers;
  readonly #onBroken: () => void;
  #status: AccountStatus = {
    phase: "starting",
    problem: null,
    connection: "offline",
    catchingUp: null,
    lock: null,
    working: null,
  };

  constructor({ accountView, conversationView, onBroken }: StatusOptions) {
    this.#onBroken = onBroken;
    this.watchers = new Watchers({
      accountView: () => accountView(this.#status),
      conversationView,
      onError: (error) => this.fail(error),
    });
  }

  get phase(): AccountStatus["phase"] {
    return this.#status.phase;
  }

  get problem(): AccountStatus["problem"] {
    return this.#status.problem;
  }

  set(change: Partial<AccountStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.watchers.touch([]);
  }

  /** As `set`, and shown before this returns. */
  setAtOnce(change: Partial<AccountStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.watchers.showAccount();
  }

  /** Whatever was stored shows that there is room again. */
  committed(peers: ReadonlySet<string>): void {
    if (this.#status.problem === "storage-full") this.set({ problem: null });
    this.watchers.touch(peers);
  }

  /** Shows what failed; a failure that is not the storage's is thrown where the environment sees it. */
  fail(error: unknown): void {
    const problem = problemOf(error);
    if (problem === null) {
      // A fault of ours, not of the storage: let the environment report it.
      queueMicrotask(() => {
        throw error;
      });
      return;
    }
    // What was closed meanwhile cannot be read: nothing is wrong with it.
    if (this.phase === "locked" || this.phase === "removed") return;
    // It may have room again, and until then everything can still be read.
    const goesOn = problem === "storage-full" && this.phase === "ready";
    if (!goesOn) this.#onBroken();
    this.set(goesOn ? { problem } : { phase: "failed", problem });
  }

  /**
   * Shows why an account does not open although its lock does; false for a fault of ours. Where the storage only refuses
   * for now, the account stays locked and may be tried again.
   */
  failToUnlock(error: unknown): boolean {
    const problem = problemOf(error);
    const isForNow = problem === "storage-full" || problem === "storage-unavailable";
    if (problem !== null && !isForNow) this.set({ phase: "failed", problem, lock: null });
    return problem !== null;
  }

  /** Lets a storage failure end the engine's work visibly before it reaches the caller. */
  async guard<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }
}

function problemOf(error: unknown): AccountProblem | null {
  if (error instanceof PartMissingError) return "part-missing";
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
