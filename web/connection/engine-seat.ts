/**
 * There is one engine for each account in a browser: the worker that holds the account's Web Lock, its seat, runs it. The
 * others use it from there (follow.ts), and take the seat when it is free, when whoever has it does not answer any more, or
 * when the person says so. Whoever lost the seat can write nothing more (storage/fence.ts).
 */
import type { EngineApi } from "../engine/api.ts";
import { serveEngine } from "./engine-service.ts";
import { MOVED } from "./greeting.ts";
import { type Locks, type Seat, takeSeat } from "./locks.ts";
import type { WaitingEngine } from "./waiting-engine.ts";

type Following = typeof import("./follow.ts");

export interface SeatOptions {
  readonly username: string;
  readonly locks: Locks;
  /** Of its own for each account; all its workers hear each other there. */
  readonly channel: BroadcastChannel;
  /** Stands for the account's engine in this worker. */
  readonly waiting: WaitingEngine;
  /** `leave` lets another worker have the account, before this one ends itself. */
  readonly createEngine: (leave: Seat["leave"]) => EngineApi & { stop(): Promise<void> };
  /** Milliseconds; how long one with the seat may take to answer. */
  readonly answerWithin?: number;
}

/** Serves the account for as long as the worker lives. Rejects only when locks cannot be had. */
export async function keepSeat(options: SeatOptions): Promise<never> {
  const { username, locks, waiting } = options;
  let seat = await takeSeat(locks, username, { ifAvailable: true });
  for (;;) {
    seat ??= await waitForSeat(options);
    const stop = lead(options, seat);
    await seat.lost;
    seat = null;
    waiting.pause();
    await stop();
  }
}

/** Runs the engine here; returns what ends that. */
function lead({ locks, channel, waiting, createEngine }: SeatOptions, { leave }: Seat): () => Promise<void> {
  const engine = createEngine(leave);
  let answering: Promise<((message: unknown) => void) | null> | null = null;
  let isLeading = true;
  channel.onmessage = ({ data }) => {
    // Most accounts are open in one worker. Should it not come, whoever asked asks again.
    answering ??= import("./follow.ts").then(answerWith, () => {
      answering = null;
      return null;
    });
    void answering.then((take) => isLeading && take?.(data));
  };
  function answerWith({ createHost, Tunnel }: Following): (message: unknown) => void {
    const host = createHost({ locks, open: () => serveEngine(engine) });
    const tunnel = new Tunnel(channel, (message) => host.receive(message));
    return (message) => tunnel.take(message);
  }
  waiting.begin(engine);
  channel.postMessage(MOVED);
  return async () => {
    isLeading = false;
    await engine.stop();
  };
}

/** Follows whoever has the seat, until it is ours. */
async function waitForSeat({ username, locks, channel, waiting, answerWithin }: SeatOptions): Promise<Seat> {
  const given = new AbortController();
  const free = takeSeat(locks, username, { signal: given.signal });
  const overdue = new Promise<void>((resolve) => {
    waiting.onTakeOver(resolve);
    const options = {
      channel,
      locks,
      onEngine: (engine: EngineApi) => waiting.begin(engine),
      onGone: () => waiting.pause(),
      onOtherVersion: () => waiting.showHeldElsewhere(),
      onOverdue: resolve,
      ...(answerWithin === undefined ? {} : { answerWithin }),
    };
    // Where it cannot be had, the account is said to be in use elsewhere.
    import("./follow.ts").then(
      ({ follow }) => {
        const end = follow(options);
        given.signal.addEventListener("abort", end);
        if (given.signal.aborted) end();
      },
      () => waiting.showHeldElsewhere(),
    );
  });
  const seat = await Promise.race([free, overdue.then(() => takeSeat(locks, username, { steal: true }))]);
  free.catch(() => undefined);
  given.abort();
  waiting.pause();
  if (seat === null) throw new Error("a lock that is waited for is held in the end");
  return seat;
}
