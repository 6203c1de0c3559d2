/**
 * A worker that does not hold its account's seat uses the engine of the one that does, over a tunnel, so that every tab is
 * served: where the browser has no SharedWorker, and where a new version of the app runs beside an earlier one. Loaded
 * when it is needed.
 */
import { wrap } from "comlink";
import type { EngineApi } from "../engine/api.ts";
import { type Attached, attachToWorker } from "./attachment.ts";
import type { EngineHost } from "./engine-service.ts";
import { MOVED, parseWelcome } from "./greeting.ts";
import { createHost } from "./host.ts";
import type { Locks } from "./locks.ts";
import { remoteEngine } from "./remote-engine.ts";
import { Tunnel } from "./tunnel.ts";

/** How long the one with the seat may take to answer, and how often it is asked whether it is there, in milliseconds. */
const ANSWER_MS = 3_000;

/** After so many questions without an answer it is taken for gone: its tab is frozen, and what it did not store is lost. */
const MOST_MISSES = 3;

export { createHost, Tunnel };

export interface FollowOptions {
  readonly channel: BroadcastChannel;
  readonly locks: Locks;
  readonly onEngine: (engine: EngineApi) => void;
  /** The engine does not answer any more; another may come. */
  readonly onGone: () => void;
  /** There is one, of another version, which can serve only its own. */
  readonly onOtherVersion: () => void;
  /** Nobody answers. */
  readonly onOverdue: () => void;
  /** Milliseconds; ANSWER_MS unless told otherwise. */
  readonly answerWithin?: number;
}

/** Begins to follow; returns what ends that. */
export function follow(options: FollowOptions): () => void {
  const { channel, locks, onEngine, onGone, onOtherVersion, onOverdue, answerWithin = ANSWER_MS } = options;
  const tunnel = new Tunnel(channel, () => undefined);
  let attached: Extract<Attached<EngineApi>, { kind: "attached" }> | null = null;
  let isEnded = false;
  let wake: () => void = () => undefined;

  channel.onmessage = ({ data }) => {
    if (data !== MOVED) return tunnel.take(data);
    leave();
    wake();
  };

  function leave(): void {
    if (attached === null) return;
    attached.detach();
    attached = null;
    onGone();
  }
  async function attach(): Promise<boolean> {
    const outcome = await attachToWorker({
      locks,
      tabLock: `sotto/follower/${crypto.randomUUID()}`,
      start: () => ({
        post: (message, transfer) => tunnel.post(message, transfer),
        onFailure: () => undefined,
        stop: () => undefined,
      }),
      connect: (port) => remoteEngine(wrap<EngineHost>(port)),
      timeLimit: answerWithin,
    });
    // Who has the seat serves.
    if (outcome.kind === "unfit") return false;
    if (outcome.kind === "failed") {
      if (outcome.reason === "other-version" && !isEnded) onOtherVersion();
      return outcome.reason === "other-version";
    }
    if (isEnded) outcome.detach();
    else {
      attached = outcome;
      onEngine(outcome.api);
    }
    return true;
  }
  /** A greeting of no version is answered, and nothing else follows. */
  function isThere(): Promise<boolean> {
    const { port1: ours, port2: theirs } = new MessageChannel();
    return new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), answerWithin);
      ours.onmessage = ({ data }) => {
        clearTimeout(timer);
        resolve(parseWelcome(data) !== null);
      };
      tunnel.post({ kind: "sotto/hello", version: 0, tabLock: "", port: theirs }, [theirs]);
    }).finally(() => ours.close());
  }
  async function run(): Promise<void> {
    let misses = 0;
    while (!isEnded && misses < MOST_MISSES) {
      const answers = attached === null ? await attach() : await isThere();
      misses = answers ? 0 : misses + 1;
      if (!isEnded && answers) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, answerWithin);
        });
      }
    }
    if (!isEnded) onOverdue();
  }
  void run();
  return () => {
    isEnded = true;
    attached?.detach();
    attached = null;
    tunnel.close();
    channel.onmessage = null;
    wake();
  };
}
