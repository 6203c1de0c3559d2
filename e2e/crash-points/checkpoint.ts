/** Inside the worker of the checkpointed build: every call of a port passes here, and one of them may be the last. */
import { CHANNEL, type CrashPoint, type Instruction, isSamePoint, type Report } from "./points.ts";

/** What nobody gets an answer from any more. */
const NEVER = new Promise<never>(() => undefined);

export class Checkpoint {
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #instructed: Promise<void>;
  readonly #occurrences = new Map<string, number>();
  #inFlight = 0;
  #armed: CrashPoint | null = null;
  #ended = false;

  constructor() {
    this.#instructed = new Promise((resolve) => {
      this.#channel.addEventListener("message", ({ data }: MessageEvent<Instruction>) => {
        this.#armed = data.point;
        this.#occurrences.clear();
        this.#report({ kind: "armed", inFlight: this.#inFlight });
        resolve();
      });
    });
    this.#report({ kind: "started" });
  }

  /** Resolves once the test has said where this life ends. */
  instructed(): Promise<void> {
    return this.#instructed;
  }

  /** Makes a call of a port, unless the worker ends before it; its answer gets out unless the worker ends after it. */
  async pass<Result>(call: string, run: () => Promise<Result>): Promise<Result> {
    const occurrence = this.#count(call);
    // Nothing is awaited before the call: what it is given must be what the caller held.
    if (this.#endsAt({ call, occurrence, side: "before" })) return await NEVER;
    const result = await this.#inFlightUntil(run());
    if (this.#endsAt({ call, occurrence, side: "after" })) return await NEVER;
    return result;
  }

  /** The same for a call that answers at once; `whenEnded` is what an ended worker's caller gets. */
  passNow<Result>(call: string, run: () => Result, whenEnded: Result): Result {
    const occurrence = this.#count(call);
    if (this.#endsAt({ call, occurrence, side: "before" })) return whenEnded;
    const result = run();
    return this.#endsAt({ call, occurrence, side: "after" }) ? whenEnded : result;
  }

  async #inFlightUntil<Result>(answer: Promise<Result>): Promise<Result> {
    this.#inFlight += 1;
    try {
      return await answer;
    } finally {
      this.#inFlight -= 1;
    }
  }

  #count(call: string): number {
    const occurrence = (this.#occurrences.get(call) ?? 0) + 1;
    this.#occurrences.set(call, occurrence);
    return occurrence;
  }

  /** Whether the worker has ended, here or before: what still runs of it then reaches nothing any more. */
  #endsAt(point: CrashPoint): boolean {
    if (this.#ended) return true;
    this.#report({ kind: "reached", point });
    this.#ended = this.#armed !== null && isSamePoint(this.#armed, point);
    if (this.#ended) {
      this.#report({ kind: "ended" });
      self.close();
    }
    return this.#ended;
  }

  #report(report: Report): void {
    this.#channel.postMessage(report);
  }
}

let checkpoint: Checkpoint | null = null;

/** A worker serves one account, so it has one. */
export function checkpointOfThisWorker(): Checkpoint {
  checkpoint ??= new Checkpoint();
  return checkpoint;
}
