/**
 * Keeps the account and the relay in step: one job at a time, most urgent first, until nothing is asked for. What
 * cannot be done now stays asked for and is tried again when the connection comes back, or after a pause.
 *
 *   prekeys   publish, refill, rotate        outbox    send what waits
 *   mailbox   fetch, open, acknowledge       receipts  turn owed receipts into mail
 *   epoch     find out, once, whether the storage was put back, before anything sealed leaves
 *   recovery  ask for what did not open, and send again what others ask for
 *   timers    delete messages that have disappeared
 */
import { MAX_ACKNOWLEDGEMENTS } from "../../relay/wire/limits.ts";
import type { ReceivedEnvelope } from "../../relay/wire/mail.ts";
import { KemUnavailableError } from "../protocol/kem.ts";
import type { AccountState } from "./account-state.ts";
import type { AccountProblem } from "./api.ts";
import { settleEpoch } from "./epoch.ts";
import { receiveEnvelopes } from "./inbox.ts";
import { lateOrNull } from "./left-out.ts";
import { type MailboxProgress, MailboxReader } from "./mailbox-reader.ts";
import { runOutbox } from "./outbox.ts";
import { PartMissingError, StorageError } from "./ports.ts";
import { maintainPrekeys } from "./prekey-upkeep.ts";
import { queueOwedReceipts } from "./receipts.ts";
import { hasRecoveryWork } from "./recovery-work.ts";
import { type Answer, type Limited, lacksOurKeys } from "./relay-client.ts";

export type Job = "epoch" | "prekeys" | "outbox" | "mailbox" | "receipts" | "recovery" | "expiry" | "timers";

const ORDER: readonly Job[] = ["prekeys", "epoch", "outbox", "mailbox", "receipts", "recovery", "expiry", "timers"];

/** What seals or sends, and waits until it is known that the sessions are not older than what they have sent. */
const AFTER_EPOCH: ReadonlySet<Job> = new Set(["outbox", "receipts", "recovery"]);

/** The pause after the relay could not be reached, in milliseconds. */
const RETRY_UNREACHABLE_MS = 2_000;
/** The pause before mail is tried again whose recipient cannot take it. */
const RETRY_HELD_UP_MS = 30_000;
/** The pause before something is stored again where nothing more fitted. */
const RETRY_FULL_MS = 5_000;
/** How long after the mailbox was read what is over is deleted, in milliseconds: the app is there by then. */
const EXPIRY_AFTER_MS = 4_000;
/** The longest pause before it is looked again what has disappeared: a clock may be set meanwhile. */
const LOOK_AGAIN_MS = 10 * 60 * 1000;
/** How often the age of the prekeys is looked at. */
const UPKEEP_INTERVAL_MS = 6 * 60 * 60 * 1000;

/** How a job ended: done, or to be tried again after a pause. */
type JobEnd = { readonly kind: "done" } | { readonly kind: "later"; readonly pause: number };

/** What refusals of our keys mean. */
const PROBLEMS: Readonly<Record<string, AccountProblem>> = {
  "name-taken": "name-lost",
  "manifest-outdated": "in-use-elsewhere",
};

const DONE: JobEnd = { kind: "done" };
const LATER: JobEnd = { kind: "later", pause: RETRY_UNREACHABLE_MS };

/** As the relay has said. */
function laterBy({ milliseconds }: Limited): JobEnd {
  return { kind: "later", pause: milliseconds };
}

export class Synchronizer {
  readonly #state: AccountState;
  readonly #mailbox: MailboxReader;
  readonly #onProblem: (problem: AccountProblem | null) => void;
  readonly #onProgress: (progress: MailboxProgress | null) => void;
  readonly #onError: (error: unknown) => void;
  readonly #wanted = new Set<Job>(["epoch", "timers"]);
  #isEpochSettled = false;
  /** Another device goes on in this account's place; this one is silent until it starts again. */
  #isReplaced = false;
  readonly #postponed = new Map<Job, () => void>();
  #arrived: ReceivedEnvelope[] = [];
  #running = false;
  #stopped = false;
  #cancelUpkeep: () => void = () => undefined;

  constructor(options: {
    readonly state: AccountState;
    /** The relay refuses this account, or takes it again (null). */
    readonly onProblem: (problem: AccountProblem | null) => void;
    /** How far the opening of a backlog of more than a page has come; null when there is none. */
    readonly onProgress: (progress: MailboxProgress | null) => void;
    /** Something failed that is not the relay's: the storage, or a fault. */
    readonly onError: (error: unknown) => void;
  }) {
    this.#state = options.state;
    this.#mailbox = new MailboxReader(options.state.relay);
    this.#onProblem = (problem) => {
      if (!this.#stopped) options.onProblem(problem);
    };
    this.#onProgress = (progress) => {
      if (!this.#stopped) options.onProgress(progress);
    };
    this.#onError = options.onError;
    this.#scheduleUpkeep();
  }

