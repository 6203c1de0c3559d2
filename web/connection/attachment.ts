/**
 * The page's side of a connection: greets the worker, compares versions, and lets go in the right order. How a worker
 * is started is the caller's (attach.ts).
 */
import { ENGINE_API_VERSION } from "../engine/api.ts";
import { type Hello, parseWelcome, type Welcome } from "./greeting.ts";
import { holdLock, type Locks } from "./locks.ts";

export type AttachFailure = "insecure-context" | "no-worker" | "other-version";

export type Attached<Api> =
  | { readonly kind: "attached"; readonly api: Api; readonly detach: () => void }
  | { readonly kind: "failed"; readonly reason: AttachFailure };

/** How long a worker may take to answer the greeting, in milliseconds: its script is loaded in that time. */
const GREETING_TIME_LIMIT = 10_000;

/** A worker that was started, or found running. */
export interface StartedWorker {
  post(message: Hello, transfer: MessagePort[]): void;
  /** Calls back when its script cannot be run. */
  onFailure(callback: () => void): void;
  /** Lets go of it; a worker that others use goes on. */
  stop(): void;
}

export interface AttachOptions<Api> {
  readonly locks: Locks;
  /** Random: no other tab may have it. */
  readonly tabLock: string;
  /** null where the browser has no workers, or refuses. */
  readonly start: () => StartedWorker | null;
  /** Makes the API of the channel to a worker of the same version. */
  readonly connect: (port: MessagePort) => Api;
  /** Milliseconds; GREETING_TIME_LIMIT unless told otherwise. */
  readonly timeLimit?: number;
}

/** `unfit` is a worker that can serve nobody in this browser. */
export async function attachToWorker<Api>(
  options: AttachOptions<Api>,
): Promise<Attached<Api> | { readonly kind: "unfit" }> {
  const { locks, tabLock, start, connect, timeLimit = GREETING_TIME_LIMIT } = options;
  const worker = start();
  if (worker === null) return { kind: "failed", reason: "no-worker" };
  // Before the greeting: a worker that could have the lock would take this tab for gone.
  const releaseTabLock = await holdLock(locks, tabLock);
  const { port1: ours, port2: theirs } = new MessageChannel();
  const letGo = () => {
    releaseTabLock();
    ours.close();
    worker.stop();
  };
  const welcome = await greet({ worker, tabLock, ours, theirs, timeLimit });
  if (welcome?.version === ENGINE_API_VERSION && !welcome.unfit) {
    return { kind: "attached", api: connect(ours), detach: letGo };
  }
  letGo();
  if (welcome?.unfit) return { kind: "unfit" };
  return { kind: "failed", reason: welcome === null ? "no-worker" : "other-version" };
}

interface Greeting {
  readonly worker: StartedWorker;
  readonly tabLock: string;
  readonly ours: MessagePort;
  readonly theirs: MessagePort;
  readonly timeLimit: number;
}

/** The worker's answer, or null when none comes. */
async function greet({ worker, tabLock, ours, theirs, timeLimit }: Greeting): Promise<Welcome | null> {
  const ended = new AbortController();
  try {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), timeLimit);
      ended.signal.addEventListener("abort", () => clearTimeout(timer));
      worker.onFailure(() => resolve(null));
      const receive = ({ data }: MessageEvent) => {
        const welcome = parseWelcome(data);
        if (welcome !== null) resolve(welcome);
      };
      ours.addEventListener("message", receive, { signal: ended.signal });
      ours.start();
      worker.post({ kind: "sotto/hello", version: ENGINE_API_VERSION, tabLock, port: theirs }, [theirs]);
    });
  } finally {
    ended.abort();
  }
}
