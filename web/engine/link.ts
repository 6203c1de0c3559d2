/**
 * The link of an account in use to its relay: the live socket, and the synchronizer that it keeps going. A link is
 * opened once and closed for good.
 */
import type { AccountState } from "./account-state.ts";
import type { AccountProblem, Connection } from "./api.ts";
import { lateOrNull, loadLeftOut } from "./left-out.ts";
import type { MailboxProgress } from "./mailbox-reader.ts";
import type { LiveConnection } from "./ports.ts";
import { REFILL_BELOW } from "./prekey-upkeep.ts";
import { type Job, Synchronizer } from "./synchronizer.ts";

/** When the part of the engine that was left out of the first load is fetched: after the app is there. */
const LOAD_LATE_AFTER_MS = 4_000;

export class Link {
  readonly #synchronizer: Synchronizer;
  readonly #live: LiveConnection;
  readonly #cancelLoading: () => void;
  #isClosed = false;

  constructor(options: {
    readonly state: AccountState;
    readonly onConnection: (connection: Connection) => void;
    /** The relay refuses this account, or takes it again (null). */
    readonly onProblem: (problem: AccountProblem | null) => void;
    /** How far the opening of a backlog has come; null when there is none. */
    readonly onProgress: (progress: MailboxProgress | null) => void;
    /** Something failed that is not the relay's: the storage, or a fault. */
    readonly onError: (error: unknown) => void;
  }) {
    const { state, onConnection } = options;
    const { clock, network } = state.ports;
    const synchronizer = new Synchronizer(options);
    this.#synchronizer = synchronizer;
    this.#cancelLoading = clock.after(LOAD_LATE_AFTER_MS, () => {
      loadLeftOut();
      this.#prepareSearch(options).catch((error: unknown) => {
        if (!this.#isClosed) options.onError(error);
      });
    });
    this.#live = network.connectLive({
      authenticate: (challenge) => state.relay.authenticate(challenge),
      onUp: () => {
        onConnection("online");
        synchronizer.request("prekeys", "outbox", "mailbox", "receipts", "recovery");
      },
      onMail: (envelope) => synchronizer.arrive(envelope),
      onPrekeys: (remaining) => {
        if (remaining < REFILL_BELOW) synchronizer.request("prekeys");
      },
      onDown: (code) => {
        onConnection("offline");
        // A relay that lost its database, or does not have renewed keys yet: publishing brings them.
        if (code === "unknown-device" || code === "signature-invalid") synchronizer.request("prekeys");
      },
    });
  }

  /** What was received before is made ready to be searched. */
  async #prepareSearch({ state }: { readonly state: AccountState }): Promise<void> {
    const late = await lateOrNull();
    await late?.makeSearchBlocks(state, () => this.#isClosed);
  }

  /** Asks the synchronizer for jobs. */
  request(...jobs: readonly Job[]): void {
    this.#synchronizer.request(...jobs);
  }

  /** Tries the live socket now instead of after the backoff. */
  retryNow(): void {
    this.#live.retryNow();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelLoading();
    this.#live.close();
    this.#synchronizer.stop();
  }
}