  /** Asks for jobs; those that were put off are tried now. */
  request(...jobs: readonly Job[]): void {
    for (const job of jobs) {
      this.#postponed.get(job)?.();
      this.#postponed.delete(job);
      this.#wanted.add(job);
      if (job === "mailbox") this.#mailbox.readAgain();
    }
    this.#run();
  }

  /** Takes in an envelope that the relay pushed. */
  arrive(envelope: ReceivedEnvelope): void {
    // Before the mailbox is fetched the push is only word that there is more: fetching keeps the order.
    if (!this.#mailbox.isUnderway && (this.#wanted.has("mailbox") || this.#postponed.has("mailbox"))) {
      this.request("mailbox");
    } else {
      this.#arrived.push(envelope);
      this.#run();
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelUpkeep();
    for (const cancel of this.#postponed.values()) cancel();
    this.#postponed.clear();
  }

  #scheduleUpkeep(): void {
    this.#cancelUpkeep = this.#state.ports.clock.after(UPKEEP_INTERVAL_MS, () => {
      this.request("prekeys", "mailbox", "recovery");
      this.#scheduleUpkeep();
    });
  }

  #run(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#runJobs().catch(this.#onError);
  }

  async #runJobs(): Promise<void> {
    try {
      while (!this.#stopped) {
        // What was pushed while the mailbox is read comes behind all that waits there.
        if (this.#arrived.length > 0 && !this.#mailbox.isUnderway) {
          const taken = await this.#orLater(() => this.#takeArrived());
          if (taken.kind === "later") this.#fetchInstead(taken.pause);
          continue;
        }
        const job = ORDER.find((candidate) => this.#mayPerform(candidate));
        if (job === undefined) return;
        this.#wanted.delete(job);
        const end = await this.#orLater(() => this.#perform(job));
        if (job === "mailbox" && end.kind === "later") this.#abandonMailbox();
        if (end.kind === "later" && !this.#wanted.has(job) && !this.#stopped) this.#postpone(job, end.pause);
      }
    } finally {
      // In the same turn as the last look at what is wanted: a request between the two would be lost.
      this.#running = false;
    }
  }

  /** Puts off what needs code that could not be fetched, or room that is not there; other failures pass. */
  async #orLater(work: () => Promise<JobEnd>): Promise<JobEnd> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof KemUnavailableError || error instanceof PartMissingError) return LATER;
      if (!(error instanceof StorageError && error.code === "full")) throw error;
      this.#onError(error);
      return { kind: "later", pause: RETRY_FULL_MS };
    }
  }

  #mayPerform(job: Job): boolean {
    if (this.#isReplaced) return false;
    return this.#wanted.has(job) && (this.#isEpochSettled || !AFTER_EPOCH.has(job));
  }

  #postpone(job: Job, pause: number): void {
    const cancel = this.#state.ports.clock.after(pause, () => this.request(job));
    this.#postponed.set(job, cancel);
  }

  async #perform(job: Job): Promise<JobEnd> {
    switch (job) {
      case "epoch":
        return await this.#settleEpoch();
      case "prekeys":
        return this.#interpret(await maintainPrekeys(this.#state));
      case "outbox":
        return await this.#sendOutbox();
      case "mailbox":
        return await this.#fetchMailbox();
      case "receipts": {
        const queued = await this.#state.exclusive(() => queueOwedReceipts(this.#state));
        if (queued) this.#wanted.add("outbox");
        return DONE;
      }
      case "expiry": {
        const late = await lateOrNull();
        if (late === null) return LATER;
        await this.#state.exclusive(() => late.deleteExpired(this.#state));
        await late.rereadContents(this.#state);
        return DONE;
      }
      case "timers": {
        if ((await this.#state.store.list("timers", { limit: 1 })).length === 0) return DONE;
        const late = await lateOrNull();
        if (late === null) return LATER;
        const next = await late.deleteDisappeared(this.#state);
        if (next === null) return DONE;
        return { kind: "later", pause: Math.min(Math.max(0, next - this.#state.ports.clock.now()), LOOK_AGAIN_MS) };
      }
      case "recovery": {
        if (!(await hasRecoveryWork(this.#state))) return DONE;
        const late = await lateOrNull();
        // It comes from where the app comes from: asking again later is right.
        if (late === null) return LATER;
        const end = await late.runRecovery(this.#state);
        // Receipts that did not open at the other's are owed again.
        this.#wanted.add("receipts");
        this.#wanted.add("outbox");
        if (end === "done") return DONE;
        return end === "unreachable" ? LATER : laterBy(end);
      }
    }
  }

  async #settleEpoch(): Promise<JobEnd> {
    const answer = await settleEpoch(this.#state, async (epoch) => {
      const late = await lateOrNull();
      await this.#state.exclusive(async () => late?.putBack(this.#state, epoch));
      return late !== null;
    });
    // A relay of an earlier version keeps none.
    this.#isEpochSettled = answer.kind === "ok" || (answer.kind === "refused" && answer.code === "not-found");
    // It does not have our present keys yet.
    if (lacksOurKeys(answer)) {
      this.#wanted.add("prekeys");
      return LATER;
    }
    if (!this.#isEpochSettled) return this.#interpret(answer);
    this.#wanted.add("outbox");
    return DONE;
  }

  async #sendOutbox(): Promise<JobEnd> {
    const run = await runOutbox(this.#state);
    if (run.kind === "unknown-device") this.#wanted.add("prekeys");
    if (run.kind === "emptied") return DONE;
    if (run.kind === "limited") return laterBy(run);
    return run.kind === "held-up" ? { kind: "later", pause: RETRY_HELD_UP_MS } : LATER;
  }

  /** One page of it; the rest stays asked for, so that what is more urgent comes between. */
  async #fetchMailbox(): Promise<JobEnd> {
    const page = await this.#mailbox.read();
    if (page.kind !== "ok") return this.#interpret(page);
    const { envelopes } = page.value;
    const acknowledged = await this.#takeIn(envelopes);
    if (acknowledged.kind !== "ok") return this.#interpret(acknowledged);
    const hasMore = this.#mailbox.advance(envelopes.length);
    this.#onProgress(this.#mailbox.progress);
    if (hasMore) this.#wanted.add("mailbox");
    // Only now, since what waited may have needed it, and not at once, since it is in no hurry.
    else if (!this.#postponed.has("expiry")) this.#postpone("expiry", EXPIRY_AFTER_MS);
    return DONE;
  }

  /** What waits and what was pushed stays in the mailbox: fetching it again from the beginning keeps the order. */
  #abandonMailbox(): void {
    this.#arrived = [];
    this.#mailbox.abandon();
    this.#onProgress(null);
  }

  async #takeArrived(): Promise<JobEnd> {
    const acknowledged = await this.#takeIn(this.#arrived.splice(0, MAX_ACKNOWLEDGEMENTS));
    if (acknowledged.kind === "ok") return DONE;
    const end = this.#interpret(acknowledged);
    return acknowledged.kind === "limited" ? end : LATER;
  }

  #fetchInstead(pause: number): void {
    this.#abandonMailbox();
    if (!this.#stopped) this.#postpone("mailbox", pause);
  }

  /** Opens and stores them, then acknowledges them all. */
  async #takeIn(envelopes: readonly ReceivedEnvelope[]): Promise<Answer<true>> {
    await this.#state.exclusive(() => receiveEnvelopes(this.#state, envelopes));
    this.#showTyping();
    if (envelopes.length === 0) return { kind: "ok", value: true };
    this.#wanted.add("receipts");
    this.#wanted.add("recovery");
    this.#wanted.add("timers");
    return await this.#state.relay.acknowledge(envelopes.map(({ from, fromDevice, id }) => ({ from, fromDevice, id })));
  }

  /** Those who are writing, and once more when they are not any more. */
  #showTyping(): void {
    const { signs, ports } = this.#state;
    const now = ports.clock.now();
    const typing = [...signs].filter(([, { typingUntil }]) => typingUntil > now);
    const peers = new Set(typing.map(([peer]) => peer));
    if (peers.size > 0) this.#state.show(peers);
    for (const [, { typingUntil }] of typing) ports.clock.after(typingUntil - now, () => this.#state.show(peers));
  }

  #interpret(answer: Answer<unknown>): JobEnd {
    if (answer.kind === "unreachable") return LATER;
    if (answer.kind === "limited") return laterBy(answer);
    if (answer.kind === "ok") {
      this.#onProblem(null);
      return DONE;
    }
    // The relay does not have our present keys: publishing comes first, and what was asked for is tried again after it.
    if (lacksOurKeys(answer)) {
      this.#wanted.add("prekeys");
      return LATER;
    }
    // A later manifest of this identity that we cannot go on from: another device's, whose work this must not undo.
    this.#isReplaced = answer.code === "manifest-outdated";
    this.#onProblem(PROBLEMS[answer.code] ?? "relay-refuses");
    return { kind: "later", pause: RETRY_HELD_UP_MS };
  }
}
