/** What a checkpointed worker and a test tell each other: where to end, and what was reached. */

/** The channel between the two. Its name also tells a checkpointed build from the product. */
export const CHANNEL = "sotto/crash-points";

/** One side of one call of a port. */
export interface CrashPoint {
  /** The call's name, e.g. `read peers`, `commit messages outbox` or `request send`. */
  readonly call: string;
  /** 1 for the first call of this name since the worker was armed. */
  readonly occurrence: number;
  readonly side: "before" | "after";
}

/** From the test to the worker: calls are counted anew, and the worker ends at this point; null for none. */
export interface Instruction {
  readonly point: CrashPoint | null;
}

/** From the worker to the test. */
export type Report =
  /** A worker begins to live, and waits for an instruction before its first call. */
  | { readonly kind: "started" }
  /** It has taken an instruction, while so many calls had no answer yet. */
  | { readonly kind: "armed"; readonly inFlight: number }
  /** A call is about to be made, or has been answered. */
  | { readonly kind: "reached"; readonly point: CrashPoint }
  /** The point it was armed for is reached: it ends. */
  | { readonly kind: "ended" };

export function isSamePoint(left: CrashPoint, right: CrashPoint): boolean {
  return left.call === right.call && left.occurrence === right.occurrence && left.side === right.side;
}

/** As in `before call 2 of "read peers"`, for messages. */
export function describePoint({ call, occurrence, side }: CrashPoint): string {
  return `${side} call ${occurrence} of "${call}"`;
}
